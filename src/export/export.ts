import { mkdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError, ExitCode } from '../common/errors.ts'
import { syncDirectory, writeFileAtomic } from '../common/files.ts'
import type { ComponentResult } from '../common/findings.ts'
import type { Log } from '../common/log.ts'
import type { Manifest } from '../common/manifest.ts'
import { formatBytes } from '../common/units.ts'
import type { PostgresClients } from '../database/connect/clients.ts'
import { savedFact, type Table, tables as tablesFact } from '../database/facts/all.ts'
import { type Contents, type ContentsEntry, readContents } from '../database/rules/contents.ts'
import { type Selection, selectEntries } from '../database/rules/selection.ts'
import type { Scope } from '../storage/catalogue/rows.ts'
import { exportSql } from './sql.ts'
import { exportStorage } from './storage.ts'
import { type ExportedTable, exportTables, type TableFormat } from './tables.ts'
import { exportUsers } from './users.ts'

const phase = 'export'

/** What an export can hold of the database. */
export const exportFormats = ['sql', 'json', 'csv'] as const
export type ExportFormat = (typeof exportFormats)[number]

export interface ExportOptions {
  /** A verified generation. */
  generation: string
  manifest: Manifest
  /** What the generation is called: an archive's name, `Local` or `Extract`. */
  source: string
  /** Which components of it are written. */
  database: boolean
  storage: boolean
  formats: readonly ExportFormat[]
  /** Of the database only this part. */
  selection: Selection | undefined
  /** Of Storage only this part. */
  scope: Scope
  /** Where the dated folder is made. */
  directory: string
  toolVersion: string
  /** Looked for when they are needed. */
  clients(): Promise<PostgresClients>
  log: Log
  signal: AbortSignal
}

export interface Export {
  /** The dated folder. */
  folder: string
  tables: ExportedTable[]
  /** What else the backup counted the rows of: materialized views, which database.sql computes anew, and tables of extensions. */
  withoutFile: Table[]
  users: number | undefined
  storage: ComponentResult | undefined
}

/**
 * Writes a backup as files that people and other programs read, into a dated folder of its own: `backup_20261120_024107/`.
 * Needs no database. The folder appears under its name when all of it is written; nothing is overwritten.
 * @throws BackupError EXPORT_EXISTS, EXPORT_NO_ROOM, NOTHING_SELECTED, EXPORT_ENCODING
 */
export async function exportBackup(options: ExportOptions): Promise<Export> {
  const { manifest, directory, signal, log } = options
  const folder = join(directory, folderName(manifest.snapshotAt ?? manifest.startedAt))
  await refuseExisting(folder)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const unfinished = `${folder}.unfinished`
  await mkdir(unfinished, { mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'EEXIST' ? existing(unfinished) : cause
  })
  try {
    const into = { ...options, directory: unfinished }
    const database = options.database
      ? await exportDatabase(into)
      : { tables: [], withoutFile: [], users: undefined }
    const storage = options.storage ? await exportStorage({ ...into, log: log.child('storage') }) : undefined
    signal.throwIfAborted()
    await writeFileAtomic(
      join(unfinished, 'metadata.json'),
      `${JSON.stringify(metadataOf(options, database.tables, database.users, storage), undefined, 2)}\n`,
    )
    await rename(unfinished, folder)
    await syncDirectory(directory)
    return { folder, ...database, storage }
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
}

async function exportDatabase(options: ExportOptions): Promise<Omit<Export, 'folder' | 'storage'>> {
  const { generation, selection, formats, directory } = options
  const dump = join(generation, 'database', 'dump')
  const contents = await readContents(dump)
  const selected = selection && [...(await selectEntries(contents.entries, selection))]
  const entries = (selected ?? contents.entries).filter(isReadableData)
  if (selected?.length === 0)
    throw new BackupError({
      code: 'NOTHING_SELECTED',
      message: 'The backup has nothing that --schema and --table select.',
      suggestion: 'Mind capitals, and write a table with its schema: --table public.orders.',
      phase,
      exitCode: ExitCode.usage,
    })
  await requireRoom(options, dump, entries)
  const rowFormats = formats.filter((format): format is TableFormat => format !== 'sql')
  if (rowFormats.length > 0) refuseOtherEncoding(contents)
  const part = { ...options, dump, contents }
  if (formats.includes('sql'))
    await exportSql({
      ...part,
      clients: await options.clients(),
      entries: selected && inOrder(contents, selected),
    })
  const recorded = new Map(
    (await Array.fromAsync(savedFact(generation, tablesFact))).map((table) => [table.oid, table]),
  )
  const withRows = rowFormats.length > 0
  return {
    tables: withRows ? await exportTables({ ...part, entries, recorded, formats: rowFormats }) : [],
    withoutFile: withRows ? others([...recorded.values()], entries, selected) : [],
    users: selected === undefined ? await exportUsers({ dump, contents, directory }) : undefined,
  }
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

function isReadableData({ desc, file }: ContentsEntry): boolean {
  return desc === 'TABLE DATA' && file !== undefined
}

/** As the dump has them: definitions before rows before indexes. */
function inOrder({ entries }: Contents, selected: readonly ContentsEntry[]): ContentsEntry[] {
  const set = new Set(selected)
  return entries.filter((entry) => set.has(entry))
}

/** The backup's own moment, in UTC: 2026-11-20T02:41:07.123Z → backup_20261120_024107. */
function folderName(moment: string): string {
  const stamp = new Date(moment).toISOString().replace(/[-:]/g, '').slice(0, 15).replace('T', '_')
  return `backup_${stamp}`
}

async function refuseExisting(folder: string): Promise<void> {
  const there = await stat(folder).then(
    () => true,
    () => false,
  )
  if (there) throw existing(folder)
}

function existing(folder: string): BackupError {
  return new BackupError({
    code: 'EXPORT_EXISTS',
    message: `${folder} is there already, and nothing is overwritten.`,
    suggestion: 'Remove it, or name another directory.',
    phase,
    exitCode: ExitCode.usage,
  })
}

/** Rows as JSON repeat the names of their columns: about twice the dump. */
const growth: Record<ExportFormat, number> = { sql: 1, json: 2, csv: 1.1 }

async function requireRoom(
  options: ExportOptions,
  dump: string,
  entries: readonly ContentsEntry[],
): Promise<void> {
  let rows = 0
  for (const { file = '' } of entries) rows += (await stat(join(dump, file))).size
  const database = options.formats.reduce((sum, format) => sum + rows * growth[format], 0)
  const objects =
    options.manifest.components.find(({ component }) => component === 'storage')?.counts['bytes'] ?? 0
  const wanted = database + (options.storage ? objects : 0)
  const { bavail, bsize } = await statfs(options.directory)
  if (bavail * bsize >= wanted) return
  throw new BackupError({
    code: 'EXPORT_NO_ROOM',
    message: `The export takes about ${formatBytes(wanted)}, and there are ${formatBytes(bavail * bsize)} free in ${options.directory}.`,
    suggestion:
      'Name a directory on a larger disk, or choose less: --only, --format, --schema, --table, --bucket.',
    phase,
  })
}

function refuseOtherEncoding({ entries }: Contents): void {
  const encoding = entries.find(({ desc }) => desc === 'ENCODING')?.defn ?? "'UTF8'"
  if (encoding.includes("'UTF8'")) return
  throw new BackupError({
    code: 'EXPORT_ENCODING',
    message: 'The rows of this backup are not in UTF-8, which JSON and CSV have to be.',
    detail: encoding.trim(),
    suggestion: 'Export them as SQL: --format sql.',
    phase,
  })
}

function metadataOf(
  { manifest, source, formats, toolVersion, database }: ExportOptions,
  tables: readonly ExportedTable[],
  users: number | undefined,
  storage: ComponentResult | undefined,
) {
  return {
    format: 1,
    tool: { name: 'supabase-backup', version: toolVersion },
    exportedAt: new Date().toISOString(),
    source,
    backup: {
      runId: manifest.runId,
      status: manifest.status,
      startedAt: manifest.startedAt,
      snapshotAt: manifest.snapshotAt,
      project: manifest.project,
    },
    database: database ? { formats, users: users ?? null, tables } : null,
    storage: storage ? storage.counts : null,
  }
}
