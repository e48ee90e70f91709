import { createHash } from 'node:crypto'
import { type FileHandle, open, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import type { Answer } from '../../http/answer.ts'
import type { HttpClient } from '../../http/client.ts'
import { HttpError } from '../../http/error.ts'
import { encodeKey } from '../api/client.ts'
import { bareETag, createDigests, type Digests, digestFile } from '../api/digests.ts'
import { attributesOf, type ManifestRow, type ObjectRow } from '../catalogue/rows.ts'
import { createPieceWriter } from './piece-writer.ts'

/** From this size on, a body is streamed to disk and resumed where it broke off; below, it is read whole, which is faster. */
const streamedFrom = 4 << 20

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

/** What was received, with what is needed to judge it: small bodies in memory, large ones on disk. */
export interface Body {
  /** The bytes as they came, since joining them would cost as much as hashing them; or the path of the file they are in. */
  content: readonly Buffer[] | string
  bytes: number
  eTag: string | undefined
  served: ManifestRow['served']
  sha256: string
  md5: string | undefined
}

/** Receives the bytes of one object, in one attempt. @throws HttpError when they do not arrive whole */
export function fetchBody(downloads: Downloads, bucket: string, row: ObjectRow): Promise<Body> {
  const { size } = attributesOf(row)
  return size !== undefined && size >= streamedFrom
    ? fetchStreamed(downloads, bucket, row, size)
    : fetchWhole(downloads, bucket, row)
}

function servedBy(answer: Answer): ManifestRow['served'] {
  return { mimetype: answer.header('content-type'), cacheControl: answer.header('cache-control') }
}

export function objectPath(bucket: string, key: string): string {
  // The other routes answer a refused key as if the bucket were missing.
  return `/object/authenticated/${encodeURIComponent(bucket)}/${encodeKey(key)}`
}

export function corrupt(code: string, message: string): HttpError {
  return new HttpError({ kind: 'corrupt', status: 200, code, message })
}

function checkLength(answer: Answer, received: number, name: string): void {
  const announced = answer.header('content-length')
  if (announced !== undefined && Number(announced) !== received)
    throw corrupt('CUT_SHORT', `${name}: ${received} bytes of ${announced} arrived`)
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
