import pg from 'pg'
import type { z } from 'zod'
import type { Claims } from './tokens.ts'

/** The connections to the project's database, and the two ways a statement runs on them. */
export interface Database {
  /** As the service itself: no row-level security. */
  query<Row>(row: z.ZodType<Row>, sql: string, values: readonly unknown[]): Promise<Row[]>
  /** As the role of a token, under row-level security. A role the database does not have is an error 22023. */
  queryAs<Row>(claims: Claims, row: z.ZodType<Row>, sql: string, values: readonly unknown[]): Promise<Row[]>
  /** Throws if the role may not make these changes, which are rolled back. */
  rehearse(claims: Claims, sql: string, values: readonly unknown[]): Promise<void>
  close(): Promise<void>
}

/** The role that owns every right on the storage schema and skips row-level security: it needs no switch of role. */
const trustedRole = 'service_role'

const become =
  "select set_config('role', $1, true), set_config('request.jwt.claims', $2, true), set_config('request.jwt.claim.sub', $3, true)"

/** Opens a pool as the superuser or the owner of the storage schema. */
export function openDatabase(connectionString: string): Database {
  const pool = new pg.Pool({
    connectionString,
    max: 16,
    application_name: 'storage-api',
    // The schema refuses deletes by hand; the service is the one that may delete.
    options: '-c storage.allow_delete_query=true -c statement_timeout=30000',
  })
  // A server that goes away ends idle connections; the next statement reports it.
  pool.on('error', () => {})

  async function asRole<T>(
    claims: Claims,
    ending: 'commit' | 'rollback',
    work: (client: pg.PoolClient) => Promise<T>,
  ) {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query(become, [claims.role, JSON.stringify(claims), claims.sub ?? ''])
      const result = await work(client)
      await client.query(ending)
      return result
    } catch (error) {
      await client.query('rollback').catch(() => {})
      throw error
    } finally {
      client.release()
    }
  }

  const query: Database['query'] = async (row, sql, values) =>
    row.array().parse((await pool.query(sql, [...values])).rows)

  return {
    query,
    queryAs: (claims, row, sql, values) =>
      claims.role === trustedRole
        ? query(row, sql, values)
        : asRole(claims, 'commit', async (client) =>
            row.array().parse((await client.query(sql, [...values])).rows),
          ),
    async rehearse(claims, sql, values) {
      if (claims.role !== trustedRole)
        await asRole(claims, 'rollback', (client) => client.query(sql, [...values]))
    },
    close: () => pool.end(),
  }
}
