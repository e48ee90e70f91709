import { z } from 'zod'
import { silentLog } from '../common/log.ts'
import type { Config } from '../config/load.ts'
import { type Condition, failedCondition } from '../preflight/condition.ts'
import { openOrigin } from '../project/project.ts'
import { findClients } from './connect/clients.ts'
import { connect } from './connect/connection.ts'

const phase = 'check/database'
const serverRow = z.object({ version: z.string(), major: z.number(), role: z.string() })

/** Can the database be reached, and are there client programs that can dump it? */
export async function checkDatabase(config: Config): Promise<Condition[]> {
  const conditions: Condition[] = []
  let subject = 'database'
  try {
    const connection = openOrigin(config).database
    if (connection === undefined)
      return [{ status: 'WARN', subject, text: 'No database is configured.', remedy: 'Set SUPABASE_DB_URL.' }]
    const client = await connect(connection, phase)
    const { rows } = await client
      .query(
        `select current_setting('server_version') as version, current_user as role,
                current_setting('server_version_num')::int / 10000 as major`,
      )
      .finally(() => client.end())
    const server = serverRow.parse(rows[0])
    const text = `PostgreSQL ${server.version} at ${connection.host}:${connection.port} as ${server.role}`
    conditions.push({ status: 'OK', subject, text })
    subject = 'postgres clients'
    const clients = await findClients({
      serverMajor: server.major,
      pgBinDir: config.PG_BIN_DIR,
      pgImage: config.PG_IMAGE,
      log: silentLog,
      phase,
    })
    await clients.close()
    conditions.push({ status: 'OK', subject, text: clients.describe })
  } catch (error) {
    conditions.push(failedCondition(subject, error))
  }
  return conditions
}
