import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError, ExitCode } from '../../common/errors.ts'
import { plural } from '../../common/units.ts'
import type { ComponentExport, ComponentFlags, ExportContext } from '../../components/component.ts'
import type { ExportFormat } from '../../export/formats.ts'
import { savedFact, type Table, tables as tablesFact } from '../facts/all.ts'
import { restoreClients } from '../restore/clients.ts'
import { entriesOfPart } from '../restore/held-part.ts'
import { partIn } from '../restore/part.ts'
import { type Contents, type ContentsEntry, readContents } from '../rules/contents.ts'
import { type Selection, selectEntries, unmetNames } from '../rules/selection.ts'
import { refuseOtherEncoding } from './encoding.ts'
import { exportSql } from './sql.ts'
import { type ExportedTable, exportTables, type TableFormat } from './tables.ts'
import { exportUserRows, usersLine } from './users.ts'

const phase = 'export'
const namesShown = 3

/** What of a dump is exported. */
interface Choice {
  dump: string
  contents: Contents
  /** The entries that --schema and --table choose; undefined for all. */
  selected: ContentsEntry[] | undefined
  /** Those of them whose rows are in files. */
  data: ContentsEntry[]
}

interface Written {
  tables: ExportedTable[]
  /** What else the backup counted the rows of: materialized views, which database.sql computes anew, and tables of extensions. */
  withoutFile: Table[]
  users: number | undefined
}

/**
 * Writes the database, or the part of it that the flags choose: `database.sql`, the rows of tables, and `auth_users.json`.
 * @throws BackupError NOTHING_SELECTED, SELECTION_INVALID, EXPORT_ENCODING
 */
export async function exportDatabase(context: ExportContext): Promise<ComponentExport> {
  const choice = await choose(context)
  const rowFormats = context.formats.filter((format): format is TableFormat => format !== 'sql')
  if (rowFormats.length > 0) refuseOtherEncoding(choice.contents)
  if (context.formats.includes('sql')) await writeSql(context, choice)
  const { tables, withoutFile } =
    rowFormats.length > 0 ? await writeTables(context, choice, rowFormats) : { tables: [], withoutFile: [] }
  const users = choice.selected === undefined ? await exportUserRows({ ...choice, ...context }) : undefined
  return {
    metadata: { formats: context.formats, users: users ?? null, tables },
    document: {
      tables,
      withoutFile: withoutFile.map(({ schema, name, kind, rows }) => ({ schema, name, kind, rows })),
      users: users ?? null,
    },
    lines: describe({ tables, withoutFile, users }, context.formats),
    status: 'complete',
  }
}

/** Rows as JSON repeat the names of their columns: about twice the dump. */
const growth: Record<ExportFormat, number> = { sql: 1, json: 2, csv: 1.1 }

/** About how many bytes that takes. */
export async function sizeOfExport(context: ExportContext): Promise<number> {
  const { dump, data } = await choose(context)
  let rows = 0
  for (const { file = '' } of data) rows += (await stat(join(dump, file))).size
  return context.formats.reduce((sum, format) => sum + rows * growth[format], 0)
}

async function choose({ generation, flags, manifest }: ExportContext): Promise<Choice> {
  const selection = await selectionOf(flags)
  const { partial } = manifest
  if (partial?.type === 'roles') throw rolesOnly()
  const dump = join(generation, 'database', 'dump')
  const contents = await readContents(dump)
  const held = partial && (await entriesOfPart(partial, contents.entries))
  const chosen = selection && (await selectEntries(contents.entries, selection))
  const selected = (chosen ?? held) && [...(chosen ?? held ?? [])].filter((entry) => held?.has(entry) ?? true)
  refuseUnmet(selection, selected, held ?? contents.entries)
  const data = (selected ?? contents.entries).filter(
    ({ desc, file }) => desc === 'TABLE DATA' && file !== undefined,
  )
  return { dump, contents, selected, data }
}

function refuseUnmet(
  selection: Selection | undefined,
  selected: readonly ContentsEntry[] | undefined,
  held: Iterable<ContentsEntry>,
): void {
  const unmet = selection === undefined ? [] : unmetNames(held, selection)
  if (unmet.length === 0 && selected?.length !== 0) return
  throw new BackupError({
    code: 'NOTHING_SELECTED',
    message:
      unmet.length === 0
        ? 'The backup has nothing that --schema and --table select.'
        : `The backup has nothing of these names: ${unmet.join(', ')}.`,
    suggestion: 'Mind capitals, and write a table with its schema: --table public.orders.',
    phase,
    exitCode: ExitCode.usage,
  })
}

function rolesOnly(): BackupError {
  return new BackupError({
    code: 'PARTIAL_MISMATCH',
    message: 'This is a partial backup, of roles alone: it has neither tables nor rows to export.',
    suggestion: 'Its roles as SQL are in database/roles.sql: restore.sh --extract DIR takes the files out.',
    phase,
    exitCode: ExitCode.usage,
  })
}

async function selectionOf(flags: ComponentFlags) {
  const part = await partIn(flags)
  if (part === undefined || (part.contents === 'all' && part.intoSchema === undefined)) return part?.selection
  throw new BackupError({
    code: 'SELECTION_INVALID',
    message: '--data-only, --schema-only and --into-schema say how a target is restored; an export has none.',
    suggestion: 'Choose what is exported by --schema, --table, --bucket, --only and --format.',
    phase,
    exitCode: ExitCode.usage,
  })
}

async function writeSql(context: ExportContext, { dump, contents, selected }: Choice): Promise<void> {
  const clients = await restoreClients({ ...context, target: undefined })
  try {
    await exportSql({ ...context, clients, dump, entries: selected && inOrder(contents, selected) })
  } finally {
    await clients.close()
  }
}

async function writeTables(context: ExportContext, choice: Choice, formats: TableFormat[]) {
  const { data, selected } = choice
  const facts = await Array.fromAsync(savedFact(context.generation, tablesFact))
  const recorded = new Map(facts.map((table) => [table.oid, table]))
  const tables = await exportTables({ ...context, ...choice, entries: data, recorded, formats })
  return { tables, withoutFile: others(facts, data, selected) }
}

/** What the backup counted beside the tables that were written, of the part that was chosen. */
function others(
  recorded: readonly Table[],
  written: readonly ContentsEntry[],
  selected: readonly ContentsEntry[] | undefined,
): Table[] {
  const oids = (entries: readonly ContentsEntry[]) => new Set(entries.map(({ catalog }) => catalog.oid))
  const files = oids(written)
  const chosen = selected && oids(selected)
  return recorded.filter(({ oid }) => !files.has(oid) && (chosen === undefined || chosen.has(oid)))
}

/** As the dump has them: definitions before rows before indexes. */
function inOrder({ entries }: Contents, selected: readonly ContentsEntry[]): ContentsEntry[] {
  const set = new Set(selected)
  return entries.filter((entry) => set.has(entry))
}

function describe({ tables, withoutFile, users }: Written, formats: readonly ExportFormat[]): string[] {
  const other = 'of the backup without a file, as the database or an extension makes them'
  const isEmpty = tables.length + withoutFile.length === 0 && formats.some((format) => format !== 'sql')
  return [
    ...(formats.includes('sql') ? ['definitions and rows in database.sql'] : []),
    ...(tables.length > 0 ? [countOf(tables)] : []),
    ...(isEmpty
      ? ['no rows, as nothing that was chosen has any of its own; --format sql has definitions']
      : []),
    ...(withoutFile.length > 0 ? [`${countOf(withoutFile)} ${other}: ${namesOf(withoutFile)}`] : []),
    ...(users === undefined ? [] : [usersLine(users)]),
  ]
}

function countOf(tables: readonly { rows: number }[]): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  return `${plural(tables.length, 'table')}, ${plural(rows, 'row')}`
}

function namesOf(tables: readonly { schema: string; name: string }[]): string {
  const shown = tables.slice(0, namesShown).map(({ schema, name }) => `${schema}.${name}`)
  const more = tables.length - shown.length
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(', ')
}
