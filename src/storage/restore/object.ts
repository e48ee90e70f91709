import { z } from 'zod'
import type { ProgressPart } from '../../common/progress.ts'
import { HttpError } from '../../http/error.ts'
import { toRunError } from '../api/access.ts'
import type { BucketRestore } from '../api/buckets.ts'
import { rewriteMetadata } from '../api/metadata.ts'
import { isRounded } from '../catalogue/json-text.ts'
import { type ArchivedRow, attributesOf, type ObjectRow } from '../catalogue/rows.ts'
import { exceedsHeader, sameExtraMetadata, wantedAttributes } from './attributes.ts'
import { compareWithFile, type Difference } from './compare.ts'
import { isSafeToReplace } from './prune-target-objects.ts'
import type { RestoreRun } from './run.ts'
import { lookUp } from './target.ts'
import { uploadObject } from './upload.ts'

/** Below this a request takes one go; above, a broken connection costs too much to begin anew. */
const defaultTusThreshold = 6_000_000

interface Work {
  bucket: string
  row: ArchivedRow
  /** The target's row, if it has the object. */
  has: ObjectRow | undefined
  restore: BucketRestore
  /** Its bucket's. */
  part: ProgressPart
}

/** Makes one object of the target what the backup has, and counts how. Only what concerns the whole run throws. */
export async function restoreObject(run: RestoreRun, work: Work): Promise<void> {
  const { outcomes, breaker, target } = run
  const name = `${work.bucket}/${work.row.name}`
  try {
    const has = work.has && (await lookUp(target, work.bucket, work.has))
    const path = target.layout.object(work.bucket, work.row.file)
    const difference = await compareWithFile(work.row, has, path)
    if (
      difference !== 'same' &&
      has &&
      !(await isSafeToReplace(target.client, work.bucket, has, run.options.database))
    )
      outcomes.add('unsafe', name)
    else {
      outcomes.add(await bring(run, { ...work, has }, difference, path), name)
      if (isIncomplete(work.row)) outcomes.add('metadata-completed', name)
      if (!run.fixups) nameUnset(run, work.row, difference === 'bytes' ? undefined : has, name)
      if (run.fixups && (difference !== 'same' || !has || run.fixups.differing(work.row, has).length > 0))
        await run.fixups.add(work.bucket, work.row)
    }
    breaker.succeeded()
    target.limit.succeeded()
  } catch (error) {
    if (!(error instanceof HttpError) || error.kind === 'unauthorized') throw toRunError(error)
    if (error.retryable) await breaker.failed(error)
    run.options.log.warn(`not restored: ${error.message}`)
    outcomes.add(error.retryable ? 'failed' : 'refused', name)
  } finally {
    work.part.add(1)
  }
}

/**
 * Whether SQL changed what the service had written into a row: its `metadata` null, empty, a list, or of another size than the bytes
 * have, or one that is text.
 */
function isIncomplete(row: ArchivedRow): boolean {
  const { eTag, size, mimetype } = attributesOf(row)
  if (eTag === undefined || size === undefined || mimetype === undefined) return true
  return sizeSchema.safeParse(row.metadata).data?.size !== row.bytes
}

const sizeSchema = z.object({ size: z.unknown() })

/** What no request can carry, and SQL is not there to set. */
function nameUnset({ outcomes }: RestoreRun, row: ArchivedRow, has: ObjectRow | undefined, name: string) {
  const asSent = has ?? { ...row, metadata: {}, metadata_text: undefined }
  if (!sameExtraMetadata(row, asSent)) outcomes.add('metadata-unset', name)
  if (row.user_metadata_text !== undefined && isRounded(row.user_metadata_text))
    outcomes.add('user-metadata-rounded', name)
}

async function bring(run: RestoreRun, work: Work, difference: Difference, path: string) {
  const { bucket, row, restore } = work
  const { client } = run.target
  const wanted = wantedAttributes(row)
  const name = `${bucket}/${row.name}`
  switch (difference) {
    case 'same':
      return 'same'
    case 'bytes': {
      await restore.lift(client)
      const tusThreshold = run.options.tusThreshold ?? defaultTusThreshold
      const unset = await uploadObject(client, { bucket, row, path, tusThreshold })
      run.counts.bytesSent += row.bytes
      work.part.add(0, row.bytes)
      for (const attribute of unset)
        if (attribute === 'robots' || !run.fixups) run.outcomes.add(`${attribute}-unset`, name)
      return 'sent'
    }
    case 'headers':
      await rewriteMetadata(client, bucket, row.name, wanted)
      if (exceedsHeader(wanted) && !run.fixups) run.outcomes.add('user-metadata-unset', name)
      return 'rewritten'
    case 'user-metadata':
      // SQL sets it without making a new version.
      if (run.fixups) return 'rewritten'
      if (exceedsHeader(wanted)) run.outcomes.add('user-metadata-unset', name)
      else await rewriteMetadata(client, bucket, row.name, wanted)
      return 'rewritten'
  }
}
