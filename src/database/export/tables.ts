import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError } from '../../common/errors.ts'
import { writeLines } from '../../common/jsonl.ts'
import type { Log } from '../../common/log.ts'
import { createProgress } from '../../common/progress.ts'
import type { Table } from '../facts/all.ts'
import { readCopyTarget } from '../restore/load-rows.ts'
import type { Contents, ContentsEntry } from '../rules/contents.ts'
import { readColumnTypes } from './column-types.ts'
import { readCopyRows } from './copy-text.ts'
import { writeCsvRow } from './csv-row.ts'
import { tableFileName } from './file-names.ts'
import { type Column, createRowWriter } from './json-row.ts'

/** How rows are written: JSON objects a line each, or CSV. */
export type TableFormat = 'json' | 'csv'

const folders: Record<TableFormat, string> = { json: 'tables_json', csv: 'tables_csv' }
const endings: Record<TableFormat, string> = { json: 'jsonl', csv: 'csv' }

/** A table that was written, as metadata.json tells of it. */
export interface ExportedTable {
  schema: string
  name: string
  rows: number
  columns: { name: string; type: string | null }[]
  /** Its file for each format, relative to the export's folder. */
  files: Partial<Record<TableFormat, string>>
}

export interface TablesOptions {
  dump: string
  contents: Contents
  /** The TABLE DATA entries to write. */
  entries: readonly ContentsEntry[]
  /** What the backup counted, by the origin's object identifier. */
  recorded: ReadonlyMap<number, Table>
  formats: readonly TableFormat[]
  /** The export's folder. */
  directory: string
  log: Log
  signal: AbortSignal
}

/**
 * Writes the rows of tables, streamed from the dump's data files, and compares their number with what was counted in the
 * backup's snapshot.
 * @throws BackupError EXPORT_ROWS_DIFFER
 */
export async function exportTables(options: TablesOptions): Promise<ExportedTable[]> {
  const { entries, formats, directory, log, signal } = options
  for (const format of formats) await mkdir(join(directory, folders[format]), { mode: 0o700 })
  const types = readColumnTypes(options.contents)
  const progress = createProgress(log, 'exporting', {
    component: 'database',
    unit: 'tables',
    total: entries.length,
  })
  const exported: ExportedTable[] = []
  try {
    for (const entry of entries) {
      signal.throwIfAborted()
      const known = await types.of(entry.namespace, entry.tag)
      const { columns: names } = await readCopyTarget(entry)
      const columns = names.map((name): Column => ({ name, type: known.get(name) }))
      exported.push(await exportTable(options, entry, columns))
      progress.add(1)
    }
  } finally {
    progress.end()
  }
  return exported
}

async function exportTable(
  { dump, recorded, formats, directory, signal }: TablesOptions,
  entry: ContentsEntry,
  columns: readonly Column[],
): Promise<ExportedTable> {
  const { namespace: schema, tag: name, file = '' } = entry
  const table: ExportedTable = {
    ...{ schema, name, rows: 0, files: {} },
    columns: columns.map((column) => ({ name: column.name, type: column.type?.name ?? null })),
  }
  for (const format of formats) {
    const path = `${folders[format]}/${tableFileName(schema, name)}.${endings[format]}`
    table.files[format] = path
    table.rows = 0
    const lines = format === 'json' ? jsonLines(columns) : csvLines(columns)
    const counted = countRows(readCopyRows(join(dump, file)), table, signal)
    await writeLines(join(directory, path), lines(counted))
  }
  const expected = recorded.get(entry.catalog.oid)?.rows
  if (expected !== undefined && expected !== table.rows) throw rowsDiffer(table, expected)
  return table
}

type Rows = AsyncIterable<(string | null)[]>

async function* countRows(
  rows: Rows,
  table: ExportedTable,
  signal: AbortSignal,
): AsyncGenerator<(string | null)[]> {
  for await (const row of rows) {
    table.rows += 1
    if (table.rows % 10_000 === 0) signal.throwIfAborted()
    yield row
  }
}

/** A row of a table without columns is an empty line in the dump, which reads like one empty value. */
function jsonLines(columns: readonly Column[]): (rows: Rows) => AsyncGenerator<string> {
  const write = createRowWriter(columns)
  return async function* (rows) {
    for await (const row of rows) yield write(row)
  }
}

function csvLines(columns: readonly Column[]): (rows: Rows) => AsyncGenerator<string> {
  return async function* (rows) {
    yield writeCsvRow(columns.map(({ name }) => name))
    for await (const row of rows) yield writeCsvRow(columns.length === 0 ? [] : row)
  }
}

function rowsDiffer({ schema, name, rows }: ExportedTable, expected: number): BackupError {
  return new BackupError({
    code: 'EXPORT_ROWS_DIFFER',
    message: `The export of ${schema}.${name} has ${rows} rows where the backup counted ${expected}.`,
    suggestion:
      'The rows as SQL are not affected: --format sql. Please report this with the definition of the table.',
    phase: 'export/tables',
  })
}
