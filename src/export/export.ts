import { mkdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError, ExitCode } from '../common/errors.ts'
import { syncDirectory, writeFileAtomic } from '../common/files.ts'
import { formatBytes } from '../common/units.ts'
import type { ComponentExport, ExportContext } from '../components/component.ts'
import { components as allComponents } from '../components/list.ts'

const phase = 'export'

export interface ExportOptions extends ExportContext {
  /** Which components of a verified generation are written. */
  components: readonly string[]
  /** What the generation is called: an archive's name, `Local` or `Extract`. */
  source: string
  /** Where the dated folder is made. */
  directory: string
  toolVersion: string
}

export interface Export {
  /** The dated folder. */
  folder: string
  /** What was written, in the order of work. */
  components: Record<string, ComponentExport>
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
    await requireRoom(options)
    const exported: Export['components'] = {}
    for (const component of wantedOf(options)) {
      const into = { ...options, directory: unfinished, log: log.child(component.name) }
      const result = await component.export?.(into)
      if (result !== undefined) exported[component.name] = result
      signal.throwIfAborted()
    }
    const metadata = metadataOf(options, exported)
    await writeFileAtomic(join(unfinished, 'metadata.json'), `${JSON.stringify(metadata, undefined, 2)}\n`)
    await rename(unfinished, folder)
    await syncDirectory(directory)
    return { folder, components: exported }
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
}

function wantedOf({ components }: ExportOptions) {
  return allComponents.filter(({ name }) => components.includes(name))
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

async function requireRoom(options: ExportOptions): Promise<void> {
  let wanted = 0
  for (const component of wantedOf(options)) wanted += (await component.exportSize?.(options)) ?? 0
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

function metadataOf({ manifest, source, toolVersion }: ExportOptions, exported: Export['components']) {
  const written = allComponents.map(({ name }) => [name, exported[name]?.metadata ?? null])
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
    ...Object.fromEntries(written),
  }
}
