import { chmod, chown, lstat, mkdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { NoSources, NotDeployable } from './errors.ts'
import { cliFolder, filesBelow, newSuffix } from './folder-files.ts'
import { placesOf } from './folder-plan.ts'
import type { FunctionSource } from './index-file.ts'

interface Deployment {
  directory: string
  source: FunctionSource
  files: ReadonlyMap<string, Buffer>
  /** Files of the folder that functions of the backup need, this one or others, by their path in it. */
  claims: ReadonlyMap<string, unknown>
}

/**
 * Writes a function's files into the folder, and takes away those of its own that nothing of the backup needs.
 * @throws NotDeployable before anything is written
 */
export async function deployInto({ directory, source, files, claims }: Deployment): Promise<void> {
  const places = placesOf(source)
  await requirePlace(directory, source.slug, places.keys())
  for (const [place, path] of places) {
    const content = files.get(path)
    if (content !== undefined) await put(directory, place, content)
  }
  await removeFrom(directory, source.slug, new Map([...claims, ...places]))
}

/** That nothing is written through a link to another place, or over something of another kind. @throws NotDeployable */
export async function requirePlace(directory: string, slug: string, places: Iterable<string>): Promise<void> {
  for (const place of places) {
    await requireFolders(directory, dirname(place))
    const about = await lstat(join(directory, place)).catch(() => undefined)
    if (about !== undefined && !about.isFile()) throw new NotDeployable(`${place} is there, and is no file`)
  }
  const own = await lstat(join(directory, slug)).catch(() => undefined)
  if (own === undefined) return
  await filesBelow(directory, slug).catch((error: unknown) => {
    throw error instanceof NoSources ? new NotDeployable(`at the target ${error.message}`) : error
  })
}

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

/** Removes the sources in a function's folder, but for those to be kept, and the folders that are empty then. */
export async function removeFrom(
  directory: string,
  slug: string,
  kept: ReadonlyMap<string, unknown>,
): Promise<void> {
  const folders = new Set<string>()
  for (const { path, file } of await filesBelow(directory, slug, true)) {
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
