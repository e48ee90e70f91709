import { chmod, chown, lstat, mkdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { NotDeployable } from './api.ts'
import { cliFolder, filesBelow, isSource, newSuffix, routerSlug } from './folder-files.ts'
import type { FunctionSource } from './index-file.ts'
import { projectPathOf } from './layout.ts'
import { sha256Of } from './source.ts'

interface Deployment {
  directory: string
  source: FunctionSource
  files: ReadonlyMap<string, Buffer>
  /** Hashes of the files that this restore has written outside the functions' own folders, by path. */
  written: Map<string, string>
}

/**
 * Writes a function's files into the folder, and takes away those of its own that the backup does not have.
 * @throws NotDeployable before anything is written
 */
export async function deployInto({ directory, source, files, written }: Deployment): Promise<void> {
  const placed = placeAll(source, files)
  const own = `${source.slug}/`
  for (const [path, content] of placed) {
    if (path.startsWith(own)) continue
    const hash = sha256Of(content)
    if ((written.get(path) ?? hash) !== hash)
      throw new NotDeployable(
        `all functions of a self-hosted stack share ${path}, and another one of the backup needs it with other contents`,
      )
    written.set(path, hash)
  }
  for (const path of placed.keys()) await requireFolders(directory, dirname(path))
  for (const [path, content] of placed) await put(directory, path, content)
  await removeFrom(directory, source.slug, placed)
}

/** Where in the folder each file belongs. */
function placeAll(source: FunctionSource, files: ReadonlyMap<string, Buffer>): Map<string, Buffer> {
  if (source.slug === routerSlug && source.listed['router'] !== true)
    throw new NotDeployable('a self-hosted stack has a function of that name, which starts the others')
  const entry = projectPathOf(source, source.entrypoint)
  if (!new RegExp(`^${cliFolder}/${source.slug}/index\\.[a-z]+$`).test(entry))
    throw new NotDeployable(`a self-hosted stack starts index.ts of its folder, and it begins with ${entry}`)
  const placed = new Map<string, Buffer>()
  for (const [path, content] of files) {
    const whole = projectPathOf(source, path)
    if (!whole.startsWith(`${cliFolder}/`))
      throw new NotDeployable(`${whole} is outside ${cliFolder}, which is all that a self-hosted stack has`)
    if (!whole.split('/').every(isSource))
      throw new NotDeployable(`${whole} has a name that is not taken for a source there`)
    placed.set(whole.slice(cliFolder.length + 1), content)
  }
  return placed
}

/** Nothing is written through a link to another place. */
async function requireFolders(directory: string, path: string): Promise<void> {
  if (path === '.') return
  await requireFolders(directory, dirname(path))
  const about = await lstat(join(directory, path)).catch(() => undefined)
  if (about !== undefined && !about.isDirectory())
    throw new NotDeployable(`${path} is there, and is no folder`)
}

/** Atomically, readable for the stack's container whatever the umask, and of the folder's owner where root writes. */
async function put(directory: string, path: string, content: Buffer): Promise<void> {
  await makeFolders(directory, dirname(path))
  const file = join(directory, path)
  await writeFile(`${file}${newSuffix}`, content)
  await share(directory, `${file}${newSuffix}`, 0o644)
  await rename(`${file}${newSuffix}`, file)
}

async function makeFolders(directory: string, path: string): Promise<void> {
  if (path === '.') return
  await makeFolders(directory, dirname(path))
  try {
    await mkdir(join(directory, path))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return
    throw error
  }
  await share(directory, join(directory, path), 0o755)
}

async function share(directory: string, path: string, mode: number): Promise<void> {
  await chmod(path, mode)
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(directory)
  await chown(path, uid, gid)
}

/** Removes a function's own sources, but for those to be kept, and the folders that are empty then. */
export async function removeFrom(
  directory: string,
  slug: string,
  kept: ReadonlyMap<string, unknown> = new Map(),
): Promise<void> {
  const folders = new Set<string>()
  for (const { path, file } of await filesBelow(directory, slug)) {
    const place = path.slice(cliFolder.length + 1)
    if (kept.has(place)) continue
    await rm(file)
    for (let folder = dirname(place); folder !== '.'; folder = dirname(folder)) folders.add(folder)
  }
  for (const folder of [...folders].sort().reverse())
    await rmdir(join(directory, folder)).catch((error: NodeJS.ErrnoException) => {
      // Something of somebody's own is in it, such as a file of secrets.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT') throw error
    })
}
