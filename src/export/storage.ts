import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../common/files.ts'
import type { ComponentResult } from '../common/findings.ts'
import { writeJsonl } from '../common/jsonl.ts'
import type { Log } from '../common/log.ts'
import { bucketFileName } from '../storage/api/keys.ts'
import { readBucketsFile, readManifestRows } from '../storage/catalogue/manifests.ts'
import type { Scope } from '../storage/catalogue/rows.ts'
import { createSelection } from '../storage/catalogue/select.ts'
import { restoreStorageToDirectory } from '../storage/restore/to-directory.ts'

/**
 * Writes `storage/`: the objects as plain files, `buckets_metadata.json` with the buckets and their attributes, and for each
 * bucket a line an object with its columns.
 */
export async function exportStorage(options: {
  generation: string
  directory: string
  scope: Scope
  log: Log
  signal: AbortSignal
}): Promise<ComponentResult> {
  const { generation, scope } = options
  const folder = join(options.directory, 'storage')
  await mkdir(join(folder, 'metadata'), { recursive: true, mode: 0o700 })
  const selection = createSelection(scope)
  const { buckets } = await readBucketsFile(generation)
  const chosen = buckets.filter(({ id }) => selection.bucket(id))
  const described = chosen.map((bucket) => ({
    ...bucket,
    folder: `objects/${bucketFileName(bucket.id)}`,
    metadata: `metadata/${bucketFileName(bucket.id)}.jsonl`,
  }))
  await writeFileAtomic(join(folder, 'buckets_metadata.json'), `${JSON.stringify(described, undefined, 2)}\n`)
  for (const { id, metadata } of described)
    await writeJsonl(join(folder, metadata), selectedRows(generation, id, selection))
  return restoreStorageToDirectory({ ...options, directory: join(folder, 'objects') })
}

async function* selectedRows(
  generation: string,
  bucket: string,
  selection: ReturnType<typeof createSelection>,
) {
  for await (const row of readManifestRows(generation, bucket))
    if (selection.object(bucket, row.name)) yield row
}
