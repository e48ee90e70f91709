import type pg from 'pg'
import { z } from 'zod'
import type { Config } from '../../config/config.ts'
import { openOrigin } from '../../project/project.ts'
import { connect } from '../connect/connection.ts'

/**
 * One hash over what moves when anything in the database does: per table, catalogs included, the rows inserted, updated
 * and deleted so far and the file they lie in (TRUNCATE counts no rows, but makes a new file); and each sequence's
 * value. The counters begin anew after a crash or restart, hence the times of both.
 *
 * Left out is what moves by itself: statistics of ANALYZE, and the platform's logs of cron runs, web requests and
 * Realtime messages.
 */
const activityQuery = `
  with counters as (
    select relid, concat_ws(',', relid::oid, pg_relation_filenode(relid), n_tup_ins, n_tup_upd, n_tup_del) as counter
    from pg_catalog.pg_stat_all_tables
    where schemaname !~ '^pg_(toast|temp)' and schemaname not in ('net', 'realtime', '_realtime', '_analytics')
      and (schemaname, relname) not in (('pg_catalog', 'pg_statistic'), ('pg_catalog', 'pg_statistic_ext_data'),
        ('cron', 'job_run_details'))
  ), sequences as (
    select concat_ws(',', schemaname, sequencename, last_value) as value from pg_catalog.pg_sequences
    where schemaname not in ('net', 'realtime', '_realtime', '_analytics', 'cron')
  )
  select encode(sha256(convert_to(concat_ws('|',
    (select oid from pg_catalog.pg_database where datname = current_database()),
    pg_postmaster_start_time(),
    (select stats_reset from pg_catalog.pg_stat_bgwriter),
    (select stats_reset from pg_catalog.pg_stat_database where datname = current_database()),
    (select string_agg(counter, ';' order by relid) from counters),
    (select string_agg(value, ';' order by value) from sequences)), 'UTF8')), 'hex') as fingerprint`

const row = z.object({ fingerprint: z.string() })

/**
 * A fingerprint of everything that has happened in the database: two equal ones mean that nothing did in between. It
 * errs on the side of a change, but a server session may take ten seconds to publish its counters. So read it before the
 * snapshot is taken: what happens between the two then counts as changed the next time.
 */
export async function readActivity(client: pg.Client): Promise<string> {
  const { rows } = await client.query(activityQuery)
  return row.parse(rows[0]).fingerprint
}

/** The fingerprint of the project's database; null where none is configured, as changes are then not to be seen. */
export async function fingerprintOf(config: Config): Promise<string | null> {
  const connection = openOrigin(config).database
  if (connection === undefined) return null
  const client = await connect(connection, 'database/activity')
  try {
    return await readActivity(client)
  } finally {
    await client.end()
  }
}
