import { readFile, stat } from 'node:fs/promises'
import { BackupError } from '../../common/errors.ts'
import { readJsonl } from '../../common/jsonl.ts'
import type { Log } from '../../common/log.ts'
import { storageLayout } from './layout.ts'
import { ascending } from './merge-join.ts'
import { type BucketsFile, bucketsFileSchema, type ManifestRow, manifestRowSchema } from './rows.ts'

/**
 * The buckets of a generation.
 * @throws BackupError when the generation has no Storage, or it is damaged.
 */
export async function readBucketsFile(generation: string): Promise<BucketsFile> {
  const path = storageLayout(generation).buckets
  try {
    return bucketsFileSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    throw new BackupError({
      code: 'STORAGE_NOT_IN_GENERATION',
      message: `This generation has no readable list of buckets at ${path}.`,
      detail: error instanceof Error ? error.message : String(error),
      suggestion: 'Choose a generation that was made with the component "storage".',
      phase: 'storage/manifest',
      cause: error,
    })
  }
}

/** Streams the manifest of one bucket, in byte order of the names. */
export function readManifestRows(generation: string, bucket: string): AsyncGenerator<ManifestRow> {
  return readJsonl(storageLayout(generation).manifest(bucket), (value) => manifestRowSchema.parse(value))
}

/** As `readManifestRows`, for a generation that may not know the bucket: then there are no rows. */
export async function* readManifestRowsIfAny(
  generation: string | undefined,
  bucket: string,
): AsyncGenerator<ManifestRow> {
  if (generation === undefined) return
  const path = storageLayout(generation).manifest(bucket)
  const exists = await stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
  if (exists) yield* readManifestRows(generation, bucket)
}

/**
 * As `readManifestRowsIfAny`, for what is only a help: rows up to the first that is damaged or out of order. What it
 * does not tell of is fetched again, which is better than no backup at all.
 */
export async function* readPreviousRows(
  generation: string | undefined,
  bucket: string,
  log: Log,
): AsyncGenerator<ManifestRow> {
  try {
    yield* ascending(readManifestRowsIfAny(generation, bucket))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    log.warn(
      `the previous manifest of bucket ${bucket} is damaged, what it does not tell is fetched again: ${reason}`,
    )
  }
}
