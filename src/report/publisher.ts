import type { Log } from '../common/log.ts'
import type { Config } from '../config/config.ts'
import type { FinishedRun } from './finish.ts'
import type { Overview } from './overview.ts'
import type { RunKind } from './schema.ts'

/** Who tells others of runs; the entrypoints pass the one in src/notify/publish.ts. What cannot be delivered changes nothing. */
export interface Publisher {
  publishStart(run: { kind: RunKind; runId: string }, config: Config, log: Log): Promise<void>
  /** @param text the summary for people */
  publishRun(run: FinishedRun, text: string, config: Config, log: Log): Promise<void>
  publishOverdue(overview: Overview, text: string, config: Config, log: Log): Promise<void>
}
