import { createHash } from 'node:crypto'
import { createProgress, type ProgressPart } from '../../common/progress.ts'
import type { HttpClient } from '../../http/client.ts'
import { HttpError } from '../../http/error.ts'
import { toRunError } from '../api/access.ts'
import { bucketDifferences } from '../api/buckets.ts'
import { encodeKey } from '../api/client.ts'
import { bareETag } from '../api/digests.ts'
import { isETagOfFile } from '../api/etag.ts'
import {
  type ArchivedRow,
  attributesOf,
  type BucketRow,
  isArchived,
  type ObjectRow,
} from '../catalogue/rows.ts'
import { sameExtraMetadata, sameRobots, sameUserMetadata, wantedAttributes } from '../restore/attributes.ts'
import { comparable } from '../restore/sql-fixups.ts'
import {
  extraBuckets,
  lookUp,
  openTarget,
  pairObjects,
  selectedBuckets,
  selectedObjects,
  type Target,
  type TargetOptions,
} from '../restore/target.ts'
import { isUnrestored } from '../restore/unrestored.ts'
import { type BytesCheck, parseBytesCheck } from './bytes-check.ts'
import { createDifferences, type Differences, type StorageVerification } from './differences.ts'

export interface VerifyOptions extends TargetOptions {
  /** Whose bytes are downloaded and hashed: see `parseBytesCheck`. Default: none. */
  verifyBytes?: string | undefined
  /** Objects and buckets that the backup does not have are not counted as differences. */
  keepExtra?: boolean | undefined
}

/**
 * Compares a target with the backup: every bucket with its attributes, every object with size, ETag, content type,
 * cache control, robots tag and user metadata, nothing more and nothing less. Where an ETag cannot be proved to stand
 * for the archived bytes, and for the objects asked for, the bytes themselves are fetched and hashed.
 */
export async function verifyStorage(options: VerifyOptions): Promise<StorageVerification> {
  const target = await openTarget(options)
  const differences = createDifferences()
  const counts = { buckets: 0, objects: 0, objectsHashed: 0, bytesHashed: 0, objectsWithoutBytes: 0 }
  const progress = createProgress(options.log, 'storage verification', {
    component: 'storage',
    unit: 'objects',
    total: selectedObjects(target),
    retries: () => target.client.counts.retries,
  })
  const wantsBytes = parseBytesCheck(options.verifyBytes ?? 'none')
  const tasks = new Set<Promise<unknown>>()
  const verification = {
    target,
    differences,
    counts,
    wantsBytes,
    keepExtra: options.keepExtra ?? false,
    tasks,
  }
  try {
    if (!options.keepExtra) for (const { id } of extraBuckets(target)) differences.add('bucket-extra', id)
    for (const bucket of selectedBuckets(target)) {
      counts.buckets += 1
      verifyBucketAttributes(verification, bucket)
      await verifyBucketObjects(
        verification,
        bucket,
        progress.part(bucket.id, target.backup.totals[bucket.id]?.objects ?? 0),
      )
    }
    await Promise.all(tasks)
    return differences.result({ ...counts, requests: target.client.counts.requests })
  } catch (error) {
    target.failure.abort(error)
    await Promise.allSettled(tasks)
    throw toRunError(target.signal.reason ?? error)
  } finally {
    progress.end()
    await target.close()
  }
}

interface Verification {
  target: Target
  differences: Differences
  counts: { objects: number; objectsWithoutBytes: number; objectsHashed: number; bytesHashed: number }
  wantsBytes: BytesCheck
  keepExtra: boolean
  /** Comparisons under way. */
  tasks: Set<Promise<unknown>>
}

function verifyBucketAttributes({ target, differences }: Verification, bucket: BucketRow): void {
  const found = target.buckets.find(({ id }) => id === bucket.id)
  if (found === undefined) differences.add('bucket-missing', bucket.id)
  else
    for (const attribute of [
      ...bucketDifferences(bucket, found),
      ...columnDifferences(target, bucket, found),
    ])
      differences.add('bucket-attributes', bucket.id, attribute)
}

/** Columns that policies and people's own queries go by, and that only the database tells. */
const ownColumns = ['owner', 'owner_id', 'created_at'] as const

/** In which of them two rows differ, where both come from a database. */
function columnDifferences(
  target: Target,
  wanted: ObjectRow | BucketRow,
  found: ObjectRow | BucketRow,
): string[] {
  if (!target.full || target.backup.source === 'api') return []
  return ownColumns.filter(
    (column) =>
      column in wanted && column in found && comparable(wanted[column]) !== comparable(found[column]),
  )
}

/** Pairs the objects of the backup with those of the target; what has both is compared as the service bears it. */
async function verifyBucketObjects(
  verification: Verification,
  bucket: BucketRow,
  part: ProgressPart,
): Promise<void> {
  const { target, differences, counts, tasks } = verification
  let planned = 0
  for await (const [row, has] of pairObjects(target, bucket.id)) {
    target.signal.throwIfAborted()
    if (row === undefined) {
      if (!verification.keepExtra && !isUnrestored(has.version))
        differences.add('object-extra', `${bucket.id}/${has.name}`)
      continue
    }
    planned += 1
    if (!isArchived(row)) {
      counts.objectsWithoutBytes += 1
      part.add(1)
      continue
    }
    counts.objects += 1
    const { result } = await target.limit.submit(() => verifyObject(verification, bucket.id, row, has))
    tasks.add(result)
    result.then(
      (bytes) => {
        tasks.delete(result)
        part.add(1, bytes)
      },
      (error) => target.failure.abort(error),
    )
  }
  part.total(planned)
}

/** @returns bytes fetched. */
async function verifyObject(
  { target, differences, counts, wantsBytes }: Verification,
  bucket: string,
  row: ArchivedRow,
  listed: ObjectRow | undefined,
): Promise<number> {
  const name = `${bucket}/${row.name}`
  const has = listed && (await lookUp(target, bucket, listed))
  if (has === undefined || isUnrestored(has.version)) {
    differences.add('object-missing', name)
    return 0
  }
  compareAttributes(differences, name, row, has)
  for (const column of columnDifferences(target, row, has))
    differences.add(
      'object-column',
      name,
      `${column}: ${has[column] ?? null} instead of ${row[column] ?? null}`,
    )
  const { size, eTag } = attributesOf(has)
  if (size !== row.bytes) {
    differences.add('bytes', name, `${size} bytes instead of ${row.bytes}`)
    return 0
  }
  const path = target.layout.object(bucket, row.file)
  if (!wantsBytes(bucket, row.name) && (await provesBytes(eTag, row, path))) return 0
  counts.objectsHashed += 1
  counts.bytesHashed += row.bytes
  const sha256 = await target.client
    .retrying(() => hashObject(target.client, bucket, row))
    .catch((error: unknown) => {
      if (error instanceof HttpError && error.kind !== 'unauthorized') return error.message
      throw error
    })
  if (sha256 !== row.sha256) differences.add('bytes', name, `SHA-256 ${sha256} instead of ${row.sha256}`)
  return row.bytes
}

/** Whether the target's ETag stands for the archived bytes: it is the origin's, or can be computed from the file. */
async function provesBytes(eTag: string | undefined, row: ArchivedRow, path: string): Promise<boolean> {
  if (eTag === undefined) return false
  return bareETag(eTag) === bareETag(attributesOf(row).eTag) || (await isETagOfFile(eTag, path, row.bytes))
}

function compareAttributes(differences: Differences, name: string, row: ArchivedRow, has: ObjectRow): void {
  const wanted = wantedAttributes(row)
  const found = attributesOf(has)
  if (wanted.mimetype !== undefined && wanted.mimetype !== found.mimetype)
    differences.add('mimetype', name, `${found.mimetype} instead of ${wanted.mimetype}`)
  if (wanted.cacheControl && wanted.cacheControl !== found.cacheControl)
    differences.add('cache-control', name, `${found.cacheControl} instead of ${wanted.cacheControl}`)
  if (!sameRobots(row, has)) differences.add('robots-tag', name)
  if (!sameExtraMetadata(row, has)) differences.add('metadata', name)
  if (!sameUserMetadata(row, has)) differences.add('user-metadata', name)
}

async function hashObject(client: HttpClient, bucket: string, row: ArchivedRow): Promise<string> {
  const answer = await client.send({
    method: 'GET',
    path: `/object/authenticated/${encodeURIComponent(bucket)}/${encodeKey(row.name)}`,
    expectedBytes: row.bytes,
  })
  const hash = createHash('sha256')
  await answer.each((chunk) => {
    hash.update(chunk)
    return undefined
  })
  return hash.digest('hex')
}
