import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256File } from '../common/files.ts'

const manifestName = 'manifest.json'

/** The folder whose files are listed, with their hashes, in storage/manifest/*.jsonl instead of manifest.json. */
const objectsFolder = 'storage/objects'

/** Every file of a generation but the manifest and the objects, as paths relative to it, in byte order. */
export async function* listFiles(generation: string, folder = ''): AsyncGenerator<string> {
  const entries = await readdir(join(generation, folder), { withFileTypes: true })
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (path === manifestName || path === objectsFolder) continue
    if (entry.isDirectory()) yield* listFiles(generation, path)
    else yield path
  }
}

/** Size and SHA-256 of one file of a generation, as the manifest records them. */
export async function describeFile(
  generation: string,
  path: string,
): Promise<{ bytes: number; sha256: string }> {
  const absolute = join(generation, path)
  return { bytes: (await stat(absolute)).size, sha256: await sha256File(absolute) }
}
