import { statSync } from 'node:fs'
import type { Log } from '../../common/log.ts'
import { readCatalogue, readCatalogueRows } from '../catalogue/catalogue.ts'
import { storageLayout } from '../catalogue/layout.ts'
import { readPreviousRows } from '../catalogue/manifests.ts'
import { mergeJoin } from '../catalogue/merge-join.ts'
import { attributesOf, isArchived, type Scope } from '../catalogue/rows.ts'
import { createSelection, intersect } from '../catalogue/select.ts'
import { refuseUnmetInProject } from '../catalogue/wishes.ts'
import { sameContent } from './reuse.ts'

/** What a backup would do with one bucket, or with all. */
export interface StorageEstimate {
  objects: number
  bytes: number
  objectsToFetch: number
  bytesToFetch: number
  objectsToReuse: number
  bytesToReuse: number
  /** Objects to fetch whose row tells no size; they are not in `bytesToFetch`. */
  objectsOfUnknownSize: number
}

/**
 * What a backup would fetch and what it would take from the previous generation, without asking the service for
 * anything.
 *
 * @param options.catalogue - a folder that `writeCatalogue` filled.
 */
export async function estimateStorage(options: {
  catalogue: string
  previous?: string | undefined
  scope?: Scope | undefined
  /** What of that would be fetched; only this is estimated. */
  fetch?: Scope | undefined
  log: Log
  signal?: AbortSignal | undefined
}): Promise<{ total: StorageEstimate; buckets: Record<string, StorageEstimate> }> {
  const { catalogue, previous } = options
  const selection = intersect(createSelection(options.scope ?? {}), createSelection(options.fetch ?? {}))
  const layout = previous === undefined ? undefined : storageLayout(previous)
  const total = nothing()
  const buckets: Record<string, StorageEstimate> = {}
  const listed = await readCatalogue(catalogue)
  await refuseUnmetInProject(catalogue, listed, options.fetch ?? {})
  for (const { row: bucket } of listed.buckets) {
    if (!selection.bucket(bucket.id)) continue
    const estimate = nothing()
    const rows = readCatalogueRows(catalogue, bucket.id)
    for await (const [row, before] of mergeJoin(rows, readPreviousRows(previous, bucket.id, options.log))) {
      options.signal?.throwIfAborted()
      if (row === undefined || !selection.object(bucket.id, row.name)) continue
      const { size } = attributesOf(row)
      const reusable =
        layout !== undefined &&
        before !== undefined &&
        isArchived(before) &&
        sameContent(row, before) &&
        statSync(layout.object(bucket.id, before.file), { throwIfNoEntry: false })?.size === before.bytes
      for (const sum of [estimate, total]) add(sum, size, reusable)
    }
    buckets[bucket.id] = estimate
  }
  return { total, buckets }
}

function nothing(): StorageEstimate {
  return {
    objects: 0,
    bytes: 0,
    objectsToFetch: 0,
    bytesToFetch: 0,
    objectsToReuse: 0,
    bytesToReuse: 0,
    objectsOfUnknownSize: 0,
  }
}

function add(sum: StorageEstimate, size: number | undefined, reusable: boolean): void {
  sum.objects += 1
  sum.bytes += size ?? 0
  sum[reusable ? 'objectsToReuse' : 'objectsToFetch'] += 1
  sum[reusable ? 'bytesToReuse' : 'bytesToFetch'] += size ?? 0
  if (!reusable && size === undefined) sum.objectsOfUnknownSize += 1
}
