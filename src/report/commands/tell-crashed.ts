import type { Config } from '../../config/config.ts'
import { finishCrashedRun } from '../crashed-run.ts'
import type { RunKind } from '../schema.ts'
import { renderSummary } from '../summary.ts'
import type { CommandContext } from './command.ts'

/** Reports a run that could not do so itself, tells of it, and prints its summary. @returns the exit code: 1 where no report could be written */
export async function tellCrashed(
  { environment, log, print, publisher }: CommandContext,
  run: { config: Config; kind: RunKind; exitCode: number; now: Date; isLockOurs?: boolean },
): Promise<number> {
  const { config, kind } = run
  const finished = await finishCrashedRun({ ...run, environment, log })
  const summary = renderSummary(finished.report, finished.path, finished.before.lastSuccess[kind])
  await (await publisher()).publishRun(finished, summary, config, log)
  print(summary)
  return finished.path === null ? 1 : 0
}
