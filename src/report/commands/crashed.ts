import { ExitCode } from '../../common/errors.ts'
import { loadConfig } from '../../config/load.ts'
import { crashedRun } from '../begun.ts'
import { finishCrashedRun } from '../crashed-run.ts'
import { readStatus } from '../store.ts'
import { renderSummary } from '../summary.ts'
import { type CommandContext, parseFlags } from './command.ts'

/**
 * `report.ts crashed`: reports the run that was killed before it could do so itself, if there is one and nobody has yet.
 * The caller holds the project's lock, so that run is gone.
 */
export async function crashedCommand({
  args,
  environment,
  log,
  print,
  publisher,
}: CommandContext): Promise<number> {
  parseFlags(args, {})
  const config = loadConfig(environment)
  const status = await readStatus(config.STATE_DIR, config.PROJECT_NAME)
  const crashed = await crashedRun({ config, status, environment, isLockOurs: true })
  if (crashed === undefined) return 0
  const kind = crashed.kind ?? 'backup'
  const run = await finishCrashedRun({
    ...{ config, kind, exitCode: ExitCode.failed, now: new Date(), environment, log },
    isLockOurs: true,
  })
  const summary = renderSummary(run.report, run.path, run.before.lastSuccess[kind])
  await (await publisher()).publishRun(run, summary, config, log)
  print(summary)
  return run.path === null ? 1 : 0
}
