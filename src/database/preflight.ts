import { z } from 'zod'
import { silentLog } from '../common/log.ts'
import { formatBytes } from '../common/units.ts'
import type { Config } from '../config/config.ts'
import { checkManagementApi } from '../management-api/preflight.ts'
import { type Condition, failedCondition } from '../preflight/condition.ts'
import { openOriginBriefly, type Project } from '../project/project.ts'
import { vaultCapture } from './capture/vault.ts'
import { findClients } from './connect/clients.ts'
import { connect, reach } from './connect/connection.ts'

const phase = 'check/database'
const serverRow = z.object({
  version: z.string(),
  major: z.number(),
  role: z.string(),
  bytes: z.coerce.number(),
})

/** Can the database be reached, by the Management API if by that, and are there client programs that can dump it? */
export async function checkDatabase(config: Config): Promise<Condition[]> {
  const conditions: Condition[] = []
  let subject = 'database'
  try {
    const origin = openOriginBriefly(config)
    const { management, database: connection } = origin
    if (management) conditions.push(await checkManagementApi(management))
    if (connection === undefined)
      return [
        {
          status: 'WARN',
          subject,
          text: 'No database is configured.',
          remedy: 'Set SUPABASE_DB_URL, or SUPABASE_PROJECT_REF and SUPABASE_ACCESS_TOKEN.',
        },
      ]
    // What the way to it is has been said already.
    if (connection.login && conditions.some(({ status }) => status === 'FAIL')) return conditions
    const reached = await reach(connection, phase)
    const client = await connect(reached, phase)
    const { rows } = await client
      .query(
        `select current_setting('server_version') as version, current_user as role,
                current_setting('server_version_num')::int / 10000 as major,
                pg_database_size(current_database()) as bytes`,
      )
      .finally(() => client.end())
    const server = serverRow.parse(rows[0])
    const text = `PostgreSQL ${server.version} at ${reached.host}:${reached.port} as ${server.role}, ${formatBytes(server.bytes)}`
    const facts = { serverVersion: server.version, databaseBytes: server.bytes }
    conditions.push({ status: 'OK', subject, text, facts })
    subject = 'postgres clients'
    const clients = await findClients({
      serverMajor: server.major,
      pgBinDir: config.PG_BIN_DIR,
      pgImage: config.PG_IMAGE,
      runDirectory: config.RUN_DIRECTORY,
      environment: config.environment,
      log: silentLog,
      phase,
    })
    await clients.close()
    conditions.push(
      { status: 'OK', subject, text: clients.describe },
      ...(await checkRootKey(config, origin)),
    )
  } catch (error) {
    conditions.push(failedCondition(subject, error))
  }
  return conditions
}

/** With VAULT_MODE=root-key: can that key be had? Whether it is the right one, a backup finds out. */
async function checkRootKey(config: Config, origin: Project): Promise<Condition[]> {
  const capture = await vaultCapture(config, origin)
  if (typeof capture === 'string') return []
  const subject = 'vault root key'
  if (capture.rootKey !== undefined)
    return [{ status: 'OK', subject, text: 'The root key of the vault can be read' }]
  const text = `A backup would have the secrets of the vault decrypted: its root key cannot be read. ${capture.because}`
  return [{ status: 'WARN', subject, text, remedy: 'Remove the cause, or set VAULT_MODE=decrypted.' }]
}
