import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { type HttpClient, jsonExchange } from '../../http/client.ts'
import type { BucketRow } from '../catalogue/rows.ts'

/** What the API can set of a bucket. */
interface BucketAttributes {
  public: boolean
  file_size_limit: number | null
  allowed_mime_types: string[] | null
}

function attributesOfBucket(row: BucketRow): BucketAttributes {
  return {
    public: row.public ?? false,
    file_size_limit: row.file_size_limit ?? null,
    // An empty list is not the same as none: resumable uploads of any declared type are refused by it.
    allowed_mime_types: row.allowed_mime_types ?? null,
  }
}

/** The attributes in which two buckets differ. Times say nothing: the service does not move `updated_at` of a bucket. */
export function bucketDifferences(wanted: BucketRow, found: BucketRow): string[] {
  const want = attributesOfBucket(wanted)
  const has = attributesOfBucket(found)
  return [
    ...(wanted.name === found.name ? [] : ['name']),
    ...(['public', 'file_size_limit', 'allowed_mime_types'] as const).filter(
      (attribute) => !isDeepStrictEqual(want[attribute], has[attribute]),
    ),
  ]
}

/** Brings one bucket of the target to the backup's attributes, without its limits being in the way of the objects. */
export interface BucketRestore {
  /** Creates the bucket if it is missing, without limits. */
  prepare(client: HttpClient): Promise<void>
  /** Takes away limits that could refuse an object of the backup; they may be newer than the object. Once. */
  lift(client: HttpClient): Promise<void>
  /** Gives the bucket the backup's attributes, whatever was lifted. */
  finish(client: HttpClient): Promise<void>
}

/** Not by supabase-js, which takes the id for the name too, and does not escape it: see docs/explanation/design.md. */
export function createBucketRestore(wanted: BucketRow, found: BucketRow | undefined): BucketRestore {
  const want = attributesOfBucket(wanted)
  let has: BucketAttributes | undefined = found && attributesOfBucket(found)
  let lifting: Promise<void> | undefined
  const path = `/bucket/${encodeURIComponent(wanted.id)}`
  const put = async (client: HttpClient, attributes: BucketAttributes) => {
    await client.call(jsonExchange('PUT', path, attributes), z.unknown())
    has = attributes
  }
  const unlimited = { public: want.public, file_size_limit: null, allowed_mime_types: null }
  return {
    async prepare(client) {
      if (has !== undefined) return
      const type = wanted.type === undefined || wanted.type === null ? {} : { type: wanted.type }
      await client.call(
        jsonExchange('POST', '/bucket', { id: wanted.id, name: wanted.name, ...type, ...unlimited }),
        z.unknown(),
      )
      has = unlimited
    },
    lift(client) {
      lifting ??=
        has?.file_size_limit === null && has.allowed_mime_types === null
          ? Promise.resolve()
          : put(client, { ...unlimited, public: has?.public ?? want.public })
      return lifting
    },
    async finish(client) {
      await lifting?.catch(() => {})
      if (has !== undefined && !isDeepStrictEqual(has, want)) await put(client, want)
    },
  }
}
