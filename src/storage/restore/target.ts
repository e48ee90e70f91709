import type pg from 'pg'
import type { HttpClient } from '../../http/client.ts'
import type { AdaptiveLimit } from '../../http/concurrency.ts'
import { HttpError } from '../../http/error.ts'
import { toRunError } from '../api/access.ts'
import { type ConnectionOptions, openConnection } from '../api/connection.ts'
import { readInfo } from '../api/info.ts'
import { readBuckets, readObjects } from '../catalogue/catalogue.ts'
import { listBuckets, listObjects } from '../catalogue/from-api.ts'
import { type StorageLayout, storageLayout } from '../catalogue/layout.ts'
import { readBucketsFile, readManifestRowsIfAny } from '../catalogue/manifests.ts'
import { mergeJoin, none } from '../catalogue/merge-join.ts'
import type { BucketRow, BucketsFile, ObjectRow, Scope } from '../catalogue/rows.ts'
import { createSelection, intersect, type Selection } from '../catalogue/select.ts'

/** Where to, and what of it: shared by restore, preview and verification. */
export interface TargetOptions extends ConnectionOptions {
  generation: string
  /**
   * The target's database, on a connection that nobody else uses meanwhile. With it, rows are read in full and what
   * the API cannot set is set; without it, through the API alone.
   */
  database?: pg.ClientBase | undefined
  /** What of the backup; default: all it holds. */
  scope?: Scope | undefined
}

/** A backup beside a target. */
export interface Target {
  backup: BucketsFile
  layout: StorageLayout
  generation: string
  client: HttpClient
  limit: AdaptiveLimit
  /** What both the backup holds and the command wants. */
  selection: Selection
  /** The target's buckets as they are now. */
  buckets: BucketRow[]
  /** Streams the target's objects of a bucket, in byte order. Through the API, `user_metadata` and `version` are undefined. */
  objects(bucket: string): AsyncGenerator<ObjectRow>
  /** Whether the rows come from the database. */
  full: boolean
  signal: AbortSignal
  /** Ends the work with the reason given. */
  failure: AbortController
  close(): Promise<void>
}

/**
 * The selected objects of one bucket in the backup and at the target, side by side in byte order. A bucket that one of
 * them does not have counts as empty there.
 */
export async function* pairObjects(target: Target, bucket: string) {
  const selected = (row: { name: string }) => target.selection.object(bucket, row.name)
  const has = target.buckets.some(({ id }) => id === bucket)
  yield* mergeJoin(
    filter(readManifestRowsIfAny(target.generation, bucket), selected),
    has ? filter(target.objects(bucket), selected) : none<ObjectRow>(),
  )
}

async function* filter<Row>(rows: AsyncIterable<Row>, keep: (row: Row) => boolean): AsyncGenerator<Row> {
  for await (const row of rows) if (keep(row)) yield row
}

/** The backup's buckets that are selected. */
export function selectedBuckets(target: Target): BucketRow[] {
  return target.backup.buckets.filter(({ id }) => target.selection.bucket(id))
}

/** How many objects the backup has in them; where only some of a bucket's are selected, there are fewer. */
export function selectedObjects(target: Target): number {
  const { totals } = target.backup
  return selectedBuckets(target).reduce((sum, { id }) => sum + (totals[id]?.objects ?? 0), 0)
}

/** The target's buckets that the backup does not have; none where only a part of it is looked at. */
export function extraBuckets(target: Target): BucketRow[] {
  if (!target.selection.everything) return []
  return target.buckets.filter(({ id }) => !target.backup.buckets.some((bucket) => bucket.id === id))
}

/** A listing tells no user metadata and no version, so an object found by one is looked up; undefined when it is gone. */
export async function lookUp(target: Target, bucket: string, has: ObjectRow): Promise<ObjectRow | undefined> {
  if (target.full) return has
  try {
    return await target.client.retrying(() => readInfo(target.client, bucket, has))
  } catch (error) {
    if (error instanceof HttpError && error.kind === 'missing') return undefined
    throw error
  }
}

/** Reads what the backup holds, connects to the target and lists its buckets. */
export async function openTarget(options: TargetOptions): Promise<Target> {
  const { generation, database } = options
  const backup = await readBucketsFile(generation)
  const { client, limit, signal, failure } = openConnection(options)
  try {
    // Asked of the service even where the database tells more: it proves that the service lives and takes the key.
    const listed = await listBuckets(client)
    return {
      backup,
      layout: storageLayout(generation),
      generation,
      client,
      limit,
      selection: intersect(createSelection(backup.scope), createSelection(options.scope ?? {})),
      buckets: database ? await readBuckets(database) : listed,
      objects: (bucket) => (database ? readObjects(database, bucket) : listObjects(client, bucket)),
      full: database !== undefined,
      signal,
      failure,
      close: () => client.close(),
    }
  } catch (error) {
    await client.close()
    throw toRunError(error)
  }
}
