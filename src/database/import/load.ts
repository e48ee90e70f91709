import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { BackupError, ExitCode } from '../../common/errors.ts'
import type { Log } from '../../common/log.ts'
import type { PostgresClients } from '../connect/client-programs.ts'
import type { DatabaseConnection } from '../connect/connection.ts'
import { openPsql, type PsqlSession } from '../connect/psql.ts'
import { rowsHash } from '../facts/row-hashes.ts'
import { checkTransaction, commit, transactionId } from '../restore/commit.ts'
import { copyCommand } from '../restore/load-rows.ts'
import { ownSettings } from '../restore/step.ts'
import { quoteName } from '../sql/statements.ts'
import { advanceSequences } from './advance-sequences.ts'
import { refuseTakingOthers } from './referencing-tables.ts'
import { writeCopyFile } from './rows-file.ts'
import type { TargetColumn, TargetTable } from './target-table.ts'

const phase = 'load/rows'

export interface LoadOptions {
  file: string
  /** The columns that any row of the file names, see `surveyRows`. */
  names: ReadonlySet<string>
  table: TargetTable
  /** The rows there now go first; else those with the same primary key are replaced and the others stay. */
  replace: boolean
  target: DatabaseConnection
  clients: PostgresClients
  log: Log
  signal: AbortSignal
}

export interface Loaded {
  /** Rows of the file: those that were new, and those that took the place of one with the same key. */
  inserted: number
  updated: number
  /** Rows that were there before and went, with --replace. */
  deleted: number
  /** Of the whole table afterwards. */
  rows: number
  hash: string
  /** Columns of the file that the table computes itself. */
  ignored: string[]
  /** Columns whose next number from a sequence may be one that a row has. */
  notMoved: string[]
  /** Columns GENERATED ALWAYS AS IDENTITY outside the key, with the rows that kept another value than the file has. */
  identities: { name: string; rows: number }[]
}

/**
 * Loads the rows of a JSON file into a table, in one transaction: its triggers, foreign keys and checks act as for an
 * application. A column that the file never names gets its default.
 * @throws BackupError LOAD_FILE_EMPTY, LOAD_COLUMNS_UNKNOWN, LOAD_KEY_MISSING, LOAD_KEY_TWICE, LOAD_ROWS_REFERENCED, LOAD_FILE_UNREADABLE, or the server's refusal; then nothing
 *   is changed
 */
export async function loadRows(options: LoadOptions): Promise<Loaded> {
  const { file, names, table, replace, clients, target, signal } = options
  const plan = planColumns(table, names, replace)
  const folder = await mkdtemp(join(tmpdir(), 'supabase-load-'))
  const session = await openPsql({ clients, connection: target, folders: [folder], signal, phase })
  try {
    const copyFile = join(folder, 'rows')
    await writeCopyFile(file, copyFile, plan.columns, signal)
    // Triggers and checks of the table look names up where they do for an application.
    await session.run(`${ownSettings}RESET search_path;\nBEGIN;\n`)
    const transaction = await transactionId(session)
    const loaded = await replaceRows(session, { ...options, ...plan, folder })
    await checkTransaction(session, transaction)
    await commit(session, { target, transaction, signal })
    const notMoved = plan.columns.filter(({ isOddlyNumbered }) => isOddlyNumbered).map(({ name }) => name)
    return { ...loaded, ignored: plan.ignored, notMoved }
  } finally {
    await session.close()
    await rm(folder, { recursive: true, force: true })
  }
}

interface ColumnPlan {
  columns: TargetColumn[]
  key: TargetColumn[]
  ignored: string[]
}

function planColumns(table: TargetTable, names: ReadonlySet<string>, replace: boolean): ColumnPlan {
  if (names.size === 0)
    throw refused(
      'LOAD_FILE_EMPTY',
      'The file has no rows, or none that names a column. Nothing was changed.',
      'Look at what should have written it. To empty a table, delete its rows with psql.',
    )
  const known = new Set(table.columns.map(({ name }) => name))
  const unknown = [...names].filter((name) => !known.has(name))
  if (unknown.length > 0)
    throw refused(
      'LOAD_COLUMNS_UNKNOWN',
      `The table ${table.schema}.${table.name} has no column ${unknown.join(', ')}, which the file has.`,
      'Load it into the table that it was exported from, or take these members out of the file.',
    )
  // A NULL in a JSON column has no member: in an export, which names all others, such a column is one that is NULL in every
  // row. A file that names some columns only says nothing of it.
  const isPlainJson = ({ isJson, isArray }: TargetColumn) => isJson && !isArray
  const namesAll = table.columns.every(
    (column) => names.has(column.name) || column.isGenerated || isPlainJson(column),
  )
  const inFile = (column: TargetColumn) =>
    names.has(column.name) || (namesAll && isPlainJson(column) && column.isNullable)
  const columns = table.columns.filter((column) => !column.isGenerated && inFile(column))
  const key = table.columns
    .filter(({ keyPlace }) => keyPlace !== null)
    .toSorted((a, b) => (a.keyPlace ?? 0) - (b.keyPlace ?? 0))
  if (!replace && (key.length === 0 || !key.every((column) => columns.includes(column))))
    throw refused(
      'LOAD_KEY_MISSING',
      key.length === 0
        ? `The table ${table.schema}.${table.name} has no primary key, by which rows that are there already would be known.`
        : `The file has no ${key.map(({ name }) => name).join(', ')}, by which rows that are there already would be known.`,
      'To put the rows of the file in place of all that are there: --replace.',
    )
  const ignored = table.columns.filter(({ name, isGenerated }) => isGenerated && names.has(name))
  return { columns, key, ignored: ignored.map(({ name }) => name) }
}

function refused(code: string, message: string, suggestion: string): BackupError {
  return new BackupError({ code, message, suggestion, phase: 'load/columns', exitCode: ExitCode.usage })
}

type Work = LoadOptions & ColumnPlan & { folder: string }

const countRow = z.object({ count: z.number() })

async function countOf(session: PsqlSession, sql: string): Promise<number> {
  return (await session.rows(`SELECT count(*)::float8 AS count ${sql}`, countRow))[0]?.count ?? 0
}

async function replaceRows(session: PsqlSession, work: Work): Promise<Omit<Loaded, 'ignored' | 'notMoved'>> {
  const { table, columns, key, replace, folder } = work
  const name = quoteName(table.schema, table.name)
  if (replace) await refuseTakingOthers(session, table)
  const list = columns.map((column) => quoteName(column.name)).join(', ')
  // Names with line breaks cannot stand in \copy; the columns of the temporary table are numbered.
  const numbered = columns.map((_, index) => `c${index}`).join(', ')
  await session.run(
    `CREATE TEMPORARY TABLE supabase_backup_rows ON COMMIT DROP AS SELECT ${columns
      .map((column, index) => `${quoteName(column.name)} AS c${index}`)
      .join(', ')} FROM ${table.own} LIMIT 0;\n`,
  )
  await session.feed([copyCommand('pg_temp.supabase_backup_rows', folder, 'rows') ?? ''])
  await refuseKeyTwice(session, key, columns)
  const total = await countOf(session, 'FROM pg_temp.supabase_backup_rows')
  const deleted = replace ? await countOf(session, `FROM ${table.own}`) : 0
  const same = key
    .map((column) => `t.${quoteName(column.name)} = r.c${columns.indexOf(column)}`)
    .join(' AND ')
  const updated = replace
    ? 0
    : await countOf(
        session,
        `FROM pg_temp.supabase_backup_rows r WHERE EXISTS (SELECT FROM ${table.own} t WHERE ${same})`,
      )
  const identities: Loaded['identities'] = []
  for (const column of replace ? [] : columns.filter((each) => isKept(each, key))) {
    const differs = `t.${quoteName(column.name)} IS DISTINCT FROM r.c${columns.indexOf(column)}`
    const rows = await countOf(
      session,
      `FROM pg_temp.supabase_backup_rows r JOIN ${table.own} t ON ${same} WHERE ${differs}`,
    )
    if (rows > 0) identities.push({ name: column.name, rows })
  }
  await session.run(
    `${replace ? `DELETE FROM ${table.own};\n` : ''}INSERT INTO ${name} (${list}) OVERRIDING SYSTEM VALUE
      SELECT ${numbered} FROM pg_temp.supabase_backup_rows ${replace ? '' : onConflict(columns, key)};\n${advanceSequences(table, columns)}`,
  )
  const [after] = await session.rows(
    `SELECT count(*)::float8 AS rows, ${rowsHash} AS hash FROM ${table.own} t`,
    z.object({ rows: z.number(), hash: z.string() }),
  )
  const counts = { inserted: total - updated, updated, deleted, rows: after?.rows ?? 0 }
  return { ...counts, hash: after?.hash ?? '', identities }
}

/** Which of two rows with the same key is meant, only their author knows. */
async function refuseKeyTwice(
  session: PsqlSession,
  key: readonly TargetColumn[],
  columns: readonly TargetColumn[],
): Promise<void> {
  if (key.length === 0 || !key.every((column) => columns.includes(column))) return
  const list = key.map((column) => `c${columns.indexOf(column)}`).join(', ')
  const twice = await session.rows(
    `SELECT ROW(${list})::text AS key, count(*)::float8 AS rows FROM pg_temp.supabase_backup_rows
      GROUP BY ${list} HAVING count(*) > 1 ORDER BY 1 LIMIT 1`,
    z.object({ key: z.string(), rows: z.number() }),
  )
  const [first] = twice
  if (first !== undefined)
    throw refused(
      'LOAD_KEY_TWICE',
      `The file has ${first.rows} rows with the same ${key.map(({ name }) => name).join(', ')}: ${first.key}. Nothing was changed.`,
      'Leave only one of them in the file.',
    )
}

/** Whether a row that is there keeps its value of a column: the server lets nobody update an identity that is always generated. */
function isKept(column: TargetColumn, key: readonly TargetColumn[]): boolean {
  return column.isIdentityAlways && !key.includes(column)
}

function onConflict(columns: readonly TargetColumn[], key: readonly TargetColumn[]): string {
  const target = key.map((column) => quoteName(column.name)).join(', ')
  const changed = columns.filter((column) => !key.includes(column) && !isKept(column, key))
  if (changed.length === 0) return `ON CONFLICT (${target}) DO NOTHING`
  const set = changed.map((column) => `${quoteName(column.name)} = EXCLUDED.${quoteName(column.name)}`)
  return `ON CONFLICT (${target}) DO UPDATE SET ${set.join(', ')}`
}
