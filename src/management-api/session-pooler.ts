import { z } from 'zod'
import { BackupError, ExitCode } from '../common/errors.ts'
import type { HttpClient } from '../http/client.ts'
import { projectPath } from './project.ts'

/** Sessions are pooled on the port of PostgreSQL itself; what the API tells is the one for single transactions. */
export const sessionPort = 5432

const poolersSchema = z.array(
  z.object({ database_type: z.string(), db_host: z.string(), db_user: z.string(), db_name: z.string() }),
)

/** Where a project's sessions are pooled: reachable over IPv4, good for dumps. */
export interface SessionPooler {
  host: string
  port: number
  database: string
  /** What follows the name of a role: `.<ref>`. */
  userSuffix: string
}

/**
 * Asks for the pooler of the primary database, and believes the answer only if it can be: its users are this project's, its
 * host is one of the domain that poolers have. The number in its name (`aws-0-…`) cannot be derived.
 * @param options.domain - of the poolers' hosts, e.g. `supabase.com`.
 * @throws BackupError POOLER_UNTRUSTED, POOLER_UNKNOWN
 */
export async function findSessionPooler(
  client: HttpClient,
  options: { ref: string; domain: string },
): Promise<SessionPooler> {
  const { ref, domain } = options
  const path = projectPath(ref, '/config/database/pooler')
  const poolers = await client.call({ method: 'GET', path }, poolersSchema)
  const primary = poolers.find(({ database_type: type }) => type === 'PRIMARY')
  if (primary === undefined)
    throw new BackupError({
      code: 'POOLER_UNKNOWN',
      message: `The Management API tells no pooler of the project ${ref}.`,
      suggestion: 'Set SUPABASE_DB_URL to the session pooler’s address, from Connect on the project’s page.',
      phase: 'management-api/pooler',
      exitCode: ExitCode.configuration,
    })
  const { db_host: host, db_user: user, db_name: database } = primary
  const userSuffix = `.${ref}`
  if (!user.endsWith(userSuffix)) throw untrusted(`its user ${user} is not one of ${ref}`)
  if (host !== domain && !host.endsWith(`.${domain}`)) throw untrusted(`its host ${host} is not of ${domain}`)
  return { host, port: sessionPort, database, userSuffix }
}

function untrusted(why: string): BackupError {
  return new BackupError({
    code: 'POOLER_UNTRUSTED',
    message: 'The pooler that the Management API tells is not one to send a password to.',
    detail: why,
    suggestion: 'Check SUPABASE_API_URL, or set SUPABASE_DB_URL to the address on the project’s page.',
    phase: 'management-api/pooler',
    exitCode: ExitCode.configuration,
  })
}
