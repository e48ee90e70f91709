import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { oddKind, sha256File } from '../common/files.ts'
import { components } from '../components/list.ts'

const manifestName = 'manifest.json'

/** By which src/shell/ours.sh knows a directory of the toolkit again; no part of the backup. */
const markName = '.supabase-backup'

/** Folders whose files are listed, with their hashes, by files of their component instead of manifest.json. */
const listedApart = new Set(components.map(({ files }) => files.listedApart))

/** The component that a path in a generation belongs to, by its first folder; undefined for what belongs to none. */
export function ownerOf(path: string): string | undefined {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : undefined
}

/** Paths that say whose backup it is: needed, and therefore checked and extracted, whatever is restored. */
export const identityPaths: readonly string[] = components.flatMap(({ files }) => files.identity ?? [])

export interface GenerationEntry {
  /** Relative to the generation. */
  path: string
  /** What it is when it is no plain file, and so nothing to open: a symbolic link, a named pipe, a socket, a device. */
  odd: string | undefined
}

/** Everything in a generation but directories, the manifest, the mark and what is listed apart, in byte order of the paths. */
export async function* listFiles(generation: string, folder = ''): AsyncGenerator<GenerationEntry> {
  const entries = await readdir(join(generation, folder), { withFileTypes: true })
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (path === manifestName || path === markName) continue
    if (listedApart.has(path) && entry.isDirectory()) continue
    if (entry.isDirectory()) yield* listFiles(generation, path)
    else yield { path, odd: oddKind(entry) }
  }
}

/** Size and SHA-256 of one plain file of a generation, as the manifest records them. */
export async function describeFile(
  generation: string,
  path: string,
): Promise<{ bytes: number; sha256: string }> {
  const absolute = join(generation, path)
  return { bytes: (await lstat(absolute)).size, sha256: await sha256File(absolute) }
}
