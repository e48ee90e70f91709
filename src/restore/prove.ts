import { join } from 'node:path'
import { type ErrorReport, ExitCode } from '../common/errors.ts'
import { type ComponentResult, type Finding, statusOf } from '../common/findings.ts'
import { formatSeconds, plural } from '../common/units.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import { enableLoginTriggers } from '../database/restore/login-triggers.ts'
import { type ApplyOptions, applyBackup } from './apply.ts'
import { runCheckCommand } from './check-command.ts'
import type { RestoreCommand } from './command.ts'
import { type Proof, proveEqual } from './proof.ts'

export interface ProveOptions
  extends RestoreCommand,
    Pick<ApplyOptions, 'target' | 'clients' | 'disposable' | 'progress'> {
  /** In what the target itself differs from a hosted project. */
  targetFindings?: Finding[] | undefined
}

/** Restores into the target, compares it with the backup, and says how that came out. */
export async function restoreAndProve(command: ProveOptions): Promise<WorkerOutcome> {
  const { target, log, config, targetFindings = [] } = command
  const options = {
    ...command,
    concurrency: config.STORAGE_CONCURRENCY,
    leftOutFile: join(config.STATE_DIR, 'left-out.jsonl'),
  }
  const results = await applyBackup(options)
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0)
  log.info(`restored into ${target.reference} in ${formatSeconds(seconds)}; comparing it with the backup`)
  const proof = await proveEqual(options)
  await addCheckCommand(proof, command)
  if (target.database) await enableLoginTriggers(target.database, options.progress.done.weakened)
  return outcomeOf(proof, withFindings(results, [...targetFindings, ...proof.findings]), command)
}

/** What a run reports of a restore and its comparison with the backup, and how it ends. */
export function outcomeOf(
  proof: Proof,
  components: ComponentResult[],
  { target, log }: Pick<ProveOptions, 'target' | 'log'>,
): WorkerOutcome {
  if (!proof.ok) for (const difference of proof.differences.slice(0, 10)) log.error(describe(difference))
  const { findings: _, ...verification } = proof
  const error = proof.ok ? null : unequal(proof)
  const degraded = components.some(({ status }) => status === 'degraded')
  return {
    document: {
      status: proof.ok ? (degraded ? 'degraded' : 'complete') : 'failed',
      components,
      target: target.reference,
      verification,
      error,
    },
    exitCode: proof.ok ? (degraded ? ExitCode.degraded : ExitCode.success) : ExitCode.failed,
  }
}

/** Whatever the operator's own check finds counts like a difference. */
async function addCheckCommand(proof: Proof, command: ProveOptions): Promise<void> {
  const { checkCommand, config, log } = command
  if (checkCommand === undefined) return
  const timeoutMs = config.HOOK_TIMEOUT_SEC * 1000
  log.info(`running the check of your own: ${checkCommand}`)
  const wrong = await runCheckCommand({ ...command, command: checkCommand, timeoutMs })
  proof.counts['checkCommands'] = 1
  if (wrong === undefined) return
  proof.ok = false
  proof.counts['differences'] = (proof.counts['differences'] ?? 0) + 1
  proof.differences.unshift(wrong)
}

/** Findings join those of the component they are about. */
function withFindings(results: ComponentResult[], findings: Finding[]): ComponentResult[] {
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
