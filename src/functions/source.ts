import { createHash } from 'node:crypto'
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readPlainBytes, sha256File } from '../common/files.ts'
import { createDirectoryMaker, reuseFile } from '../storage/mirror/reuse.ts'
import type { FunctionsApi } from './api.ts'
import type { FunctionSource } from './index-file.ts'
import { functionsLayout, placeOf } from './layout.ts'
import type { ListedFunction } from './listed.ts'
import { placeFiles } from './paths.ts'

/** A function as it was read: its description, and the bytes of its files by path. */
export interface ReadFunction {
  source: FunctionSource
  contents: ReadonlyMap<string, Buffer>
}

/** What a function is deployed with where the platform does not say it. */
const legacyEntrypoint = 'index.ts'

/**
 * Reads a function's sources.
 * @throws NoSources, UntrustedPath, BackupError
 */
export async function readFunction(api: FunctionsApi, listed: ListedFunction): Promise<ReadFunction> {
  const { parts, entrypoint } = await api.body(listed.slug)
  const placed = placeFiles({
    slug: listed.slug,
    entrypoint: entrypoint ?? listed.entrypoint_path ?? legacyEntrypoint,
    importMap: listed.import_map === false ? undefined : listed.import_map_path,
    files: parts.map(({ path = '', content }) => ({ path, content })),
  })
  const files = [...placed.files]
    .map(([path, content]) => ({ path, bytes: content.length, sha256: sha256Of(content) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  const { entrypoint: entry, importMap } = placed
  const source = describe(listed, { entrypoint: entry, importMap, files })
  return { source, contents: placed.files }
}

export function sha256Of(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

/** What a backup records of a function with these sources. */
export function describe(
  listed: ListedFunction,
  about: Pick<FunctionSource, 'entrypoint' | 'importMap' | 'files'>,
): FunctionSource {
  const { entrypoint, importMap, files } = about
  return {
    ...{ slug: listed.slug, name: listed.name, verifyJwt: listed.verify_jwt ?? true },
    ...{ entrypoint, importMap, files, listed },
  }
}

/** Whether the sources recorded for a function are those that it has now: the platform counts its deployments. */
export function isUnchanged(listed: ListedFunction, before: FunctionSource): boolean {
  const { id, version, ezbr_sha256: bundle, updated_at: updated } = before.listed
  if (before.stale || id !== listed.id || version !== listed.version) return false
  return bundle === listed.ezbr_sha256 && (bundle !== undefined || updated === listed.updated_at)
}

/** Writes a function's files into a generation. */
export async function writeSources(
  generation: string,
  { source, contents }: ReadFunction,
  modified: Date,
): Promise<void> {
  const { sources } = functionsLayout(generation)
  await rm(join(sources, source.slug), { recursive: true, force: true })
  for (const [path, content] of contents) {
    const file = join(sources, placeOf(source, path))
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFile(file, content, { mode: 0o600, flag: 'wx' })
    await utimes(file, modified, modified)
  }
}

/**
 * Links a function's files from the generation before.
 * @returns false where they are not there as they were recorded: nothing of them is left then
 */
export async function linkSources(
  previous: string,
  generation: string,
  source: FunctionSource,
): Promise<boolean> {
  const { sources } = functionsLayout(generation)
  const directories = createDirectoryMaker()
  for (const { path, bytes, sha256 } of source.files) {
    const place = placeOf(source, path)
    const target = join(sources, place)
    directories.forFile(target)
    const isThere = reuseFile(join(functionsLayout(previous).sources, place), target, bytes)
    if (isThere && (await sha256File(target)) === sha256) continue
    await removeSources(generation, source.slug)
    return false
  }
  return true
}

export async function removeSources(generation: string, slug: string): Promise<void> {
  await rm(join(functionsLayout(generation).sources, slug), { recursive: true, force: true })
}

/** A function's files as the backup has them. @throws what the system says, where one is not there */
export async function readSources(generation: string, source: FunctionSource): Promise<Map<string, Buffer>> {
  const { sources } = functionsLayout(generation)
  const contents = new Map<string, Buffer>()
  for (const { path } of source.files)
    contents.set(path, await readPlainBytes(join(sources, placeOf(source, path))))
  return contents
}

/** Whether a function's sources can be read, which is asked of one for all. */
export async function isReadable(api: FunctionsApi, listed: ListedFunction): Promise<boolean> {
  return (await api.body(listed.slug)).parts.length > 0
}
