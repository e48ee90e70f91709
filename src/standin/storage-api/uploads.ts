import type { Readable } from 'node:stream'
import { readAll } from './body.ts'
import { errors } from './errors.ts'
import { type Exchange, type Handler, header, json } from './exchange.ts'
import { parseForm } from './multipart.ts'
import { requireContentType, requireListedType, requireValidKey } from './names.ts'
import { decodeUserMetadata, parseUserMetadata, type UserMetadata } from './user-metadata.ts'
import { type Destination, findDestination, requireWritable, writeObject } from './write.ts'

interface Upload {
  source: Readable | Buffer
  /** Undefined for a chunked body: then no size limit applies, as in the service. */
  size: number | undefined
  contentType: string
  cacheControl: string
  robots: string | undefined
  userMetadata: UserMetadata | undefined
}

const defaults = { contentType: 'application/octet-stream', cacheControl: 'no-cache' }

function rawUpload({ request }: Exchange): Upload {
  const length = header(request, 'content-length')
  return {
    source: request,
    size: length === undefined ? undefined : Number(length),
    contentType: header(request, 'content-type') ?? defaults.contentType,
    cacheControl: header(request, 'cache-control') || defaults.cacheControl,
    robots: header(request, 'x-robots-tag'),
    userMetadata: decodeUserMetadata(header(request, 'x-metadata')),
  }
}

async function formUpload({ request }: Exchange, contentType: string, limit: number): Promise<Upload> {
  // Two fields of metadata's greatest size and the delimiters are the most a legal body has beside the file.
  const { fields, file } = parseForm(
    await readAll(request, limit + (1 << 22), errors.entityTooLarge),
    contentType,
  )
  const maximumAge = fields.get('cacheControl')
  return {
    source: file.bytes,
    size: file.bytes.length,
    contentType: fields.get('contentType') ?? file.contentType ?? 'text/plain',
    cacheControl: maximumAge ? `max-age=${maximumAge}` : defaults.cacheControl,
    robots: header(request, 'x-robots-tag'),
    userMetadata: parseUserMetadata(fields.get('metadata')),
  }
}

/** A placeholder keeps an empty folder visible: of no bytes and of any type. */
function requireAcceptable(upload: Upload, key: string, destination: Destination, limit: number): void {
  if (key.endsWith('.emptyFolderPlaceholder')) {
    if (upload.size !== 0) throw errors.entityTooLarge()
    return
  }
  if (destination.allowed_mime_types?.length)
    requireListedType(upload.contentType, destination.allowed_mime_types)
  if (upload.size !== undefined && upload.size > limit) throw errors.entityTooLarge()
}

function uploader(alwaysUpsert: boolean): Handler {
  return async (exchange) => {
    const { request, params, claims, limits } = exchange
    const { bucket, key } = params
    const type = header(request, 'content-type')
    requireContentType(type)
    requireValidKey(key)
    const destination = await findDestination(exchange, bucket, key)
    if (!destination) throw errors.noSuchBucket()
    const upsert = alwaysUpsert || header(request, 'x-upsert') === 'true'
    await requireWritable(exchange, claims, { bucket, key, destination, upsert })
    const limit = Math.min(limits.global, limits.standard, destination.file_size_limit ?? limits.global)
    const upload = type?.startsWith('multipart/form-data')
      ? await formUpload(exchange, type, limit)
      : rawUpload(exchange)
    requireAcceptable(upload, key, destination, limit)
    const { contentType, cacheControl, robots } = upload
    const row = await writeObject(exchange, {
      bucket,
      key,
      claims,
      store: (address) =>
        exchange.files.write(
          address,
          upload.source,
          { contentType, cacheControl },
          upload.size === undefined ? 'chunked' : 'whole',
        ),
      metadata: robots === undefined ? undefined : { xRobotsTag: robots },
      userMetadata: upload.userMetadata ?? {},
    })
    return json({ Key: `${bucket}/${key}`, Id: row.id })
  }
}

/** POST: creates, and replaces only when told so. */
export const createObject = uploader(false)
/** PUT: creates or replaces. */
export const putObject = uploader(true)
