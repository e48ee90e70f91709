import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Address } from './backends.ts'
import { body, flag, readJson, text } from './body.ts'
import { errors, isDuplicate } from './errors.ts'
import { type Exchange, type Handler, header, json } from './exchange.ts'
import { requireValidKey } from './names.ts'
import { anyRow, objectMetadataSchema } from './rows.ts'
import { decodeUserMetadata } from './user-metadata.ts'
import { findDestination, requireWritable, writeObject } from './write.ts'

const places = {
  bucketId: text,
  sourceKey: text,
  destinationBucket: text.optional(),
  destinationKey: text,
}

const copying = body({
  ...places,
  copyMetadata: flag.default(true),
  metadata: body({ cacheControl: text.optional(), mimetype: text.optional() }).optional(),
})

const moving = body(places)

const sourceRow = z.object({
  version: z.string().nullable(),
  metadata: objectMetadataSchema.nullable(),
  user_metadata: z.record(z.string(), z.unknown()).nullable(),
})

async function findSource({ database, claims }: Exchange, bucket: string, key: string) {
  const [source] = await database.queryAs(
    claims,
    sourceRow,
    'select version, metadata, user_metadata from storage.objects where bucket_id = $1 and name = $2',
    [bucket, key],
  )
  if (!source) throw errors.noSuchKey()
  const address: Address = { bucket, key, version: source.version ?? '' }
  return { ...source, address }
}

function attributes(metadata: z.infer<typeof objectMetadataSchema> | null) {
  return {
    contentType: metadata?.mimetype ?? 'application/octet-stream',
    cacheControl: metadata?.cacheControl ?? 'no-cache',
  }
}

/** Copies within the service; onto itself with `x-upsert` it rewrites an object's metadata. No limit of the other bucket applies. */
export const copyObject: Handler = async (exchange) => {
  const { request, claims, files } = exchange
  const order = await readJson(request, copying)
  const bucket = order.destinationBucket ?? order.bucketId
  const key = order.destinationKey
  requireValidKey(key)
  const source = await findSource(exchange, order.bucketId, order.sourceKey)
  const destination = await findDestination(exchange, bucket, key)
  if (!destination) throw errors.relatedResourceMissing()
  const upsert = header(request, 'x-upsert') === 'true'
  await requireWritable(exchange, claims, { bucket, key, destination, upsert })
  const metadata = order.copyMetadata ? source.metadata : { ...source.metadata, ...order.metadata }
  const row = await writeObject(exchange, {
    bucket,
    key,
    claims,
    store: (address) => files.copy(source.address, address, attributes(metadata)),
    metadata: metadata ?? undefined,
    userMetadata: order.copyMetadata
      ? (source.user_metadata ?? undefined)
      : decodeUserMetadata(header(request, 'x-metadata')),
  })
  return json({ Key: `${bucket}/${key}`, Id: row.id, ...row })
}

/** Renames a row, which keeps its id, and gives its bytes a new version at the new place; what the store says of them there goes into the row. */
export const moveObject: Handler = async (exchange) => {
  const { request, database, claims, files } = exchange
  const order = await readJson(request, moving)
  const bucket = order.destinationBucket ?? order.bucketId
  const key = order.destinationKey
  requireValidKey(key)
  const source = await findSource(exchange, order.bucketId, order.sourceKey)
  const target: Address = { bucket, key, version: randomUUID() }
  const { etag, size, modified } = await files.copy(source.address, target, attributes(source.metadata))
  const metadata = { ...source.metadata, eTag: etag, size, lastModified: modified.toISOString() }
  try {
    const moved = await database.queryAs(
      claims,
      anyRow,
      `update storage.objects set bucket_id = $3, name = $4, version = $5, metadata = $6
       where bucket_id = $1 and name = $2 returning id`,
      [order.bucketId, order.sourceKey, bucket, key, target.version, JSON.stringify(metadata)],
    )
    if (moved.length === 0) throw errors.noSuchKey()
  } catch (error) {
    await files.remove(target)
    throw isDuplicate(error) ? errors.resourceAlreadyExists() : error
  }
  await files.remove(source.address)
  return json({ message: 'Successfully moved' })
}
