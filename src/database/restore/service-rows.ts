import type { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import type { PsqlSession } from '../connect/psql.ts'
import { leaveOutFlag } from '../connect/psql-errors.ts'
import type { managedColumns } from '../facts/all.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { quoteName } from '../sql/statements.ts'
import { copyCommand, readCopyTarget } from './load-rows.ts'

export type ManagedColumn = z.infer<(typeof managedColumns)['row']>

/** How the rows of one auth or storage table get into the target's table of that name. */
export interface ServiceTable {
  entry: ContentsEntry
  /** Columns of the dump, in the order of its data. */
  copied: string[]
  /** Those both sides have. */
  shared: string[]
  /** Those the target lacks, or computes itself. */
  lost: string[]
}

export interface ServicePlan {
  tables: ServiceTable[]
  /** Tables with rows that the target lacks altogether. */
  missing: string[]
  /** Tables the target has and the role may not empty and fill: those of them that hold rows in the backup. */
  closed: ContentsEntry[]
  /** `schema.table.column` of values the target has no place for. */
  lost: string[]
}

function refuse(problem: string, names: readonly string[], otherWay = ''): BackupError {
  return new BackupError({
    code: 'TARGET_COLUMNS_INCOMPATIBLE',
    message: `The target's auth and storage tables cannot take the backup's rows: ${problem}.`,
    detail: names.join(', '),
    suggestion: `The target runs another version of the Auth or Storage service. Restore into a project whose services are at least as new as those of the backup (the manifest names them), or upgrade the target.${otherWay}`,
    phase: 'database/preflight',
  })
}

/**
 * Decides how the rows of the services' tables are loaded into a target whose services may have another version.
 * @param entries the dump's TABLE DATA entries of auth and storage
 * @param source the columns as they were at backup time
 * @param target the columns as the target has them
 * @param closed tables of the target the role may not empty and fill, `schema.table`
 * @param rows how many rows a table of the backup has, by `schema.table`
 * @throws BackupError where a column that is never empty would be lost, or the target demands one the backup lacks
 */
export async function planServiceRows(
  entries: readonly ContentsEntry[],
  source: readonly ManagedColumn[],
  target: readonly ManagedColumn[],
  rows: ReadonlyMap<string, number>,
  closed: ReadonlySet<string> = new Set(),
): Promise<ServicePlan> {
  const plan: ServicePlan = { tables: [], missing: [], closed: [], lost: [] }
  const required: string[] = []
  const demanded: string[] = []
  for (const entry of entries) {
    const table = `${entry.namespace}.${entry.tag}`
    const ofTable = (column: ManagedColumn) => column.schema === entry.namespace && column.table === entry.tag
    const targetColumns = target.filter(ofTable)
    const hasRows = (rows.get(table) ?? 0) > 0
    if (targetColumns.length === 0) {
      if (hasRows) plan.missing.push(table)
      continue
    }
    if (closed.has(table)) {
      if (hasRows) plan.closed.push(entry)
      continue
    }
    const { columns: copied } = await readCopyTarget(entry)
    const writable = new Map(
      targetColumns.filter((column) => column.generated === '').map((column) => [column.column, column]),
    )
    const known = new Set(targetColumns.map((column) => column.column))
    const lost = copied.filter((column) => !writable.has(column))
    plan.tables.push({ entry, copied, shared: copied.filter((column) => writable.has(column)), lost })
    if (!hasRows) continue
    // A column the target computes itself is not lost.
    const gone = lost.filter((column) => !known.has(column))
    plan.lost.push(...gone.map((column) => `${table}.${column}`))
    const notNull = new Set(
      source.filter((column) => ofTable(column) && column.notNull).map((column) => column.column),
    )
    required.push(...gone.filter((column) => notNull.has(column)).map((column) => `${table}.${column}`))
    const filled = (column: ManagedColumn) =>
      !column.notNull || column.default !== null || column.identity !== '' || copied.includes(column.column)
    demanded.push(
      ...[...writable.values()]
        .filter((column) => !filled(column))
        .map((column) => `${table}.${column.column}`),
    )
  }
  if (plan.missing.length > 0)
    throw refuse(
      'tables with rows are missing there',
      plan.missing,
      ` Or give the same command with ${plan.missing.map((name) => leaveOutFlag(`TABLE DATA ${name.replace('.', ' ')}`)).join(' ')} to restore without these rows.`,
    )
  if (required.length > 0) throw refuse('columns that are never empty are missing there', required)
  if (demanded.length > 0) throw refuse('columns it requires are missing in the backup', demanded)
  return plan
}

/**
 * Loads a table whose target lacks columns of the dump: through a temporary table that has them all.
 * The data file already is what COPY reads, up to its end marker.
 */
export async function restoreThroughTemporaryTable(
  session: PsqlSession,
  dump: string,
  table: ServiceTable,
): Promise<void> {
  if (table.entry.file === undefined) return
  const name = quoteName(table.entry.namespace, table.entry.tag)
  const columns = (names: readonly string[]) => names.map((column) => quoteName(column)).join(', ')
  await session.run(
    `CREATE TEMP TABLE restored_rows AS SELECT ${columns(table.shared)} FROM ${name} WITH NO DATA;\n` +
      table.lost
        .map((column) => `ALTER TABLE restored_rows ADD COLUMN ${quoteName(column)} text;\n`)
        .join(''),
  )
  const command = copyCommand(`restored_rows (${columns(table.copied)})`, dump, table.entry.file)
  if (command !== undefined) await session.feed([command])
  await session.run(
    `INSERT INTO ${name} (${columns(table.shared)}) OVERRIDING SYSTEM VALUE SELECT ${columns(table.shared)} FROM restored_rows;\n` +
      'DROP TABLE restored_rows;',
  )
}
