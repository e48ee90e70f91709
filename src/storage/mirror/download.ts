import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { type FileHandle, open, rename, rm, stat, truncate, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Answer } from '../../http/answer.ts'
import type { HttpClient } from '../../http/client.ts'
import { HttpError } from '../../http/error.ts'
import { encodeKey } from '../api/client.ts'
import { bareETag, createDigests, type Digests, digestFile, md5Of } from '../api/digests.ts'
import { readInfo } from '../api/info.ts'
import { attributesOf, type ManifestRow, type Mismatch, type ObjectRow } from '../catalogue/rows.ts'
import { createPieceWriter } from './piece-writer.ts'
import { milliseconds } from './reuse.ts'

const openFile = promisify(fs.open)

/** From this size on, a body is streamed to disk and resumed where it broke off; below, it is read whole, which is faster. */
const streamedFrom = 4 << 20

/** So many answers of 500 for one object, and it may be that object rather than the service. */
const refusalsBelieved = 4

export interface Downloads {
  client: HttpClient
  /** Where unfinished bodies lie until they are checked. On the same file system as the targets. */
  partial: string
  /** To be waited for, if a bandwidth limit wants a rest after so many bytes. */
  pace: (bytes: number) => Promise<void> | undefined
  /** Bytes received, whatever became of them: what the platform charges as egress. */
  received: (bytes: number) => void
  /**
   * Whether an MD5 was ever found to match its ETag. Until then, a well-formed ETag that does not match may simply not
   * be an MD5 here (S3 with KMS encryption), and the same bytes received twice are believed.
   */
  etags: { areMd5: boolean; unproven: number }
}

export interface Downloaded {
  /** The object's row as it is now: the catalogue's, or a later one if it was overwritten since. */
  row: ObjectRow
  bytes: number
  sha256: string
  changed: boolean
  /** Content type and cache control as they were sent, where the row does not tell them. */
  served: ManifestRow['served']
}

/** What was received, with what is needed to judge it: small bodies in memory, large ones on disk. */
interface Body {
  /** The bytes as they came, since joining them would cost as much as hashing them; or the path of the file they are in. */
  content: readonly Buffer[] | string
  bytes: number
  eTag: string | undefined
  served: ManifestRow['served']
  sha256: string
  md5: string | undefined
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
  const { size } = attributesOf(row)
  let seenBefore = known?.found.sha256
  let seenHere: string | undefined
  let refusals = 0
  return downloads.client.retrying(async () => {
    const fetching =
      size !== undefined && size >= streamedFrom
        ? fetchStreamed(downloads, bucket, row, size)
        : fetchWhole(downloads, bucket, row)
    const body = await fetching.catch(async (error: unknown) => {
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

function servedBy(answer: Answer): ManifestRow['served'] {
  return { mimetype: answer.header('content-type'), cacheControl: answer.header('cache-control') }
}

function objectPath(bucket: string, key: string): string {
  // The other routes answer a refused key as if the bucket were missing.
  return `/object/authenticated/${encodeURIComponent(bucket)}/${encodeKey(key)}`
}

function corrupt(code: string, message: string): HttpError {
  return new HttpError({ kind: 'corrupt', status: 200, code, message })
}

function checkLength(answer: Answer, received: number, name: string): void {
  const announced = answer.header('content-length')
  if (announced !== undefined && Number(announced) !== received)
    throw corrupt('CUT_SHORT', `${name}: ${received} bytes of ${announced} arrived`)
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

async function fetchWhole(downloads: Downloads, bucket: string, row: ObjectRow): Promise<Body> {
  const answer = await downloads.client.send({ method: 'GET', path: objectPath(bucket, row.name) })
  const eTag = answer.header('etag')
  const digests = createDigests(eTag)
  const content: Buffer[] = []
  const keep = (chunk: Buffer) => {
    content.push(chunk)
    return undefined
  }
  const bytes = await receive(downloads, answer, digests, keep)
  checkLength(answer, bytes, `${bucket}/${row.name}`)
  return { content, bytes, eTag, served: servedBy(answer), ...digests.end() }
}

/** The name of an unfinished body, which a later run finds again: the same bucket, key and ETag are the same bytes. */
export function partialName(bucket: string, key: string, eTag: string | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify([bucket, key, bareETag(eTag)]))
    .digest('hex')
}

/** Fetches a large body, going on from what an earlier attempt (or a run that died) left, if it is still the same object. */
async function fetchStreamed(
  downloads: Downloads,
  bucket: string,
  row: ObjectRow,
  size: number,
): Promise<Body> {
  const wanted = attributesOf(row).eTag
  const path = join(downloads.partial, partialName(bucket, row.name, wanted))
  const offset = wanted === undefined ? 0 : await resumable(path, size)
  const name = `${bucket}/${row.name}`
  let answer = await sendRange(downloads.client, bucket, row.name, offset, size).catch(async (error) => {
    // The object has become shorter than what is here: that part is worthless.
    if (error instanceof HttpError && error.status === 416) await rm(path, { force: true })
    throw error instanceof HttpError && error.status === 416 ? corrupt('RANGE', error.message) : error
  })
  // The service ignores If-Range, so the part's own ETag and position decide whether it fits.
  const fits =
    answer.status === 206 &&
    bareETag(answer.header('etag')) === bareETag(wanted) &&
    answer.header('content-range')?.startsWith(`bytes ${offset}-`) === true
  if (answer.status === 206 && !fits) {
    answer.discard()
    answer = await sendRange(downloads.client, bucket, row.name, 0, size)
  }
  const start = fits ? offset : 0
  const eTag = answer.header('etag')
  const digests = createDigests(eTag)
  if (start > 0) await digestFile(path, digests)
  const file = await open(path, start > 0 ? 'a' : 'w', 0o600)
  try {
    const received = await writeChunks(downloads, answer, file, digests)
    checkLength(answer, received, name)
    return { content: path, bytes: start + received, eTag, served: servedBy(answer), ...digests.end() }
  } finally {
    await file.close()
  }
}

function sendRange(client: HttpClient, bucket: string, key: string, offset: number, size: number) {
  return client.send({
    method: 'GET',
    path: objectPath(bucket, key),
    headers: offset > 0 ? { range: `bytes=${offset}-` } : undefined,
    expectedBytes: size - offset,
    movedBefore: offset,
  })
}

/** How many bytes of a body are on disk already; a whole one lacks its last byte, so that the service confirms the ETag. */
async function resumable(path: string, size: number): Promise<number> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || found.size === 0) return 0
  if (found.size < size) return found.size
  await truncate(path, size - 1)
  return size - 1
}

async function writeChunks(
  downloads: Downloads,
  answer: Answer,
  file: FileHandle,
  digests: Digests,
): Promise<number> {
  const pieces = createPieceWriter(file)
  // What came before the connection broke off need not come again.
  return receive(downloads, answer, digests, pieces.add).finally(pieces.end)
}

/** Reads a body, hashed and counted as it comes. @returns its number of bytes. */
async function receive(
  downloads: Downloads,
  answer: Answer,
  digests: Digests,
  take: (chunk: Buffer) => Promise<void> | undefined,
): Promise<number> {
  let received = 0
  await answer.each((chunk) => {
    received += chunk.length
    downloads.received(chunk.length)
    digests.update(chunk)
    const taken = take(chunk)
    const paced = downloads.pace(chunk.length)
    return taken && paced ? Promise.all([taken, paced]) : (taken ?? paced)
  })
  return received
}
