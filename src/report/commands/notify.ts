import { loadConfig } from '../../config/load.ts'
import { examineProject } from '../examine.ts'
import { renderOverview } from '../overview-text.ts'
import type { RunSummary } from '../status.ts'
import { readStatus } from '../store.ts'
import { type CommandContext, parseFlags, runKind, usageError } from './command.ts'
import { tellCrashed } from './tell-crashed.ts'

/** systemd starts the unit that alerts right after the one that failed. */
const justNowMs = 10 * 60_000

/**
 * `report.ts notify --overdue`: tells webhook and mail which backup or drill is older than its limit.
 *
 * `report.ts notify --kind KIND [--exit-code N]`: a unit failed. When its run reported that itself, there is nothing to
 * do; when it could not (killed, out of memory, out of time, never begun), this reports it as failed, with what it left.
 */
export async function notifyCommand(context: CommandContext): Promise<number> {
  const { args, environment, log, publisher } = context
  const flags = parseFlags(args, {
    overdue: { type: 'boolean' },
    kind: { type: 'string' },
    'exit-code': { type: 'string' },
  })
  const config = loadConfig(environment)
  const now = new Date()
  if (flags.overdue) {
    const overview = await examineProject(config, environment, now)
    await (await publisher()).publishOverdue(overview, renderOverview(overview, now), config, log)
    return 0
  }
  const kind = runKind(flags.kind)
  const exitCode = Number(flags['exit-code'] ?? '1')
  if (!Number.isInteger(exitCode) || exitCode === 0)
    throw usageError('--exit-code must be that of a failure.')
  const { lastRun } = await readStatus(config.STATE_DIR, config.PROJECT_NAME)
  if (isJustReported(lastRun[kind], now)) {
    log.info(`The ${kind} has reported its end itself.`)
    return 0
  }
  return tellCrashed(context, { config, kind, exitCode, now })
}

function isJustReported(last: RunSummary | undefined, now: Date): boolean {
  return last !== undefined && Math.abs(now.getTime() - Date.parse(last.finishedAt)) < justNowMs
}
