import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Address } from './backends.ts'
import { errors } from './errors.ts'
import type { Services } from './exchange.ts'
import type { StoredFile } from './files.ts'
import { type ObjectMetadata, objectColumns, objectRow } from './rows.ts'
import { type Claims, ownerColumns } from './tokens.ts'
import type { UserMetadata } from './user-metadata.ts'

const destinationRow = z.object({
  exists: z.boolean(),
  file_size_limit: z.coerce.number().nullable(),
  allowed_mime_types: z.array(z.string()).nullable(),
})

export type Destination = z.infer<typeof destinationRow>

/** What decides whether an object may be written: its bucket's limits, and whether the key is taken. */
export async function findDestination(
  { database }: Services,
  bucket: string,
  key: string,
): Promise<Destination | undefined> {
  const [destination] = await database.query(
    destinationRow,
    `select o.id is not null as exists, b.file_size_limit, b.allowed_mime_types
     from storage.buckets b left join storage.objects o on o.bucket_id = b.id and o.name = $2
     where b.id = $1`,
    [bucket, key],
  )
  return destination
}

/** Throws unless the caller may write the key. The row itself is written later, when the bytes have arrived. */
export async function requireWritable(
  services: Services,
  claims: Claims,
  place: { bucket: string; key: string; destination: Destination; upsert: boolean },
): Promise<void> {
  await services.database.rehearse(
    claims,
    `insert into storage.objects (bucket_id, name, owner_id) values ($1, $2, $3) on conflict do nothing`,
    [place.bucket, place.key, claims.sub ?? null],
  )
  if (place.destination.exists && !place.upsert) throw errors.keyAlreadyExists()
}

export interface Write {
  bucket: string
  key: string
  claims: Claims
  /** Puts the bytes at the address of the new version. */
  store(address: Address): Promise<StoredFile>
  /** Further entries of the row's `metadata`. */
  metadata?: ObjectMetadata | undefined
  /** Undefined: null on a new row, unchanged on one that exists. */
  userMetadata: UserMetadata | undefined
}

const writtenRow = objectRow.extend({ replaced: z.string().nullable() })

/**
 * Stores a new version of an object, then writes its row, then removes the file of the version it replaces. A row
 * that exists keeps its id, owner, creation and access time. Two writers of a new key both succeed, the later wins,
 * as in the service, which has checked for the key before the bytes came.
 */
export async function writeObject(
  { database, files }: Services,
  write: Write,
): Promise<z.infer<typeof objectRow>> {
  const { bucket, key, claims } = write
  const address = { bucket, key, version: randomUUID() }
  const file = await write.store(address)
  const metadata: ObjectMetadata = {
    ...write.metadata,
    eTag: file.etag,
    size: file.size,
    mimetype: file.contentType,
    cacheControl: file.cacheControl,
    lastModified: file.modified.toISOString(),
    contentLength: file.size,
    httpStatusCode: 200,
  }
  try {
    // Locking the old row in a materialised CTE that the insert waits for makes its version the one replaced.
    const [row] = await database.query(
      writtenRow,
      `with old as materialized (
         select version from storage.objects where bucket_id = $1 and name = $2 for update
       )
       insert into storage.objects as o (bucket_id, name, owner, owner_id, version, metadata, user_metadata)
       select $1, $2, $3, $4, $5, $6, $7 from (select count(*) from old) as locked
       on conflict (bucket_id, name) do update set
         version = excluded.version, metadata = excluded.metadata,
         user_metadata = coalesce(excluded.user_metadata, o.user_metadata)
       returning ${objectColumns}, (select version from old) as replaced`,
      [
        bucket,
        key,
        ...ownerColumns(claims),
        address.version,
        JSON.stringify(metadata),
        write.userMetadata === undefined ? null : JSON.stringify(write.userMetadata),
      ],
    )
    if (!row) throw errors.internal()
    const { replaced, ...object } = row
    if (replaced) await files.remove({ bucket, key, version: replaced })
    return object
  } catch (error) {
    await files.remove(address)
    throw error
  }
}
