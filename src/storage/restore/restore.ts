import type { ComponentResult } from '../../common/findings.ts'
import { createProgress } from '../../common/progress.ts'
import { createCircuitBreaker } from '../../http/circuit-breaker.ts'
import { toRunError } from '../api/access.ts'
import { type BucketRestore, createBucketRestore } from '../api/buckets.ts'
import { createStorageClient } from '../api/client.ts'
import { serviceDown } from '../api/error.ts'
import { listBuckets } from '../catalogue/from-api.ts'
import { type BucketRow, isArchived, type ObjectRow } from '../catalogue/rows.ts'
import { restoreObject } from './object.ts'
import { createOutcomes } from './outcomes.ts'
import { pruneTargetObjects } from './prune-target-objects.ts'
import { restoreResult } from './result.ts'
import type { RestoreOptions, RestoreRun } from './run.ts'
import { fixBucket, openSqlFixups } from './sql-fixups.ts'
import { extraBuckets, openTarget, pairObjects, selectedObjects, type Target } from './target.ts'
import { isUnrestored } from './unrestored.ts'

/** Objects deleted at a time. */
const prunedAtOnce = 500

/**
 * Makes the target's Storage equal to the backup: buckets with all their attributes, objects sent where bytes differ and
 * rewritten in place where only metadata does, what only the target has is removed. What is right already is not touched, so a restore that
 * was broken off simply goes on when repeated, and a second one sends nothing. Where the target's database was restored
 * before, its rows must have been reconciled (`reconcileRows`).
 *
 * @throws BackupError when the restore as a whole cannot go on.
 */
export async function restoreStorage(options: RestoreOptions): Promise<ComponentResult> {
  const started = performance.now()
  const { database } = options
  const target = await openTarget(options)
  const run = await openRun(target, options)
  const buckets = target.backup.buckets
    .filter(({ id }) => target.selection.bucket(id))
    .map((row) => ({
      row,
      restore: createBucketRestore(
        row,
        target.buckets.find(({ id }) => id === row.id),
      ),
    }))
  try {
    for (const { row, restore } of buckets) await restoreBucket(run, row, restore)
    if (!options.keepExtra) for (const row of extraBuckets(target)) await removeBucket(run, row)
    await Promise.all(run.tasks)
    for (const { row, restore } of buckets) {
      await restore.finish(target.client)
      if (database && target.backup.source === 'database') await fixBucket(database, row)
    }
    await run.fixups?.close()
    return restoreResult(run, (performance.now() - started) / 1000)
  } catch (error) {
    target.failure.abort(error)
    await Promise.allSettled(run.tasks)
    await setLimitsBack(
      options,
      buckets.map(({ restore }) => restore),
    )
    throw toRunError(target.signal.reason ?? error)
  } finally {
    run.progress.end()
    await target.close()
  }
}

async function openRun(target: Target, options: RestoreOptions): Promise<RestoreRun> {
  return {
    target,
    options,
    fixups: options.database && (await openSqlFixups(options.database, target.backup.source === 'api')),
    outcomes: createOutcomes(),
    counts: { bytesSent: 0, buckets: 0 },
    breaker: createCircuitBreaker({ threshold: 20, probe: () => listBuckets(target.client), serviceDown }),
    progress: createProgress(options.log, 'storage', {
      component: 'storage',
      unit: 'objects',
      total: selectedObjects(target),
      retries: () => target.client.counts.retries,
    }),
    tasks: new Set(),
  }
}

/** Queues work; waits only for room. Whatever makes it fail ends the restore. */
async function start(run: RestoreRun, work: () => Promise<unknown>): Promise<void> {
  run.target.signal.throwIfAborted()
  const { result } = await run.target.limit.submit(work)
  run.tasks.add(result)
  result.then(
    () => run.tasks.delete(result),
    (error) => run.target.failure.abort(error),
  )
}

async function restoreBucket(run: RestoreRun, row: BucketRow, restore: BucketRestore): Promise<void> {
  const { target, options, outcomes } = run
  await restore.prepare(target.client)
  run.counts.buckets += 1
  const part = run.progress.part(row.id, target.backup.totals[row.id]?.objects ?? 0)
  let planned = 0
  let unwanted: ObjectRow[] = []
  const pruneObjects = async (batch: readonly ObjectRow[]) => {
    await start(run, () => removeObjects(run, row.id, batch))
  }
  for await (const [object, has] of pairObjects(target, row.id)) {
    if (object === undefined) {
      if (options.keepExtra) outcomes.add('kept', `${row.id}/${has.name}`)
      // Restored with the database, but not archived: nothing to bring, nothing to take away.
      else if (isUnrestored(has.version)) outcomes.add('without-bytes', `${row.id}/${has.name}`)
      else unwanted.push(has)
      if (unwanted.length < prunedAtOnce) continue
      await pruneObjects(unwanted)
      unwanted = []
      continue
    }
    planned += 1
    if (isArchived(object))
      await start(run, () => restoreObject(run, { bucket: row.id, row: object, has, restore, part }))
    else {
      outcomes.add('without-bytes', `${row.id}/${object.name}`)
      part.add(1)
    }
  }
  part.total(planned)
  if (unwanted.length > 0) await pruneObjects(unwanted)
}

async function removeObjects(run: RestoreRun, bucket: string, rows: readonly ObjectRow[]): Promise<void> {
  const left = new Set(await pruneTargetObjects(run.target.client, bucket, rows, run.options.database))
  for (const { name } of rows)
    run.outcomes.add(left.has(name) ? 'not-removed' : 'removed', `${bucket}/${name}`)
}

async function removeBucket(run: RestoreRun, bucket: BucketRow): Promise<void> {
  const { target, outcomes } = run
  let batch: ObjectRow[] = []
  for await (const row of target.objects(bucket.id)) {
    batch.push(row)
    if (batch.length < prunedAtOnce) continue
    await removeObjects(run, bucket.id, batch)
    batch = []
  }
  if (batch.length > 0) await removeObjects(run, bucket.id, batch)
  try {
    await target.client.retrying(async () => {
      const path = `/bucket/${encodeURIComponent(bucket.id)}`
      await (await target.client.send({ method: 'DELETE', path })).whole()
    })
    outcomes.add('bucket-removed', bucket.id)
  } catch (error) {
    if (outcomes.count('not-removed') === 0) throw error
    outcomes.add('bucket-not-removed', bucket.id)
  }
}

/** After a failure, on a connection of its own, since the restore's is closed by then: no bucket is left without its limits. */
async function setLimitsBack(options: RestoreOptions, buckets: readonly BucketRestore[]): Promise<void> {
  const client = createStorageClient({
    endpoint: options.endpoint,
    connections: 1,
    retry: { retries: 1 },
    stallMs: 10_000,
  })
  try {
    for (const bucket of buckets) await bucket.finish(client)
  } catch (error) {
    options.log.warn(
      `bucket limits could not be set back (${error instanceof Error ? error.message : error}); restoring again does`,
    )
  } finally {
    await client.close()
  }
}
