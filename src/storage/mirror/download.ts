import * as fs from 'node:fs'
import { rename, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { HttpClient } from '../../http/client.ts'
import { HttpError } from '../../http/error.ts'
import { bareETag, md5Of } from '../api/digests.ts'
import { readInfo } from '../api/info.ts'
import { attributesOf, type ManifestRow, type Mismatch, type ObjectRow } from '../catalogue/rows.ts'
import { type Body, corrupt, type Downloads, fetchBody, objectPath } from './body.ts'
import { milliseconds } from './reuse.ts'

const openFile = promisify(fs.open)

/** So many answers of 500 for one object, and it may be that object rather than the service. */
const refusalsBelieved = 4

export interface Downloaded {
  /** The object's row as it is now: the catalogue's, or a later one if it was overwritten since. */
  row: ObjectRow
  bytes: number
  sha256: string
  changed: boolean
  /** Content type and cache control as they were sent, where the row does not tell them. */
  served: ManifestRow['served']
}

/** The same bytes came twice, and they are not those the row tells of: asking once more would bring them again. */
export class WrongBytes extends HttpError {
  readonly found: Mismatch['found']

  constructor(cause: HttpError, body: Body) {
    super({ kind: 'unreadable', status: cause.status, code: cause.code, message: cause.message, cause })
    this.found = { eTag: body.eTag, bytes: body.bytes, sha256: body.sha256 }
  }
}

/**
 * Fetches one object to `target`: checked for length, ETag and MD5, hashed on the way, given its own modification time,
 * and only then put in its place by a rename.
 *
 * @param object.known - what the run before had from the service in the place of this object's bytes.
 * @param object.weak - the row comes from a listing, which knows neither version nor user metadata: they are looked up.
 * @throws HttpError when it cannot be had; `missing` when the object is gone or its file is.
 */
export async function downloadObject(
  downloads: Downloads,
  object: { bucket: string; row: ObjectRow; target: string; weak: boolean; known?: Mismatch | undefined },
): Promise<Downloaded> {
  const { bucket, row, target, known } = object
  let seenBefore = known?.found.sha256
  let seenHere: string | undefined
  let refusals = 0
  return downloads.client.retrying(async () => {
    const body = await fetchBody(downloads, bucket, row).catch(async (error: unknown) => {
      refusals += isInternal(error) ? 1 : 0
      if (refusals < refusalsBelieved) throw error
      throw await withoutFile(downloads.client, bucket, row, error)
    })
    try {
      checkMd5(downloads, body, seenHere)
      const current = await judge(downloads.client, bucket, row, body, object.weak)
      await place(downloads, body, target, milliseconds(current.row.updated_at))
      const served = attributesOf(current.row).mimetype === undefined ? body.served : undefined
      return { ...current, bytes: body.bytes, sha256: body.sha256, served }
    } catch (error) {
      const isAnswer = seenBefore === body.sha256 && isMismatch(error)
      seenHere = body.sha256
      seenBefore = body.sha256
      if (typeof body.content === 'string') await rm(body.content, { force: true })
      throw isAnswer ? new WrongBytes(error, body) : error
    }
  })
}

function isMismatch(error: unknown): error is HttpError {
  return error instanceof HttpError && ['MD5_MISMATCH', 'NOT_AS_RECORDED'].includes(error.code)
}

/**
 * Whether the service would still send what it sent instead of the row's bytes: asked for one byte, it tells size and
 * ETag of them all. False where that is not certain, as where it names the right ETag beside the wrong bytes.
 */
export async function isStillWrong(
  downloads: Downloads,
  bucket: string,
  row: ObjectRow,
  { found }: Mismatch,
): Promise<boolean> {
  if (found.bytes === 0 || found.eTag === undefined) return false
  if (bareETag(found.eTag) === bareETag(attributesOf(row).eTag)) return false
  const headers = { range: 'bytes=0-0' }
  try {
    const answer = await downloads.client.send({ method: 'GET', path: objectPath(bucket, row.name), headers })
    if (answer.status !== 206) {
      answer.discard()
      return false
    }
    downloads.received((await answer.whole()).length)
    const total = answer.header('content-range')?.split('/')[1]
    return bareETag(answer.header('etag')) === bareETag(found.eTag) && total === String(found.bytes)
  } catch (error) {
    if (error instanceof HttpError) return false
    throw error
  }
}

function isInternal(error: unknown): error is HttpError {
  return error instanceof HttpError && error.status === 500
}

/**
 * The service answers 500 for a while when an object is being overwritten or its database restarts, and for ever when
 * the object's file is missing. In the last case only, it still tells all about the object's row.
 */
async function withoutFile(
  client: HttpClient,
  bucket: string,
  row: ObjectRow,
  error: unknown,
): Promise<unknown> {
  if (!isInternal(error)) return error
  try {
    await readInfo(client, bucket, row)
  } catch {
    return error
  }
  const { status, code, message } = error
  return new HttpError({ kind: 'unreadable', status, code, message, cause: error })
}

let sequence = 0

/** Gives a checked body its time and its name; a reader never sees a part of it. */
async function place(
  downloads: Downloads,
  body: Body,
  target: string,
  updatedMs: number | undefined,
): Promise<void> {
  const time = new Date(updatedMs ?? Date.now())
  if (typeof body.content === 'string') {
    await utimes(body.content, time, time)
    await rename(body.content, target)
    return
  }
  sequence += 1
  const path = join(downloads.partial, `${sequence}`)
  // Making and renaming a file may wait for the disk's journal, the rest only touches memory: a trip to the thread pool
  // would cost more than it.
  const descriptor = await openFile(path, 'w', 0o600)
  try {
    for (const chunk of body.content) fs.writeFileSync(descriptor, chunk)
    fs.futimesSync(descriptor, time, time)
  } finally {
    fs.closeSync(descriptor)
  }
  await rename(path, target)
}

function checkMd5(downloads: Downloads, body: Body, seenBefore: string | undefined): void {
  const promised = md5Of(body.eTag)
  if (promised === undefined) return
  if (promised === body.md5) downloads.etags.areMd5 = true
  else if (!downloads.etags.areMd5 && seenBefore === body.sha256) downloads.etags.unproven += 1
  else throw corrupt('MD5_MISMATCH', `the bytes received have MD5 ${body.md5}, the ETag says ${promised}`)
}

/** Compares a body with the catalogue and, where they differ, with the object's row as it is now. */
async function judge(client: HttpClient, bucket: string, row: ObjectRow, body: Body, weak: boolean) {
  const fits = (candidate: ObjectRow) => {
    const { size, eTag } = attributesOf(candidate)
    return (
      (size === undefined || size === body.bytes) &&
      (eTag === undefined || body.eTag === undefined || bareETag(eTag) === bareETag(body.eTag))
    )
  }
  const asCatalogued = fits(row)
  if (asCatalogued && !weak) return { row, changed: false }
  const now = await readInfo(client, bucket, row)
  if (!fits(now))
    throw corrupt('NOT_AS_RECORDED', `${bucket}/${row.name}: the bytes are not those of the row`)
  return { row: now, changed: !asCatalogued }
}
