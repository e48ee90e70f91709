import type { Config } from '../config/load.ts'
import { readActivity } from '../database/capture/activity.ts'
import { connect } from '../database/connect/connection.ts'
import { readPrevious } from '../generation/carry.ts'
import { openOrigin } from '../project/project.ts'
import { readStatus } from '../report/store.ts'
import { isUnchanged } from '../report/unchanged.ts'

/**
 * The fingerprint of everything that has happened in the database so far; null unless SKIP_IF_UNCHANGED wants to know,
 * and without a database, as changes are then not to be seen.
 */
export async function currentActivity(config: Config): Promise<string | null> {
  const connection = config.SKIP_IF_UNCHANGED ? openOrigin(config).database : undefined
  if (connection === undefined) return null
  const client = await connect(connection, 'database/activity')
  try {
    return await readActivity(client)
  } finally {
    await client.end()
  }
}

/** Whether a backup would only repeat the last good one, whose generation is still there. */
export async function isRepetition(options: {
  config: Config
  activity: string | null
  wanted: readonly string[]
  /** The last generation. */
  previous: string | undefined
}): Promise<boolean> {
  const { config, activity, wanted, previous } = options
  if (activity === null) return false
  const status = await readStatus(config.STATE_DIR, config.PROJECT_NAME)
  return isUnchanged({ activity, wanted, status }) && (await readPrevious(previous)) !== undefined
}
