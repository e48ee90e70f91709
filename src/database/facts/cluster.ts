import type pg from 'pg'
import { z } from 'zod'

const clusterRow = z.object({
  /** Given to a cluster once, by initdb; a physical copy keeps it. In decimal; null where the role may not read it. */
  systemIdentifier: z.string().nullable(),
  database: z.object({ oid: z.number(), name: z.string() }),
})
export type Cluster = z.infer<typeof clusterRow>

/** Which cluster and database it was, to know them again under another address. */
export const cluster = { file: 'cluster.jsonl', row: clusterRow }

const aboutRow = z.object({ readable: z.boolean(), oid: z.number(), name: z.string(), started: z.string() })

/** Reads the same of the server a client is connected to, and when that was started: no two servers share both. */
export async function readCluster(client: pg.Client): Promise<Cluster & { started: string }> {
  const about = await client.query(
    `select pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') as readable,
       oid, datname::text as name, extract(epoch from pg_catalog.pg_postmaster_start_time())::text as started
     from pg_catalog.pg_database where datname = pg_catalog.current_database()`,
  )
  const { readable, started, ...database } = aboutRow.parse(about.rows[0])
  if (!readable) return { systemIdentifier: null, database, started }
  const control = await client.query(
    'select system_identifier::text as id from pg_catalog.pg_control_system()',
  )
  return { systemIdentifier: z.object({ id: z.string() }).parse(control.rows[0]).id, database, started }
}
