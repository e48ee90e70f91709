import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { createDigests, digestFile, md5Of } from '../api/digests.ts'
import { type ArchivedRow, attributesOf, type ObjectRow } from '../catalogue/rows.ts'

/** Codes that say "not by a link here", though a copy works: other file system, too many links, no links at all. */
const linkRefused = new Set(['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP'])

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Makes directories once each; the calls are synchronous because they cost less than a trip to the thread pool. */
export interface DirectoryMaker {
  /** Makes the directory a file is to lie in. */
  forFile(path: string): void
}

export function createDirectoryMaker(): DirectoryMaker {
  const made = new Set<string>()
  return {
    forFile(path) {
      const directory = dirname(path)
      if (made.has(directory)) return
      fs.mkdirSync(directory, { recursive: true, mode: 0o700 })
      if (made.size > 10_000) made.clear()
      made.add(directory)
    },
  }
}

/**
 * Makes `target` the same file as `source`, by a hard link or, where there can be none, a copy with the same times.
 *
 * @returns whether it is there and `bytes` long; a file that is not is taken away again.
 * @throws what a full or broken disk throws.
 */
export function reuseFile(source: string, target: string, bytes: number): boolean {
  try {
    fs.linkSync(source, target)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return false
    if (code === undefined || !linkRefused.has(code)) throw error
    const { atime, mtime } = fs.statSync(source)
    fs.copyFileSync(source, target, fs.constants.COPYFILE_FICLONE)
    fs.utimesSync(target, atime, mtime)
  }
  const stat = fs.lstatSync(target)
  if (stat.isFile() && stat.size === bytes) return true
  fs.rmSync(target)
  return false
}

/**
 * Whether the bytes archived for `previous` are those of `row`: the same version; or, where versions are unknown or a
 * change of metadata minted a new one, the same size and ETag, and without versions the same id and time as well.
 */
export function sameContent(row: ObjectRow, previous: ArchivedRow): boolean {
  if (row.version && previous.version && row.version === previous.version) return true
  const now = attributesOf(row)
  const then = attributesOf(previous)
  if (now.eTag === undefined || now.eTag !== then.eTag) return false
  if (now.size === undefined || now.size !== then.size || now.size !== previous.bytes) return false
  if (row.version && previous.version) return true
  return row.id === previous.id && milliseconds(row.updated_at) === milliseconds(previous.updated_at)
}

/** A catalogue's time in whole milliseconds, which is all the API tells and a file's mtime keeps exactly. */
export function milliseconds(time: string | null | undefined): number | undefined {
  if (!time) return undefined
  const value = Date.parse(time)
  return Number.isNaN(value) ? undefined : value
}

/**
 * Takes an object from the staging directory of a run that died. A file gets its name there only when all its bytes
 * were checked, and its mtime is the object's `updated_at`, which every upload moves: same path, size and time are the
 * same upload. The MD5 is compared as well where the ETag is one.
 *
 * @returns the SHA-256, or undefined where there is nothing to take.
 */
export async function takeFromCrashedRun(
  row: ObjectRow,
  source: string,
  target: string,
): Promise<{ sha256: string; bytes: number } | undefined> {
  const stat = await fs.promises.lstat(source).catch(() => undefined)
  const { size, eTag } = attributesOf(row)
  if (!stat?.isFile() || stat.size !== size || Math.round(stat.mtimeMs) !== milliseconds(row.updated_at))
    return undefined
  const digests = createDigests(eTag)
  await digestFile(source, digests)
  const { sha256, md5 } = digests.end()
  const promised = md5Of(eTag)
  if (promised !== undefined && promised !== md5) return undefined
  return reuseFile(source, target, stat.size) ? { sha256, bytes: stat.size } : undefined
}
