import { randomUUID } from 'node:crypto'
import { errors, toStorageError } from './errors.ts'
import { type Exchange, type Handler, header, type Reply } from './exchange.ts'
import { requireListedType, requireValidBucketName, requireValidKey } from './names.ts'
import type { ResumableUpload } from './resumable-uploads.ts'
import { checkHeaders, ProtocolError } from './tus-headers.ts'
import { decodeMetadata, encodeMetadata } from './tus-metadata.ts'
import { parseUserMetadata } from './user-metadata.ts'
import { findDestination, requireWritable, writeObject } from './write.ts'

// Resumable uploads, protocol tus 1.0.0: its errors are plain text under their true HTTP status.

const protocol = { 'tus-resumable': '1.0.0' }
const plain = { 'content-type': 'text/plain;charset=UTF-8' }

function plainText(status: number, body: string): Reply {
  return {
    status,
    headers: { ...protocol, ...plain, 'content-length': String(Buffer.byteLength(body)) },
    body,
  }
}

/** Checks the protocol's headers, then answers errors the protocol's way. */
function tus(handle: Handler): Handler {
  return async (exchange) => {
    try {
      checkHeaders(exchange.request)
      return await handle(exchange)
    } catch (error) {
      if (error instanceof ProtocolError) return plainText(error.status, error.message)
      const { fields } = toStorageError(error)
      return plainText(Number(fields.statusCode), fields.message)
    }
  }
}

function parseId(id: string): { bucket: string; key: string } {
  const [bucket, ...rest] = Buffer.from(id, 'base64url').toString().split('/')
  if (bucket === undefined || rest.length < 2) throw errors.invalidUploadId()
  return { bucket, key: rest.slice(0, -1).join('/') }
}

async function findUpload({ uploads, params }: Exchange): Promise<ResumableUpload> {
  parseId(params.id)
  const upload = await uploads.find(params.id)
  if (!upload) throw new ProtocolError(404, 'The file for this url was not found\n')
  return upload
}

/** Whether the caller may write there; asked at every step, since each is a request of its own. */
async function requireAllowed(
  exchange: Exchange,
  upload: Pick<ResumableUpload, 'bucket' | 'key' | 'metadata'>,
) {
  const { bucket, key, metadata } = upload
  const destination = await findDestination(exchange, bucket, key)
  if (!destination) throw errors.noSuchBucket()
  const upsert = header(exchange.request, 'x-upsert') === 'true'
  await requireWritable(exchange, exchange.claims, { bucket, key, destination, upsert })
  if (destination.allowed_mime_types && metadata['contentType'])
    requireListedType(metadata['contentType'], destination.allowed_mime_types)
  parseUserMetadata(metadata['metadata'])
  return destination
}

async function complete(exchange: Exchange, id: string, upload: ResumableUpload): Promise<void> {
  const { bucket, key, metadata } = upload
  await writeObject(exchange, {
    bucket,
    key,
    claims: exchange.claims,
    store: (address) =>
      exchange.files.adopt(exchange.uploads.path(id), address, {
        contentType: metadata['contentType'] ?? 'application/octet-stream',
        cacheControl: metadata['cacheControl'] ?? 'no-cache',
      }),
    userMetadata: parseUserMetadata(metadata['metadata']),
  })
  await exchange.uploads.save(id, { ...upload, completed: true })
}

/** Takes in the bytes of a request; returns the new offset, and whether that made the object. */
async function receive(exchange: Exchange, id: string, upload: ResumableUpload, offset: number) {
  const { uploads, request, limits } = exchange
  const room = (upload.length ?? limits.global) - offset
  if (Number(header(request, 'content-length') ?? 0) > room || !(await uploads.append(id, request, room)))
    throw new ProtocolError(413, "upload's size exceeded\n")
  const reached = await uploads.offset(id)
  const completed = reached === upload.length
  if (completed) await complete(exchange, id, upload)
  return { 'upload-offset': String(reached), ...(completed ? { 'tus-complete': '1' } : {}) }
}

export const createUpload: Handler = tus(async (exchange) => {
  const { request, uploads, limits, base } = exchange
  const given = header(request, 'upload-metadata')
  if (given === undefined) throw new ProtocolError(400, 'Metadata header is required')
  const metadata = decodeMetadata(given)
  const [bucket, key] = [metadata['bucketName'] ?? '', metadata['objectName'] ?? '']
  requireValidBucketName(bucket)
  requireValidKey(key)
  const destination = await requireAllowed(exchange, { bucket, key, metadata })
  const announced = header(request, 'upload-length')
  if (announced === undefined && header(request, 'upload-defer-length') === undefined)
    throw new ProtocolError(400, 'Upload-Length or Upload-Defer-Length header required\n')
  // A limit of 0 counts as none here, though it allows no byte in a standard upload.
  const limit = Math.min(limits.global, destination.file_size_limit || limits.global)
  const length = announced === undefined ? null : Number(announced)
  if ((length ?? 0) > limit) throw new ProtocolError(413, 'Maximum size exceeded\n')
  const version = randomUUID()
  const id = Buffer.from(`${bucket}/${key}/${version}`).toString('base64url')
  const upload = { bucket, key, version, length, metadata, completed: false }
  await uploads.save(id, upload)
  const headers = { ...protocol, ...plain, location: `${base}/upload/resumable/${id}` }
  if (header(request, 'content-type') === 'application/offset+octet-stream')
    return { status: 201, headers: { ...headers, ...(await receive(exchange, id, upload, 0)) } }
  if (length !== 0) return { status: 201, headers }
  await complete(exchange, id, upload)
  return { status: 201, headers: { ...headers, 'tus-complete': '1' } }
})

export const headUpload: Handler = tus(async (exchange) => {
  const { length, metadata, completed } = await findUpload(exchange)
  return {
    status: 200,
    headers: {
      ...protocol,
      ...plain,
      'cache-control': 'no-store',
      'upload-metadata': encodeMetadata(metadata),
      'upload-offset': String(completed ? length : await exchange.uploads.offset(exchange.params.id)),
      ...(length === null ? { 'upload-defer-length': '1' } : { 'upload-length': String(length) }),
    },
  }
})

export const patchUpload: Handler = tus(async (exchange) => {
  const { request, params, uploads } = exchange
  const upload = await findUpload(exchange)
  await requireAllowed(exchange, upload)
  const claimed = header(request, 'upload-offset')
  if (claimed === undefined) throw new ProtocolError(403, 'Upload-Offset header required\n')
  const offset = await uploads.offset(params.id)
  if (Number(claimed) !== offset) throw new ProtocolError(409, 'Upload-Offset conflict\n')
  const announced = header(request, 'upload-length')
  const known = upload.length ?? (announced === undefined ? null : Number(announced))
  const current = { ...upload, length: known }
  await uploads.save(params.id, current)
  return { status: 204, headers: { ...protocol, ...(await receive(exchange, params.id, current, offset)) } }
})

export const deleteUpload: Handler = tus(async (exchange) => {
  const upload = await findUpload(exchange)
  await requireAllowed(exchange, upload)
  await exchange.uploads.remove(exchange.params.id)
  return { status: 204, headers: protocol }
})
