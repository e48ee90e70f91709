import { toRunError } from '../api/access.ts'
import { bucketDifferences } from '../api/buckets.ts'
import { isArchived } from '../catalogue/rows.ts'
import { compareWithFile } from './compare.ts'
import {
  extraBuckets,
  lookUp,
  openTarget,
  pairObjects,
  selectedBuckets,
  type TargetOptions,
} from './target.ts'
import { isUnrestored } from './unrestored.ts'

/** What a restore would do to a target. */
export interface StoragePreview {
  bucketsToCreate: string[]
  /** With the attributes that differ. */
  bucketsToChange: { id: string; attributes: string[] }[]
  bucketsToRemove: string[]
  objectsToSend: number
  bytesToSend: number
  /** Objects whose metadata alone differs. */
  objectsToRewrite: number
  objectsToRemove: number
  objectsSame: number
  /** Objects of the backup without bytes: nothing can be done about them. */
  objectsWithoutBytes: number
  /** The first names of each kind. */
  examples: { send: string[]; rewrite: string[]; remove: string[] }
}

const examplesKept = 20

/** Compares a target with the backup and changes nothing. */
export async function previewStorage(options: TargetOptions): Promise<StoragePreview> {
  const target = await openTarget(options)
  const preview: StoragePreview = {
    bucketsToCreate: [],
    bucketsToChange: [],
    bucketsToRemove: extraBuckets(target).map(({ id }) => id),
    objectsToSend: 0,
    bytesToSend: 0,
    objectsToRewrite: 0,
    objectsToRemove: 0,
    objectsSame: 0,
    objectsWithoutBytes: 0,
    examples: { send: [], rewrite: [], remove: [] },
  }
  const remember = (kind: keyof StoragePreview['examples'], name: string) => {
    if (preview.examples[kind].length < examplesKept) preview.examples[kind].push(name)
  }
  try {
    for (const bucket of selectedBuckets(target)) {
      const found = target.buckets.find(({ id }) => id === bucket.id)
      const attributes = found ? bucketDifferences(bucket, found) : []
      if (found === undefined) preview.bucketsToCreate.push(bucket.id)
      else if (attributes.length > 0) preview.bucketsToChange.push({ id: bucket.id, attributes })
      for await (const [row, listed] of pairObjects(target, bucket.id)) {
        target.signal.throwIfAborted()
        const name = `${bucket.id}/${row?.name ?? listed?.name}`
        if (row === undefined) {
          if (isUnrestored(listed.version)) continue
          preview.objectsToRemove += 1
          remember('remove', name)
        } else if (!isArchived(row)) preview.objectsWithoutBytes += 1
        else {
          const has = listed && (await lookUp(target, bucket.id, listed))
          const difference = await compareWithFile(row, has, target.layout.object(bucket.id, row.file))
          if (difference === 'same') preview.objectsSame += 1
          else if (difference === 'bytes') {
            preview.objectsToSend += 1
            preview.bytesToSend += row.bytes
            remember('send', name)
          } else {
            preview.objectsToRewrite += 1
            remember('rewrite', name)
          }
        }
      }
    }
    for (const { id } of extraBuckets(target))
      for await (const row of target.objects(id)) {
        preview.objectsToRemove += 1
        remember('remove', `${id}/${row.name}`)
      }
    return preview
  } catch (error) {
    throw toRunError(error)
  } finally {
    await target.close()
  }
}
