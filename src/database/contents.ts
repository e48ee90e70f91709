import { join } from 'node:path'
import { BackupError, ExitCode } from '../common/errors.ts'
import type { PartialBackup } from '../common/partial.ts'
import { formatBytes, plural } from '../common/units.ts'
import type { ComponentContents } from '../components/component.ts'
import { oneLine } from '../diff/lines.ts'
import { readColumnTypes } from './export/column-types.ts'
import { readCopyRows } from './export/copy-text.ts'
import { refuseOtherEncoding } from './export/encoding.ts'
import {
  extensions as extensionsFact,
  rolesFact,
  savedFact,
  type Table,
  tables as tablesFact,
} from './facts/all.ts'
import { savedIfKnown } from './facts/catalog-facts.ts'
import { entriesOfPart } from './restore/held-part.ts'
import { readCopyTarget } from './restore/load-rows.ts'
import { type Contents, type ContentsEntry, readContents } from './rules/contents.ts'
import { isManagedSchema } from './rules/platform.ts'
import { parseTableName } from './rules/selection.ts'

/** So many rows are shown of a table, from so many bytes of its data; a value of more characters is cut. */
const rowsShown = 50
export const firstRowsBytes = 1 << 20
const longestValue = 300

/** Null where the backup is without rows. */
interface ListedTable {
  schema: string
  name: string
  kind: string
  rows: number | null
  bytes: number | null
}

/** Tables with their rows and sizes, roles of the project's own, and extensions. */
export async function describeDatabase(
  generation: string,
  partial: PartialBackup | undefined,
): Promise<ComponentContents> {
  const recorded = await Array.fromAsync(savedFact(generation, tablesFact))
  const found = partial?.type === 'schema' ? await definedTables(generation, partial) : recorded.map(tableOf)
  const tables = found.sort((a, b) => compareText(a.schema, b.schema) || compareText(a.name, b.name))
  const known = (await savedIfKnown(generation, extensionsFact)) ?? []
  const ownRoles = (await savedIfKnown(generation, rolesFact({ passwords: true }))) ?? []
  const users = recorded.find(({ schema, name }) => schema === 'auth' && name === 'users')?.rows ?? null
  return {
    document: {
      users,
      tables,
      roles: ownRoles.map(({ name }) => name),
      extensions: known.map(({ name, version }) => ({ name, version })),
    },
    lines: [
      `Database: ${plural(tables.length, 'table')}, ${plural(ownRoles.length, 'role')}, ${plural(known.length, 'extension')}`,
      ...tables.map(tableLine),
    ],
  }
}

function tableOf({ schema, name, kind, rows, bytes }: Table): ListedTable {
  return { schema, name, kind, rows, bytes }
}

/** Of a backup of definitions, the tables that these make. */
async function definedTables(generation: string, partial: PartialBackup): Promise<ListedTable[]> {
  const { entries } = await readContents(join(generation, 'database', 'dump'))
  return [...(await entriesOfPart(partial, entries))]
    .filter(({ desc, namespace }) => desc === 'TABLE' && !isManagedSchema(namespace))
    .map(({ namespace, tag }) => ({ schema: namespace, name: tag, kind: 'table', rows: null, bytes: null }))
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

function tableLine({ schema, name, rows, bytes }: ListedTable): string {
  const size = rows === null || bytes === null ? 'no rows' : `${plural(rows, 'row')}, ${formatBytes(bytes)}`
  return `  ${oneLine(`${schema}.${name}`)}: ${size}`
}

/** The first rows of one table, as text. */
export interface FirstRows {
  schema: string
  name: string
  /** With their types, as far as the definitions tell them. */
  columns: { name: string; type: string | null }[]
  /** Values as PostgreSQL prints them, null for NULL; a long one is cut and ends in `…`. */
  rows: (string | null)[][]
  /** There are more. */
  isCut: boolean
}

/** Where a table's data lies in a generation. @throws BackupError NOTHING_SELECTED, SELECTION_INVALID */
export async function rowsFile(generation: string, table: string): Promise<string> {
  const { entry } = await findData(generation, table)
  return `database/dump/${entry.file}`
}

/**
 * @param file the first `firstRowsBytes` of what `rowsFile` names
 * @throws BackupError EXPORT_ENCODING where they are not in UTF-8
 */
export async function firstRows(generation: string, table: string, file: string): Promise<FirstRows> {
  const { contents, entry } = await findData(generation, table)
  refuseOtherEncoding(contents)
  const { columns } = await readCopyTarget(entry)
  const types = await readColumnTypes(contents).of(entry.namespace, entry.tag)
  const rows: (string | null)[][] = []
  let isCut = false
  for await (const row of readCopyRows(file)) {
    // One row more tells that there are more; where the data was cut, it may be the one that is not whole.
    isCut = rows.length === rowsShown || row.length !== columns.length
    if (isCut) break
    rows.push(row.map(shortened))
  }
  return {
    ...{ schema: entry.namespace, name: entry.tag },
    columns: columns.map((name) => ({ name, type: types.get(name)?.name ?? null })),
    ...{ rows, isCut },
  }
}

function shortened(value: string | null): string | null {
  return value === null || value.length <= longestValue ? value : `${value.slice(0, longestValue)}…`
}

async function findData(
  generation: string,
  table: string,
): Promise<{ contents: Contents; entry: ContentsEntry & { file: string } }> {
  const { schema, name } = await parseTableName(table)
  const contents = await readContents(join(generation, 'database', 'dump'))
  const entry = contents.entries.find(
    ({ desc, namespace, tag }) => desc === 'TABLE DATA' && namespace === schema && tag === name,
  )
  if (entry?.file !== undefined) return { contents, entry: { ...entry, file: entry.file } }
  throw new BackupError({
    code: 'NOTHING_SELECTED',
    message: `The backup has no rows of a table ${schema}.${name}.`,
    suggestion:
      'restore.sh --contents lists its tables. Of a partitioned one, name a partition; of a view there are none.',
    phase: 'contents',
    exitCode: ExitCode.usage,
  })
}

/** The rows for people, columns between tabs. */
export function firstRowsLines({ columns, rows, isCut }: FirstRows): string[] {
  const line = (values: readonly (string | null)[]) =>
    values.map((value) => oneLine(value ?? '\\N')).join('\t')
  return [line(columns.map(({ name }) => name)), ...rows.map(line), ...(isCut ? ['and more'] : [])]
}
