import { createReadStream } from 'node:fs'
import type { Answer } from '../../http/answer.ts'
import type { HttpClient } from '../../http/client.ts'
import { HttpError } from '../../http/error.ts'
import type { Attributes } from '../restore/attributes.ts'

/** The hosted platform takes parts of exactly 6 MiB (and a smaller last one). */
const partBytes = 6 << 20
/** Whether to replace an object is asked of every request: the service looks again when the last part has come. */
const protocol = { 'tus-resumable': '1.0.0', 'x-upsert': 'true' }

/** What a resumable upload can say of cache control: a number of seconds, or nothing, which becomes `no-cache`. */
export function tusCacheControl(cacheControl: string | undefined): { seconds: string; exact: boolean } {
  const seconds = /^max-age=(\d+)$/.exec(cacheControl ?? '')?.[1]
  if (seconds !== undefined) return { seconds, exact: true }
  return { seconds: 'no-cache', exact: cacheControl === undefined || cacheControl === 'no-cache' }
}

function uploadMetadata(bucket: string, key: string, wanted: Attributes, userMetadata: string): string {
  const pairs = {
    bucketName: bucket,
    objectName: key,
    contentType: wanted.mimetype ?? 'application/octet-stream',
    cacheControl: tusCacheControl(wanted.cacheControl).seconds,
    // Without any, an upload over an existing object would keep the old one's.
    metadata: userMetadata,
  }
  return Object.entries(pairs)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',')
}

/** The path of an upload below the endpoint: its Location may name another scheme, host or prefix. */
function uploadPath(answer: Answer): string {
  const location = answer.header('location') ?? ''
  const at = location.indexOf('/upload/resumable')
  if (at === -1)
    throw new HttpError({
      kind: 'refused',
      status: answer.status,
      code: 'TUS_LOCATION',
      message: `a resumable upload was created without a usable Location: ${JSON.stringify(location)}`,
    })
  return location.slice(at)
}

function offsetOf(answer: Answer): number {
  const offset = Number(answer.header('upload-offset'))
  if (Number.isSafeInteger(offset) && offset >= 0) return offset
  throw new HttpError({
    kind: 'corrupt',
    status: answer.status,
    code: 'TUS_OFFSET',
    message: 'the service told no offset of a resumable upload',
  })
}

/**
 * Sends a file in parts, each of which is only sent again itself when the connection breaks: the service is asked how
 * far it got.
 *
 * @param object.userMetadata - as JSON text, `{}` for none; larger than a header may be, the caller must set it otherwise.
 */
export async function uploadResumable(
  client: HttpClient,
  object: {
    bucket: string
    key: string
    path: string
    bytes: number
    wanted: Attributes
    userMetadata: string
  },
): Promise<void> {
  let upload: string | undefined
  let offset = 0
  let certain = true
  await client.retrying(async () => {
    try {
      if (upload === undefined) {
        upload = await create(client, object)
        offset = 0
      } else if (!certain) offset = await askOffset(client, upload)
      certain = false
      while (offset < object.bytes) offset = await sendPart(client, upload, object, offset)
    } catch (error) {
      // The service has forgotten the upload (or somebody took our place): begin anew.
      if (error instanceof HttpError && (error.kind === 'missing' || error.status === 409)) {
        upload = undefined
        throw new HttpError({
          kind: 'corrupt',
          status: error.status,
          code: error.code,
          message: error.message,
        })
      }
      throw error
    }
  })
}

async function create(
  client: HttpClient,
  object: { bucket: string; key: string; bytes: number; wanted: Attributes; userMetadata: string },
): Promise<string> {
  const answer = await client.send({
    method: 'POST',
    path: '/upload/resumable',
    headers: {
      ...protocol,
      'upload-length': String(object.bytes),
      'upload-metadata': uploadMetadata(object.bucket, object.key, object.wanted, object.userMetadata),
    },
  })
  await answer.whole()
  return uploadPath(answer)
}

async function askOffset(client: HttpClient, upload: string): Promise<number> {
  const answer = await client.send({ method: 'HEAD', path: upload, headers: protocol })
  await answer.whole()
  return offsetOf(answer)
}

async function sendPart(
  client: HttpClient,
  upload: string,
  object: { path: string; bytes: number },
  offset: number,
): Promise<number> {
  const end = Math.min(offset + partBytes, object.bytes)
  const answer = await client.send({
    method: 'PATCH',
    path: upload,
    headers: {
      ...protocol,
      'upload-offset': String(offset),
      'content-type': 'application/offset+octet-stream',
      'content-length': String(end - offset),
    },
    body: createReadStream(object.path, { start: offset, end: end - 1, highWaterMark: 1 << 18 }),
    expectedBytes: end - offset,
  })
  await answer.whole()
  return offsetOf(answer)
}
