import * as fs from 'node:fs'
import { join } from 'node:path'
import type { CircuitBreaker } from '../../http/circuit-breaker.ts'
import { HttpError } from '../../http/error.ts'
import { StalledTransfer } from '../../http/stall-detector.ts'
import { toRunError } from '../api/access.ts'
import { readInfo } from '../api/info.ts'
import type { StorageLayout } from '../catalogue/layout.ts'
import {
  attributesOf,
  isArchived,
  type ManifestRow,
  type Mismatch,
  type ObjectRow,
} from '../catalogue/rows.ts'
import type { Selection } from '../catalogue/select.ts'
import { type Downloads, partialName } from './body.ts'
import { downloadObject, isStillWrong, WrongBytes } from './download.ts'
import type { Egress } from './egress.ts'
import type { OutcomeCounter } from './outcome-counter.ts'
import { type DirectoryMaker, milliseconds, reuseFile, takeFromCrashedRun } from './reuse.ts'

/** What archiving objects needs; one for a whole run. */
export interface FetchContext {
  layout: StorageLayout
  /** The generation before, for last good copies. */
  previous: StorageLayout | undefined
  /** Staging directories of runs that died. */
  crashed: readonly StorageLayout[]
  directories: DirectoryMaker
  downloads: Downloads
  egress: Egress
  /** What may be fetched in this run. */
  wanted: Selection
  breaker: CircuitBreaker
  /** Objects at which the service stood still. */
  stalls: OutcomeCounter<'stalled'>
  /** Rows come from a listing rather than from the database. */
  weak: boolean
  counts: { objectsFetched: number; bytesFetched: number; objectsSalvaged: number; bytesSalvaged: number }
}

/** One object of the catalogue whose bytes the generation does not have yet. */
export interface WantedObject {
  bucket: string
  row: ObjectRow
  file: string
  /** Its row in the previous generation. */
  before: ManifestRow | undefined
}

/**
 * Puts one object into the generation, from a run that died or from the service, and says how it went. Only what
 * concerns the whole run throws: a refused key, a dead service, a full disk.
 */
export async function fetchObject(archive: FetchContext, wanted: WantedObject): Promise<ManifestRow> {
  const { bucket, row, file } = wanted
  const target = archive.layout.object(bucket, file)
  archive.directories.forFile(target)
  const size = attributesOf(row).size ?? 0
  let reserved = false
  try {
    const salvaged = await takeFromCrashedRuns(archive, wanted, target)
    if (salvaged) return salvaged
    reserved = archive.wanted.object(bucket, row.name) && archive.egress.reserve(size)
    if (!reserved) return lastGoodCopy(archive, wanted, 'postponed')
    const known = knownMismatch(wanted)
    if (known && (await isStillWrong(archive.downloads, bucket, row, known)))
      return lastGoodCopy(archive, wanted, 'unreadable', known)
    const {
      row: found,
      bytes,
      sha256,
      changed,
      served,
    } = await downloadObject(archive.downloads, {
      bucket,
      row,
      target,
      weak: archive.weak,
      known,
    })
    archive.breaker.succeeded()
    archive.counts.objectsFetched += 1
    archive.counts.bytesFetched += bytes
    return { ...found, state: changed ? 'changed-since-snapshot' : 'ok', file, bytes, sha256, served }
  } catch (error) {
    if (!(error instanceof HttpError) || error.kind === 'unauthorized') throw toRunError(error)
    return await afterFailure(archive, wanted, error)
  } finally {
    if (reserved) archive.egress.release(size)
  }
}

/** Tells an object that is gone from one that cannot be read: the service has one answer for both. */
async function afterFailure(
  archive: FetchContext,
  wanted: WantedObject,
  error: HttpError,
): Promise<ManifestRow> {
  if (error.kind !== 'missing') {
    if (error.cause instanceof StalledTransfer)
      archive.stalls.add('stalled', `${wanted.bucket}/${wanted.row.name}`)
    if (error.kind === 'unreadable') archive.breaker.succeeded()
    else await archive.breaker.failed(error)
    return lastGoodCopy(archive, wanted, 'unreadable', mismatchOf(wanted.row, error))
  }
  const { client } = archive.downloads
  try {
    await client.retrying(() => readInfo(client, wanted.bucket, wanted.row))
  } catch (cause) {
    if (!(cause instanceof HttpError)) throw cause
    if (cause.kind === 'missing')
      return { ...wanted.row, state: 'deleted-since-snapshot', file: null, bytes: null, sha256: null }
    if (cause.kind === 'unauthorized') throw toRunError(cause)
    await archive.breaker.failed(cause)
  }
  return lastGoodCopy(archive, wanted, 'unreadable')
}

/** What to remember of an object whose bytes came twice, and are not those of its row. */
function mismatchOf(row: ObjectRow, error: HttpError): Mismatch | undefined {
  if (!(error instanceof WrongBytes)) return undefined
  const { eTag, size } = attributesOf(row)
  return { version: row.version, updated_at: row.updated_at, eTag, size, found: error.found }
}

/** What the run before found out about this very version of the object. */
function knownMismatch({ row, before }: WantedObject): Mismatch | undefined {
  const known = before?.mismatch
  if (known === undefined) return undefined
  const { eTag, size } = attributesOf(row)
  const isSame =
    (row.version && known.version
      ? row.version === known.version
      : milliseconds(row.updated_at) === milliseconds(known.updated_at)) &&
    eTag === known.eTag &&
    size === known.size
  return isSame ? known : undefined
}

/**
 * The version archived before, where there is one; its columns say which, so that the next run tries again.
 * @param mismatch why the present one is not to be had, to be remembered
 */
export function lastGoodCopy(
  archive: FetchContext,
  wanted: WantedObject,
  otherwise: 'unreadable' | 'postponed',
  mismatch?: Mismatch | undefined,
): ManifestRow {
  const { bucket, row, file, before } = wanted
  if (archive.previous && before && isArchived(before)) {
    const target = archive.layout.object(bucket, file)
    if (reuseFile(archive.previous.object(bucket, before.file), target, before.bytes))
      return { ...before, state: 'stale', file, mismatch }
  }
  return { ...row, state: otherwise, file: null, bytes: null, sha256: null, mismatch }
}

async function takeFromCrashedRuns(
  archive: FetchContext,
  wanted: WantedObject,
  target: string,
): Promise<ManifestRow | undefined> {
  const { bucket, row, file } = wanted
  for (const crashed of archive.crashed) {
    const taken = await takeFromCrashedRun(row, crashed.object(bucket, file), target)
    if (taken) {
      const { client } = archive.downloads
      const whole = archive.weak ? await client.retrying(() => readInfo(client, bucket, row)) : row
      archive.counts.objectsSalvaged += 1
      archive.counts.bytesSalvaged += taken.bytes
      return { ...whole, state: 'ok', file, ...taken }
    }
    const name = partialName(bucket, row.name, attributesOf(row).eTag)
    try {
      fs.renameSync(join(crashed.partial, name), join(archive.layout.partial, name))
    } catch {
      // It had not begun with this object, or lies on another file system: then it is fetched from its first byte.
    }
  }
  return undefined
}
