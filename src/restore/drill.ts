import type { ComponentResult, Finding } from '../common/findings.ts'
import type { Manifest } from '../common/manifest.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import type { StandIn } from '../components/component.ts'
import { components, findComponent } from '../components/list.ts'
import { componentsOf } from '../generation/held.ts'
import { openTarget, type Project } from '../project/project.ts'
import { refuseOrigin } from '../project/refuse-origin.ts'
import { isConfigured, settingsWith } from '../project/settings.ts'
import type { RestoreCommand } from './command.ts'
import { divideDrill, untried } from './divide-drill.ts'
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
  const wanted = components.filter(({ name }) => given.components.includes(name))
  const { drilled, leftOut } = divideDrill(wanted, settings)
  const notTried = untried({
    held: componentsOf(manifest),
    wanted: given.components,
    settings,
    origin: config,
  })
  const command = { ...given, components: drilled }
  if (isConfigured(settings)) {
    refuseOrigin(settings, config)
    const target = openTarget(settings)
    if (isOwn(manifest, config))
      refuseByIdentity(
        await identifyTarget({ ...command, manifest, target: target.database }),
        target.reference,
      )
    return restoreAndForget(command, { manifest, target, leftOut, notTried })
  }
  const standIn = await startStandIn(command, manifest)
  try {
    const { flags, findings: targetFindings, project } = standIn
    const target: Project = {
      ...{ database: undefined, storage: undefined, ...project },
      ...{ role: 'target', reference: 'a throwaway project on this machine' },
    }
    const inPlace = { ...command, flags: { ...flags, ...command.flags } }
    return await restoreAndForget(inPlace, { manifest, target, leftOut, notTried, targetFindings })
  } catch (error) {
    throw standIn.failure(error)
  } finally {
    await standIn.stop()
  }
}

/** Before the time that a verification takes: a backup that is damaged is that one's to report. */
async function requireStandIns(command: RestoreCommand): Promise<void> {
  for (const name of command.components) {
    const drilled = findComponent(name)?.drill
    if (drilled?.provable) await drilled.requireStandIn?.({ ...command, log: command.log.child(name) })
  }
}

/** Starts a project to which each component adds its part. */
async function startStandIn(command: RestoreCommand, manifest: Manifest): Promise<Required<StandIn>> {
  const started: StandIn[] = []
  const standIn: Required<StandIn> = {
    ...{ project: {}, findings: [], flags: {} },
    failure: (error) => started.reduce((known, part) => part.failure?.(known) ?? known, error),
    async stop() {
      for (const { stop } of started.splice(0).reverse()) await stop()
    },
  }
  try {
    for (const name of command.components) {
      const { project } = standIn
      const { log, ...context } = command
      const role = findComponent(name)?.drill
      if (!role?.provable) continue
      const part = await role.standIn?.({ ...context, manifest, project, log: log.child(name) })
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
    notTried: readonly string[]
    targetFindings?: readonly Finding[]
  },
): Promise<WorkerOutcome> {
  const { leftOut, notTried, targetFindings, ...where } = about
  const { arm, checkCommand, everything } = command
  const restores = await openRestores(restoreContext(command, { ...where, arm, disposable: true }))
  try {
    return await withPassingState((resumeState) =>
      restoreAndVerify(
        { checkCommand, everything, targetFindings, leftOut, notTried },
        restores,
        resumeState,
      ),
    )
  } finally {
    await restores.close()
  }
}
