import { z } from 'zod'
import { errors } from './errors.ts'
import { type Exchange, type Handler, header, json, type Reply } from './exchange.ts'
import type { OpenedFile } from './files.ts'
import { requireValidKey } from './names.ts'
import { parseRange } from './ranges.ts'
import { objectMetadataSchema } from './rows.ts'

/** How a route looks a caller up: by token (a bucket that is public lets everybody read), or only in public buckets. */
type Audience = 'token' | 'public'

const foundRow = z.object({
  public: z.boolean().nullable(),
  id: z.string().nullable(),
  version: z.string().nullable(),
  // SQL may have put a list or a text there: the service reads nothing of these.
  metadata: objectMetadataSchema.nullable().catch(null),
  user_metadata: z.unknown(),
  created_at: z.date().nullable(),
  updated_at: z.date().nullable(),
})

type FoundObject = z.infer<typeof foundRow> & { id: string }

/** One statement for whoever may read everything; a further one where row-level security has to be asked. */
async function findObject(exchange: Exchange, audience: Audience): Promise<FoundObject> {
  const { bucket, key } = exchange.params
  requireValidKey(key)
  const [found] = await exchange.database.query(
    foundRow,
    `select b.public, o.id, o.version, o.metadata, o.user_metadata, o.created_at, o.updated_at
     from storage.buckets b left join storage.objects o on o.bucket_id = b.id and o.name = $2
     where b.id = $1`,
    [bucket, key],
  )
  if (!found) throw errors.noSuchBucket()
  if (!found.public) await requireVisible(exchange, audience)
  const { id } = found
  if (id === null) throw errors.noSuchKey()
  return { ...found, id }
}

async function requireVisible(exchange: Exchange, audience: Audience): Promise<void> {
  if (audience === 'public' || !exchange.authenticated) throw errors.noSuchBucket()
  if (exchange.claims.role === 'service_role') return
  const visible = await exchange.database.queryAs(
    exchange.claims,
    z.unknown(),
    'select 1 from storage.objects where bucket_id = $1 and name = $2',
    [exchange.params.bucket, exchange.params.key],
  )
  if (visible.length === 0) throw errors.noSuchKey()
}

/** Pages are never served as such: scripts of an object must not run on the project's domain. */
function servedType(contentType: string): string {
  return contentType.startsWith('text/html') ? 'text/plain' : contentType
}

function disposition(query: URLSearchParams): Record<string, string> {
  const name = query.get('download')
  if (name === null) return {}
  const encoded = encodeURIComponent(name)
  return {
    'content-disposition': name
      ? `attachment; filename=${encoded}; filename*=UTF-8''${encoded}`
      : 'attachment;',
  }
}

function isUnmodified(exchange: Exchange, file: OpenedFile): boolean {
  const since = header(exchange.request, 'if-modified-since')
  return (
    header(exchange.request, 'if-none-match') === file.etag ||
    (since !== undefined && file.modified.getTime() <= Date.parse(since))
  )
}

async function serve(exchange: Exchange, file: OpenedFile, robots: string): Promise<Reply> {
  const asked = header(exchange.request, 'if-none-match')
  const unmodified = isUnmodified(exchange, file)
  const stale = asked !== undefined && !unmodified ? ', stale-while-revalidate=30' : ''
  const headers = {
    'accept-ranges': 'bytes',
    'content-type': servedType(file.contentType),
    etag: file.etag,
    'x-robots-tag': robots,
    'last-modified': file.modified.toUTCString(),
    'cache-control': file.cacheControl + stale,
    ...disposition(exchange.query),
  }
  if (unmodified) return { status: 304, headers: { ...headers, 'content-length': '0' } }
  const asksRange = header(exchange.request, 'range')
  const range = asksRange === undefined ? undefined : parseRange(asksRange, file.size)
  const { start, end } = range ?? { start: 0, end: file.size - 1 }
  return {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      'content-length': String(end - start + 1),
      ...(range ? { 'content-range': `bytes ${start}-${end}/${file.size}` } : {}),
    },
    body: Buffer.isBuffer(file.content)
      ? file.content.subarray(start, end + 1)
      : file.content.createReadStream({ start, end }),
  }
}

/** Bytes and headers from the file: the row only says which version it is. */
function reader(audience: Audience): Handler {
  return async (exchange) => {
    const object = await findObject(exchange, audience)
    const { bucket, key } = exchange.params
    const file = await exchange.files.open({ bucket, key, version: object.version ?? '' })
    let reply: Reply | undefined
    try {
      reply = await serve(exchange, file, object.metadata?.xRobotsTag ?? 'none')
      return reply
    } finally {
      if (!reply?.body && !Buffer.isBuffer(file.content)) await file.content.close()
    }
  }
}

/** Headers from the row: a file that is gone goes unnoticed. */
function headers(audience: Audience): Handler {
  return async (exchange) => {
    const { metadata } = await findObject(exchange, audience)
    return {
      status: 200,
      headers: {
        'accept-ranges': 'bytes',
        'content-type': servedType(metadata?.mimetype ?? ''),
        etag: metadata?.eTag ?? '',
        'x-robots-tag': 'none',
        ...lastModified(metadata?.lastModified),
        ...(metadata?.size === undefined ? {} : { 'content-length': String(metadata.size) }),
        ...(metadata?.cacheControl === undefined ? {} : { 'cache-control': metadata.cacheControl }),
      },
    }
  }
}

function lastModified(timestamp: string | undefined): Record<string, string> {
  return timestamp === undefined ? {} : { 'last-modified': new Date(timestamp).toUTCString() }
}

function informer(audience: Audience): Handler {
  return async (exchange) => {
    const object = await findObject(exchange, audience)
    const { metadata } = object
    return json(
      {
        id: object.id,
        name: exchange.params.key,
        version: object.version,
        bucket_id: exchange.params.bucket,
        size: metadata?.size ?? null,
        content_type: metadata?.mimetype ?? null,
        cache_control: metadata?.cacheControl ?? null,
        etag: metadata?.eTag ?? null,
        metadata: object.user_metadata,
        last_modified: object.updated_at,
        created_at: object.created_at,
      },
      200,
      {
        etag: metadata?.eTag ?? '',
        ...lastModified(metadata?.lastModified),
        ...(metadata?.cacheControl === undefined ? {} : { 'cache-control': metadata.cacheControl }),
      },
    )
  }
}

export const getObject = reader('token')
export const getPublicObject = reader('public')
export const headObject = headers('token')
export const headPublicObject = headers('public')
export const getObjectInfo = informer('token')
export const getPublicObjectInfo = informer('public')
