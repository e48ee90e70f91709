import { z } from 'zod'
import { type Finding, finding } from '../../common/findings.ts'
import type { PsqlSession } from '../connect/psql.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { parseStatements, quoteText } from '../sql/statements.ts'

const phase = 'database/restore'

/** Since then the functions of a view that is filled find unqualified names in pg_catalog only. */
const safeLookupSince = 170_000

/** A setting of ours, by which the failure inside a block reaches us. */
const failureSetting = 'supabase_backup.failure'

/** SQL: how many rows of tables the transaction has written; those of materialized views do not count. */
const writtenRows = `(SELECT coalesce(sum(pg_catalog.pg_stat_get_xact_tuples_inserted(oid)
    + pg_catalog.pg_stat_get_xact_tuples_updated(oid) + pg_catalog.pg_stat_get_xact_tuples_deleted(oid)), 0)
  FROM pg_catalog.pg_class WHERE relkind = 'r' AND relnamespace <> 'pg_catalog'::regnamespace)`

/**
 * Fills materialized views, in the order of the dump.
 * @returns a finding about those whose query fails on the target, or writes rows there; they stay unfilled
 */
export async function fillViews(session: PsqlSession, entries: readonly ContentsEntry[]): Promise<Finding[]> {
  const failed: string[] = []
  for (const { defn, namespace, tag } of entries)
    for (const { text } of await parseStatements(defn, phase)) {
      const body = `DECLARE before numeric := ${writtenRows}; BEGIN
        PERFORM pg_catalog.set_config('${failureSetting}', '', false); ${text};
        IF ${writtenRows} <> before THEN RAISE 'its query writes rows of tables'; END IF;
        EXCEPTION WHEN OTHERS THEN PERFORM pg_catalog.set_config('${failureSetting}', SQLERRM, false); END`
      await session.run(`DO ${quoteText(body)};\n`)
      const [outcome] = await session.rows(
        `SELECT pg_catalog.current_setting('${failureSetting}') AS failure`,
        z.object({ failure: z.string() }),
      )
      if (outcome?.failure) failed.push(`${namespace}.${tag}: ${outcome.failure}`)
    }
  if (failed.length === 0) return []
  const [server] = await session.rows(
    `SELECT pg_catalog.current_setting('server_version_num')::int AS version`,
    z.object({ version: z.number() }),
  )
  const lookup =
    (server?.version ?? 0) < safeLookupSince
      ? 'Remove the cause'
      : 'PostgreSQL 17 and later look up names in pg_catalog only while they do: qualify the names in their functions, or set a search_path on these'
  const message = `These materialized views could not be filled on the target, for the reason the server gives. ${lookup}; then REFRESH MATERIALIZED VIEW.`
  return [
    finding({ component: 'database', severity: 'degraded', kind: 'view-unfilled', message, names: failed }),
  ]
}
