import { rm } from 'node:fs/promises'
import { BackupError } from '../../common/errors.ts'
import { writeFileAtomic } from '../../common/files.ts'
import type { ComponentResult } from '../../common/findings.ts'
import { createFileNamer } from '../api/keys.ts'
import { type CataloguedBucket, readCatalogueRows } from '../catalogue/catalogue.ts'
import { readPreviousRows } from '../catalogue/manifests.ts'
import { mergeJoin } from '../catalogue/merge-join.ts'
import { type BucketsFile, isArchived, type ManifestRow, type ObjectRow } from '../catalogue/rows.ts'
import { orDiskFull } from './disk-full.ts'
import { fetchObject, type WantedObject } from './fetch-object.ts'
import { bringDisplaced, isDisplaced } from './moved.ts'
import { createOrderedWriter } from './ordered-writer.ts'
import { totalOf } from './outcomes.ts'
import { failedMirror, mirrorResult } from './result.ts'
import { reuseFile, sameContent } from './reuse.ts'
import { type MirrorOptions, type MirrorRun, openMirrorRun } from './run.ts'

/**
 * Brings every object of the catalogue into the generation: what did not change as a hard link to the previous
 * generation's file, the rest from the service; and writes the manifests. Every object of the catalogue ends in exactly
 * one state, which is checked before this returns. Call `writeCatalogue` first; without a catalogue in the generation,
 * one is listed through the API.
 *
 * @throws BackupError when the run as a whole cannot go on: key refused, service down, disk full, interrupted.
 */
export async function mirrorStorage(options: MirrorOptions): Promise<ComponentResult> {
  const started = performance.now()
  const run = await openMirrorRun(options)
  try {
    const written = await mirrorBuckets(run)
    for (const { bucket, row } of await bringDisplaced(run)) settle(run, bucket, row)
    checkCounts(run, written)
    await writeBucketsFile(run)
    await rm(run.archive.layout.catalogue, { recursive: true })
    await rm(run.archive.layout.partial, { recursive: true })
    return mirrorResult(run, (performance.now() - started) / 1000)
  } catch (error) {
    options.onFailure?.(failedMirror(run, (performance.now() - started) / 1000))
    throw orDiskFull(run.failure.signal.aborted ? run.failure.signal.reason : error)
  } finally {
    await run.close()
  }
}

/** @returns the number of manifest rows written. */
async function mirrorBuckets(run: MirrorRun): Promise<number> {
  const buckets = run.catalogue.buckets.filter(({ row }) => run.selection.bucket(row.id))
  // The rows of a bucket may still be on their way while the next bucket is begun: many small buckets cost no more.
  const manifests: Promise<number>[] = []
  try {
    for (const bucket of buckets) {
      const manifest = await mirrorBucket(run, bucket)
      manifests.push(manifest.rows)
      manifest.rows.catch(() => {})
    }
    const counts = await Promise.all(manifests)
    return counts.reduce((sum, count) => sum + count, 0)
  } finally {
    run.progress.end()
    await Promise.allSettled(run.tasks)
    await Promise.allSettled(manifests)
  }
}

/** Plans one bucket in byte order; resolves when all its objects are planned, with the promise of its manifest. */
async function mirrorBucket(run: MirrorRun, bucket: CataloguedBucket): Promise<{ rows: Promise<number> }> {
  const id = bucket.row.id
  const { layout } = run.archive
  const part = run.progress.part(id, bucket.objects)
  run.parts.set(id, part)
  let planned = 0
  const writer = createOrderedWriter(layout.manifest(id))
  const fileOf = createFileNamer()
  const rows = readCatalogueRows(layout.catalogue, id)
  const previous = readPreviousRows(run.previous, id, run.log)
  try {
    for await (const [row, before] of mergeJoin(rows, previous)) {
      run.signal.throwIfAborted()
      if (row === undefined) run.counts.objectsRemoved += 1
      else if (!run.selection.object(id, row.name)) run.counts.objectsExcluded += 1
      else {
        planned += 1
        const file = fileOf(row.name)
        const reused = reuse(run, id, row, before, file)
        if (reused) await writer.push(reused)
        else await writer.push((await startArchiving(run, { bucket: id, row, file, before })).row)
      }
    }
  } catch (error) {
    run.failure.abort(error)
    writer.close().catch(() => {})
    throw error
  }
  part.total(planned)
  return { rows: writer.close() }
}

/** Queues an object; waits only for room in the queue. Whatever makes this fail ends the run. */
async function startArchiving(run: MirrorRun, wanted: WantedObject): Promise<{ row: Promise<ManifestRow> }> {
  const { result } = await run.limit.submit(() => fetchObject(run.archive, wanted))
  const row = result.then((archived) => {
    run.limit.succeeded()
    if (isDisplaced(wanted.row, archived)) {
      // What becomes of it is known when all others are here.
      run.displaced.push({ wanted, archived })
      return archived
    }
    return settle(run, wanted.bucket, archived)
  })
  run.tasks.add(row)
  row.then(
    () => run.tasks.delete(row),
    (error) => run.failure.abort(error),
  )
  return { row }
}

/** The manifest row of an object that did not change, its file linked; undefined when it must be fetched. */
function reuse(
  run: MirrorRun,
  bucket: string,
  row: ObjectRow,
  before: ManifestRow | undefined,
  file: string,
): ManifestRow | undefined {
  const { archive, counts } = run
  if (archive.previous === undefined || before === undefined || !isArchived(before)) return undefined
  if (!sameContent(row, before)) return undefined
  const target = archive.layout.object(bucket, file)
  archive.directories.forFile(target)
  if (!reuseFile(archive.previous.object(bucket, before.file), target, before.bytes)) {
    run.log.warn(`the archived copy of ${bucket}/${row.name} is missing or damaged: fetching it again`)
    return undefined
  }
  counts.objectsReused += 1
  counts.bytesReused += before.bytes
  const known = archive.weak ? { version: before.version, user_metadata: before.user_metadata } : {}
  const { bytes, sha256, served } = before
  return settle(run, bucket, { ...row, ...known, state: 'ok', file, bytes, sha256, served })
}

function settle(run: MirrorRun, bucket: string, row: ManifestRow): ManifestRow {
  run.outcomes.add(row.state, `${bucket}/${row.name}`)
  if (row.mismatch) run.mismatches.add('mismatch', `${bucket}/${row.name}`)
  const total = run.totals[bucket] ?? { objects: 0, bytes: 0 }
  run.totals[bucket] = { objects: total.objects + 1, bytes: total.bytes + (row.bytes ?? 0) }
  const part = run.parts.get(bucket)
  if (row.state === 'unreadable' || row.state === 'stale') part?.fail(1)
  else part?.add(1)
  return row
}

/** Every object of the catalogue must be accounted for exactly once, in the manifests as in the counts. */
function checkCounts(run: MirrorRun, written: number): void {
  const { outcomes, counts, archive, catalogue } = run
  const planned =
    catalogue.buckets
      .filter(({ row }) => run.selection.bucket(row.id))
      .reduce((sum, bucket) => sum + bucket.objects, 0) - counts.objectsExcluded
  const brought = counts.objectsReused + archive.counts.objectsFetched + archive.counts.objectsSalvaged
  const archived = outcomes.count('ok') + outcomes.count('changed-since-snapshot')
  if (planned === totalOf(outcomes) && written === planned && brought === archived) return
  throw new BackupError({
    code: 'STORAGE_COUNT_MISMATCH',
    message: 'The Storage backup does not add up, so it is not used.',
    detail: `catalogued ${planned}, accounted for ${totalOf(outcomes)}, in manifests ${written}; brought ${brought}, archived ${archived}`,
    suggestion: 'Please report this with the log file.',
    phase: 'storage/mirror',
  })
}

async function writeBucketsFile(run: MirrorRun): Promise<void> {
  const file: BucketsFile = {
    source: run.catalogue.source,
    scope: run.scope,
    buckets: run.catalogue.buckets.map(({ row }) => row).filter(({ id }) => run.selection.bucket(id)),
    totals: run.totals,
  }
  await writeFileAtomic(run.archive.layout.buckets, `${JSON.stringify(file, null, 2)}\n`)
}
