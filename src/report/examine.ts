import type { Environment } from '../config/directories.ts'
import type { Config } from '../config/load.ts'
import { type Overview, overviewOf } from './overview.ts'
import { readStatus } from './store.ts'
import { nextRuns } from './timers.ts'

/** What is known of a project now, from its status file and its timers. */
export async function examineProject(config: Config, environment: Environment, now: Date): Promise<Overview> {
  return overviewOf({
    status: await readStatus(config.STATE_DIR, config.PROJECT_NAME),
    maxAge: { backup: config.MAX_AGE_BACKUP, drill: config.MAX_AGE_DRILL },
    next: await nextRuns(config.PROJECT_NAME, environment),
    now,
  })
}
