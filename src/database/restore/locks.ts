import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import type { PsqlSession } from '../connect/psql.ts'
import { literals } from '../facts/all.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { dataSchemas } from '../rules/platform.ts'

/** Catalogs of what a schema may hold, with the column that names it: dropping one takes a lock on each. */
const inSchema: readonly [catalog: string, schema: string][] = [
  ['pg_class', 'relnamespace'],
  ['pg_type', 'typnamespace'],
  ['pg_proc', 'pronamespace'],
  ['pg_constraint', 'connamespace'],
]
/** The same for what a table may have. */
const onTable: readonly [catalog: string, table: string][] = [
  ['pg_attrdef', 'adrelid'],
  ['pg_trigger', 'tgrelid'],
  ['pg_rewrite', 'ev_class'],
  ['pg_policy', 'polrelid'],
]

/** PostgreSQL's own catalogs with their indexes, which every restore reads. */
const systemCatalogs = 120

/** SQL: what the server's lock table holds at least. */
const capacity = `current_setting('max_locks_per_transaction')::bigint
  * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint)`

export interface LockNeeds {
  needed: number
  /** What the server's lock table holds at least; all sessions share it. */
  available: number
}

/**
 * Estimates the locks that a restore in one transaction takes: one for each object it drops or creates, and two more
 * for each table that may have a TOAST table. All are held until the COMMIT.
 * @param schemas those of the target that will be emptied
 * @param entries those that will be restored
 */
export async function estimateLocks(
  session: PsqlSession,
  schemas: readonly string[],
  entries: readonly ContentsEntry[],
): Promise<LockNeeds> {
  const emptied = `SELECT oid FROM pg_catalog.pg_namespace WHERE nspname IN (${literals(['public', ...schemas])})`
  const counts = [
    ...inSchema.map(
      ([catalog, schema]) => `(SELECT count(*) FROM pg_catalog.${catalog} WHERE ${schema} IN (${emptied}))`,
    ),
    ...onTable.map(
      ([catalog, table]) =>
        `(SELECT count(*) FROM pg_catalog.${catalog} x JOIN pg_catalog.pg_class c ON c.oid = ${table} WHERE relnamespace IN (${emptied}))`,
    ),
    // TOAST tables live in a schema of their own.
    `(SELECT 2 * count(*) FROM pg_catalog.pg_class WHERE reltoastrelid <> 0 AND relnamespace IN (${emptied}))`,
    // Those of the services are emptied, with their indexes and TOAST tables.
    `(SELECT count(*) + 2 * count(*) FILTER (WHERE reltoastrelid <> 0)
      FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
      WHERE nspname IN (${literals(dataSchemas)}))`,
    `(SELECT count(*) FROM pg_catalog.pg_largeobject_metadata)`,
  ]
  const [row] = await session.rows(
    `SELECT ${counts.join(' + ')} AS dropped, ${capacity} AS available`,
    z.object({ dropped: z.number(), available: z.number() }),
  )
  const tables = entries.filter(({ desc }) => desc === 'TABLE').length
  return {
    needed: (row?.dropped ?? 0) + entries.length + 2 * tables + systemCatalogs,
    available: row?.available ?? 0,
  }
}

/** How many entries of a dump are restored in one transaction of a restore in batches; others need locks meanwhile. */
export async function entriesPerBatch(session: PsqlSession): Promise<number> {
  const [row] = await session.rows(`SELECT ${capacity} AS available`, z.object({ available: z.number() }))
  return Math.max(1, Math.floor((row?.available ?? 0) / 8))
}

/** @throws BackupError TARGET_LOCKS_TOO_FEW where one transaction would not fit */
export function requireLocks({ needed, available }: LockNeeds): void {
  if (needed <= available) return
  throw new BackupError({
    code: 'TARGET_LOCKS_TOO_FEW',
    message: `A restore in one transaction needs about ${needed} locks, and the target's lock table holds ${available}.`,
    suggestion:
      'Raise max_locks_per_transaction on the target, or restore with --batches: in many transactions, so that an interruption leaves a part of it there, until the restore is run again.',
    phase: 'database/preflight',
  })
}
