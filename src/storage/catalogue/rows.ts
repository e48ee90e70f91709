import { z } from 'zod'
import { jsonText } from '../../common/json-text.ts'
import { membersOf } from './json-text.ts'

/** `storage.objects.metadata`, as the server writes it; rows made by SQL may hold anything, so a misfit counts as absent. */
const metadataSchema = z.object({
  eTag: z.string().optional().catch(undefined),
  size: z.coerce.number().int().nonnegative().optional().catch(undefined),
  mimetype: z.string().optional().catch(undefined),
  cacheControl: z.string().optional().catch(undefined),
  xRobotsTag: z.string().optional().catch(undefined),
})

/** What the server says of an object's content, read from its row. */
export type ObjectAttributes = z.infer<typeof metadataSchema>

/**
 * An object as the catalogue has it: the columns of `storage.objects` but `bucket_id` and `path_tokens`. Timestamps are
 * ISO 8601 in UTC, with microseconds from the database and milliseconds from the API. Columns newer than this toolkit
 * are kept. From the API, `version`, `user_metadata` and the owner are absent until the object is looked at.
 */
export const objectRowSchema = z.looseObject({
  id: z.string().nullable(),
  name: z.string(),
  version: z.string().nullish(),
  owner: z.string().nullish(),
  owner_id: z.string().nullish(),
  created_at: z.string().nullable(),
  updated_at: z.string().nullable(),
  last_accessed_at: z.string().nullish(),
  metadata: z.unknown().optional(),
  user_metadata: z.unknown().optional(),
  /** The same as the database writes it, where a number in it is more than a JavaScript number can hold. */
  user_metadata_text: z.string().optional(),
  metadata_text: z.string().optional(),
})

export type ObjectRow = z.infer<typeof objectRowSchema>

/**
 * What became of an object of the catalogue:
 * - `ok`: its bytes are in the generation.
 * - `changed-since-snapshot`: overwritten after the snapshot; bytes and columns are those found later.
 * - `deleted-since-snapshot`: gone when it was to be fetched; no bytes.
 * - `unreadable`: the row is there, its bytes cannot be had.
 * - `postponed`: left for a later run by the egress budget.
 * - `stale`: unreadable or postponed, but an older version was archived before: bytes and columns are that version's.
 */
export const objectStates = [
  'ok',
  'changed-since-snapshot',
  'deleted-since-snapshot',
  'unreadable',
  'postponed',
  'stale',
] as const

export type ObjectState = (typeof objectStates)[number]

/** That a service twice sent the same bytes, which are not those the row tells of: of which row, and what it sent. */
const mismatchSchema = z.object({
  version: z.string().nullish(),
  updated_at: z.string().nullish(),
  eTag: z.string().optional(),
  size: z.number().optional(),
  found: z.object({ eTag: z.string().optional(), bytes: z.number(), sha256: z.string() }),
})

export type Mismatch = z.infer<typeof mismatchSchema>

const servedSchema = z.object({ mimetype: z.string().optional(), cacheControl: z.string().optional() })

const archivedFields = {
  state: z.enum(objectStates),
  /** Relative to the bucket's folder; null where there are no bytes. */
  file: z.string().nullable(),
  bytes: z.number().int().nullable(),
  sha256: z.string().nullable(),
  /** Where the state is `unreadable` or `stale` for that reason: it is not fetched again while nothing changes. */
  mismatch: mismatchSchema.optional().catch(undefined),
  /** Where the row tells no content type: how the service sent the object. */
  served: servedSchema.optional().catch(undefined),
}

export const manifestRowSchema = objectRowSchema.extend(archivedFields)

export type ManifestRow = z.infer<typeof manifestRowSchema>

/** A manifest row that has bytes in the generation. */
export type ArchivedRow = ManifestRow & { file: string; bytes: number; sha256: string }

export function isArchived(row: ManifestRow): row is ArchivedRow {
  return row.file !== null && row.bytes !== null && row.sha256 !== null
}

/** Size, ETag and content headers of an object, from its row. */
export function attributesOf(row: Pick<ObjectRow, 'metadata'>): ObjectAttributes {
  return metadataSchema.safeParse(row.metadata).data ?? {}
}

/** What the service writes into `metadata` itself with every upload. */
export const writtenByService = new Set([
  ...[
    'eTag',
    'size',
    'mimetype',
    'cacheControl',
    'lastModified',
    'contentLength',
    'httpStatusCode',
    'xRobotsTag',
  ],
])

/** What else stands in a row's `metadata`: somebody put it there by SQL. Values as JSON text, numbers to their last digit. */
export function extraMetadata(row: Pick<ObjectRow, 'metadata' | 'metadata_text'>): Record<string, string> {
  const members = row.metadata_text === undefined ? undefined : membersOf(row.metadata_text)
  const { metadata } = row
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return {}
  return Object.fromEntries(
    Object.entries(metadata)
      .filter(([name]) => !writtenByService.has(name))
      .map(([name, value]) => [name, members?.get(name) ?? jsonText(value)]),
  )
}

/** The row's `user_metadata` as JSON text, numbers to their last digit; null and `{}` both mean that there is none. */
export function userMetadataText(row: Pick<ObjectRow, 'user_metadata' | 'user_metadata_text'>): string {
  return row.user_metadata_text ?? jsonText(userMetadataOf(row))
}

/** The row's `user_metadata`, where null and `{}` both mean that there is none. */
export function userMetadataOf(row: Pick<ObjectRow, 'user_metadata'>): unknown {
  return row.user_metadata ?? {}
}

/**
 * A bucket as the catalogue has it. The API tells neither `owner_id` nor `avif_autodetection`; `type` is absent on
 * servers that know one kind only.
 */
export const bucketRowSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  public: z.boolean().nullish(),
  type: z.string().nullish(),
  file_size_limit: z.coerce.number().nullish(),
  allowed_mime_types: z.array(z.string()).nullish(),
  created_at: z.string().nullish(),
  updated_at: z.string().nullish(),
})

export type BucketRow = z.infer<typeof bucketRowSchema>

/** Which objects a backup or a command is about; recorded, so that what was left out is never taken for missing. */
const scopeSchema = z.object({
  /** Globs over `bucket/key`; without any, everything is included. */
  include: z.array(z.string()).optional(),
  exclude: z.array(z.string()).optional(),
  /** `--bucket B`: ids. */
  buckets: z.array(z.string()).optional(),
  /** `--prefix P`: keys starting with any of them, in every bucket asked for. */
  prefixes: z.array(z.string()).optional(),
  /** `--object B/K`: exact names, whatever else is asked for. */
  objects: z.array(z.string()).optional(),
})

export type Scope = z.infer<typeof scopeSchema>

/** `storage/buckets.json` of a generation. */
export const bucketsFileSchema = z.object({
  /** `database`: read in the snapshot. `api`: listed afterwards, without owners and microseconds. */
  source: z.enum(['database', 'api']),
  scope: scopeSchema,
  buckets: z.array(bucketRowSchema),
  /** By bucket id: objects in the manifest, and the bytes archived of them. */
  totals: z.record(z.string(), z.object({ objects: z.number().int(), bytes: z.number() })),
})

export type BucketsFile = z.infer<typeof bucketsFileSchema>
