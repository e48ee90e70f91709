import { z } from 'zod'

/** Timestamps leave the service cut to milliseconds; the columns hold microseconds. */
const timestamp = z.date().transform((date) => date.toISOString())
/** Text that is missing in the database is rendered empty by the service. */
const rendered = z
  .string()
  .nullable()
  .transform((text) => text ?? '')

const text = z.string().optional().catch(undefined)

/** What the service knows of an object's bytes: the column `metadata`. Rows made by SQL may hold anything in it. */
export const objectMetadataSchema = z.looseObject({
  eTag: text,
  size: z.number().optional().catch(undefined),
  mimetype: text,
  cacheControl: text,
  lastModified: text,
  xRobotsTag: text,
})

export type ObjectMetadata = z.infer<typeof objectMetadataSchema>

export const bucketColumns =
  'id, name, owner, public, type::text, file_size_limit, allowed_mime_types, created_at, updated_at'

export const bucketRow = z.object({
  id: z.string(),
  name: z.string(),
  owner: rendered,
  public: z.boolean().nullable(),
  type: z.string(),
  file_size_limit: z.coerce.number().nullable(),
  allowed_mime_types: z.array(z.string()).nullable(),
  created_at: timestamp.nullable(),
  updated_at: timestamp.nullable(),
})

const listed = {
  id: z.string(),
  name: z.string(),
  updated_at: timestamp.nullable(),
  created_at: timestamp.nullable(),
  last_accessed_at: timestamp.nullable(),
  metadata: z.unknown(),
}

export const listedColumns = 'id, name, updated_at, created_at, last_accessed_at, metadata'
export const listedRow = z.object(listed)

export const objectColumns =
  'name, bucket_id, owner, owner_id, version, id, updated_at, created_at, last_accessed_at, metadata, user_metadata'

/** A whole row as delete and copy answer it. */
export const objectRow = z.object({
  ...listed,
  bucket_id: z.string(),
  owner: rendered,
  owner_id: rendered,
  version: rendered,
  user_metadata: z.unknown(),
})

export const anyRow = z.unknown()
