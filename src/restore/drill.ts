import { BackupError, ExitCode } from '../common/errors.ts'
import { type ComponentResult, type Finding, finding } from '../common/findings.ts'
import type { Manifest } from '../common/manifest.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import type { StandIn } from '../components/component.ts'
import { findComponent } from '../components/list.ts'
import { openTarget, type Project } from '../project/project.ts'
import { refuseOrigin } from '../project/refuse-origin.ts'
import { isConfigured, type ProjectSettings, settingsWith } from '../project/settings.ts'
import type { RestoreCommand } from './command.ts'
import { openRestores, restoreContext } from './open.ts'
import { restoreAndVerify } from './restore-and-verify.ts'
import { withPassingState } from './resume-state.ts'
import { identifyTarget, isOwn, refuseByIdentity } from './target-identity.ts'
import { verifyGeneration } from './verify-generation.ts'

/**
 * `restore.sh --test`: restores a generation into the configured test project, or into a throwaway one, and proves that
 * the result equals the backup. Succeeds only if every bit of it does.
 */
export async function drill(given: RestoreCommand): Promise<WorkerOutcome> {
  const { config } = given
  const settings = settingsWith('TEST_SUPABASE', config)
  if (!isConfigured(settings)) await requireStandIns(given)
  const manifest = await verifyGeneration(given)
  const { command, leftOut } = provable(given, settings)
  if (isConfigured(settings)) {
    refuseOrigin(settings, config)
    const target = openTarget(settings)
    if (isOwn(manifest, config))
      refuseByIdentity(
        await identifyTarget({ ...command, manifest, target: target.database }),
        target.reference,
      )
    return restoreAndForget(command, { manifest, target, leftOut })
  }
  const standIn = await startStandIn(command, manifest)
  try {
    const { flags, findings: targetFindings, project } = standIn
    const target: Project = {
      ...{ database: undefined, storage: undefined, ...project },
      ...{ role: 'target', reference: 'a throwaway project on this machine' },
    }
    const drilled = { ...command, flags: { ...flags, ...command.flags } }
    return await restoreAndForget(drilled, { manifest, target, leftOut, targetFindings })
  } finally {
    await standIn.stop()
  }
}

/** The command without the components that this drill cannot prove, and what the report says of those. */
function provable(
  command: RestoreCommand,
  settings: ProjectSettings,
): { command: RestoreCommand; leftOut: ComponentResult[] } {
  const leftOut = command.components.flatMap((component): ComponentResult[] => {
    const message = unprovable(component, settings)
    if (message === undefined) return []
    const findings = [finding({ component, severity: 'note', kind: 'not-drilled', message, count: 1 })]
    return [{ component, status: 'skipped', seconds: 0, counts: {}, findings }]
  })
  const names = leftOut.map(({ component }) => component)
  const components = command.components.filter((name) => !names.includes(name))
  if (components.length === 0) throw nothingToDrill(leftOut)
  return { command: { ...command, components }, leftOut }
}

/** Why a drill cannot prove it: it never can, or the test project lacks settings of a component that may be absent. */
function unprovable(name: string, settings: ProjectSettings): string | undefined {
  const component = findComponent(name)
  if (component === undefined) return undefined
  if (!component.drill.provable) return `No drill can prove it: ${component.drill.because}`
  const { optional, target } = component.configuration
  const lacking = target.filter((field) => settings[field] === undefined)
  if (!optional || !isConfigured(settings) || lacking.length === 0) return undefined
  return `The drill leaves it out, for want of ${lacking.map((field) => `TEST_SUPABASE_${field}`).join(' and ')}.`
}

function nothingToDrill(leftOut: readonly ComponentResult[]): BackupError {
  const reasons = leftOut.flatMap(({ component, findings }) =>
    findings.map(({ message }) => `${component}: ${message}`),
  )
  return new BackupError({
    code: 'NOTHING_TO_DRILL',
    message: `The drill is about nothing that it can prove. ${reasons.join(' ')}`,
    suggestion: 'Drill with other components: restore.sh --test --only LIST.',
    phase: 'restore/drill',
    exitCode: ExitCode.usage,
  })
}

/** Before the time that a verification takes: a backup that is damaged is that one's to report. */
async function requireStandIns(command: RestoreCommand): Promise<void> {
  for (const name of command.components) {
    const drilled = findComponent(name)?.drill
    if (drilled?.provable) await drilled.requireStandIn?.({ ...command, log: command.log.child(name) })
  }
}

/** Starts a project to which each component adds its part. */
async function startStandIn(command: RestoreCommand, manifest: Manifest): Promise<StandIn> {
  const started: StandIn[] = []
  const standIn: StandIn = {
    ...{ project: {}, findings: [], flags: {} },
    async stop() {
      for (const { stop } of started.splice(0).reverse()) await stop()
    },
  }
  try {
    for (const name of command.components) {
      const { project } = standIn
      const { log, ...context } = command
      const drilled = findComponent(name)?.drill
      if (!drilled?.provable) continue
      const part = await drilled.standIn?.({ ...context, manifest, project, log: log.child(name) })
      if (part === undefined) continue
      started.push(part)
      Object.assign(standIn.project, part.project)
      standIn.findings.push(...part.findings)
      standIn.flags = { ...standIn.flags, ...part.flags }
    }
  } catch (error) {
    await standIn.stop()
    throw error
  }
  return standIn
}

/** What breaks off is not resumed: the next drill begins anew. */
async function restoreAndForget(
  command: RestoreCommand,
  about: {
    manifest: Manifest
    target: Project
    leftOut: readonly ComponentResult[]
    targetFindings?: readonly Finding[]
  },
): Promise<WorkerOutcome> {
  const { leftOut, targetFindings, ...where } = about
  const { arm, checkCommand } = command
  const restores = await openRestores(restoreContext(command, { ...where, arm, disposable: true }))
  try {
    return await withPassingState((resumeState) =>
      restoreAndVerify({ checkCommand, targetFindings, leftOut }, restores, resumeState),
    )
  } finally {
    await restores.close()
  }
}
