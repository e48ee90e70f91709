import { join } from 'node:path'
import { BackupError } from '../../common/errors.ts'
import { bucketFileName, isSafeFilePath } from '../api/keys.ts'

/** Where Storage lies in a generation. */
export interface StorageLayout {
  root: string
  /** Every bucket with its attributes, and where the list came from. */
  buckets: string
  /** The manifest of one bucket: a row an object, in byte order of the names. */
  manifest(bucket: string): string
  /** The folder of one bucket's bytes. */
  objects(bucket: string): string
  /** An object's bytes, by the `file` of its manifest row. */
  object(bucket: string, file: string): string
  /** Working files of a running mirror: the catalogue and unfinished downloads. Gone when it has ended. */
  catalogue: string
  partial: string
}

export function storageLayout(generation: string): StorageLayout {
  const root = join(generation, 'storage')
  // Asked for every object of a bucket.
  const folders = new Map<string, string>()
  const objects = (bucket: string) => {
    const folder = folders.get(bucket) ?? join(root, 'objects', bucketFileName(bucket))
    folders.set(bucket, folder)
    return folder
  }
  return {
    root,
    buckets: join(root, 'buckets.json'),
    manifest: (bucket) => join(root, 'manifest', `${bucketFileName(bucket)}.jsonl`),
    objects,
    object(bucket, file) {
      if (!isSafeFilePath(file))
        throw new BackupError({
          code: 'STORAGE_MANIFEST_UNSAFE',
          message: `The manifest of bucket "${bucket}" names a file outside of it: ${JSON.stringify(file)}.`,
          suggestion: 'The generation was altered. Choose another archive.',
          phase: 'storage/manifest',
        })
      return `${objects(bucket)}/${file}`
    },
    catalogue: join(root, 'catalogue'),
    partial: join(root, 'partial'),
  }
}
