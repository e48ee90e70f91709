import { z } from 'zod'
import { BackupError, ExitCode } from '../../common/errors.ts'
import type { PsqlSession } from '../connect/psql.ts'
import type { TargetTable } from './target-table.ts'

const referencingRow = z.object({ name: z.string(), rows: z.string() })

/**
 * Foreign keys whose tables lose rows, or values in them, when rows of this table go: with CASCADE, SET NULL and SET DEFAULT the
 * server says nothing of it, and the rows that come in their place do not bring that back.
 * @throws BackupError LOAD_ROWS_REFERENCED naming the tables that have such rows
 */
export async function refuseTakingOthers(
  session: PsqlSession,
  { oid, schema, name }: TargetTable,
): Promise<void> {
  const references = await session.rows(
    `SELECT r.oid::pg_catalog.regclass::text AS name,
        format('FROM %s WHERE %s', r.oid::pg_catalog.regclass, string_agg(format('%I IS NOT NULL', a.attname), ' AND ')) AS rows
      FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_class r ON r.oid = c.conrelid AND NOT r.relispartition
      JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum = ANY (c.conkey)
      WHERE c.contype = 'f' AND c.confrelid = ${oid} AND c.conrelid <> c.confrelid AND c.confdeltype IN ('c', 'n', 'd')
      GROUP BY c.oid, r.oid ORDER BY 1`,
    referencingRow,
  )
  const names = new Set<string>()
  for (const { name: other, rows } of references)
    if ((await session.rows(`SELECT 1 AS one ${rows} LIMIT 1`, z.unknown())).length > 0) names.add(other)
  if (names.size === 0) return
  throw new BackupError({
    code: 'LOAD_ROWS_REFERENCED',
    message: `Rows of ${[...names].join(', ')} refer to ${schema}.${name} by foreign keys that delete or change them when its rows go, which --replace would make of all of them. Nothing was changed.`,
    suggestion:
      'Load the file without --replace: rows with the same primary key are replaced and keep what refers to them. What is too many then can be deleted with psql.',
    phase: 'load/rows',
    exitCode: ExitCode.usage,
  })
}
