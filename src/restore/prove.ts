import { type ErrorReport, ExitCode } from '../common/errors.ts'
import { type ComponentResult, type Finding, statusOf } from '../common/findings.ts'
import { formatSeconds, plural } from '../common/units.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import type { RestoreContext } from '../components/component.ts'
import { applyBackup } from './apply.ts'
import { runCheckCommand } from './check-command.ts'
import type { RestoreCommand } from './command.ts'
import type { OpenRestores } from './open.ts'
import { progressOf, type RestoreProgress } from './progress.ts'
import { nothingCompared, type Proof, proveEqual } from './proof.ts'

/** How a restore into a target is proven. */
export interface ProveOptions extends Pick<RestoreCommand, 'checkCommand'> {
  /** In what the target itself differs from a hosted project. */
  targetFindings?: readonly Finding[] | undefined
  /** Of components that are left out, for the report. */
  leftOut?: readonly ComponentResult[] | undefined
}

/** Restores into the target, compares it with the backup, and says how that came out. */
export async function restoreAndProve(
  { checkCommand, targetFindings = [], leftOut = [] }: ProveOptions,
  restores: OpenRestores,
  progress: RestoreProgress,
): Promise<WorkerOutcome> {
  const { target, log } = restores.context
  const results = await applyBackup(restores, progress)
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0)
  log.info(`restored into ${target.reference} in ${formatSeconds(seconds)}; comparing it with the backup`)
  const compared = await proveEqual(restores, progress)
  const proof = checkCommand === undefined ? compared : (compared ?? nothingCompared())
  if (proof && checkCommand !== undefined) await addCheckCommand(proof, checkCommand, restores.context)
  for (const { name, restore } of restores.list) await restore.finish?.(progressOf(progress, name))
  const told = withFindings(results, [...targetFindings, ...(proof?.findings ?? [])])
  return outcomeOf(proof, [...told, ...leftOut], restores.context)
}

/** What a run reports of a restore and its comparison with the backup, and how it ends. */
function outcomeOf(
  proof: Proof | undefined,
  components: ComponentResult[],
  { target, log }: RestoreContext,
): WorkerOutcome {
  const ok = proof?.ok ?? true
  if (!ok) for (const difference of proof?.differences.slice(0, 10) ?? []) log.error(describe(difference))
  const degraded = components.some(({ status }) => status === 'degraded')
  return {
    document: {
      status: ok ? (degraded ? 'degraded' : 'complete') : 'failed',
      components,
      target: target.reference,
      verification: proof ? reported(proof) : null,
      error: proof && !ok ? unequal(proof) : null,
    },
    exitCode: ok ? (degraded ? ExitCode.degraded : ExitCode.success) : ExitCode.failed,
  }
}

/** Its findings stand with the components. */
function reported({ findings: _, ...verification }: Proof) {
  return verification
}

/** Whatever the operator's own check finds counts like a difference. */
async function addCheckCommand(proof: Proof, command: string, context: RestoreContext): Promise<void> {
  const timeoutMs = context.config.HOOK_TIMEOUT_SEC * 1000
  context.log.info(`running the check of your own: ${command}`)
  const wrong = await runCheckCommand({ ...context, command, timeoutMs })
  proof.counts['checkCommands'] = 1
  if (wrong === undefined) return
  proof.ok = false
  proof.counts['differences'] = (proof.counts['differences'] ?? 0) + 1
  proof.differences.unshift(wrong)
}

/** Findings join those of the component they are about. */
function withFindings(results: readonly ComponentResult[], findings: readonly Finding[]): ComponentResult[] {
  return results.map((result) => {
    const own = [...result.findings, ...findings.filter(({ component }) => component === result.component)]
    return { ...result, findings: own, status: statusOf(own) }
  })
}

function describe({ component, kind, name, expected, actual }: Proof['differences'][number]): string {
  return `${component}: ${kind} ${name}: expected ${expected ?? 'nothing'}, found ${actual ?? 'nothing'}`
}

function unequal(proof: Proof): ErrorReport {
  return {
    code: 'RESTORE_DIFFERENCES',
    message: `The restored project is not what was backed up: ${plural(proof.counts['differences'] ?? 0, 'difference')}.`,
    detail: proof.differences.slice(0, 5).map(describe).join('; '),
    suggestion:
      'The report lists the differences. Until a drill succeeds, do not count on this backup alone.',
    phase: 'restore/verify',
  }
}
