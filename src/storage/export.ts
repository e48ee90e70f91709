import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../common/files.ts'
import { statusOf } from '../common/findings.ts'
import { writeJsonl } from '../common/jsonl.ts'
import { formatBytes, plural } from '../common/units.ts'
import type { ComponentExport, ExportContext } from '../components/component.ts'
import { bucketFileName } from './api/keys.ts'
import { readBucketsFile, readManifestRows } from './catalogue/manifests.ts'
import { scopeIn } from './catalogue/scope-flags.ts'
import { createSelection } from './catalogue/select.ts'
import { refuseUnmetInBackup } from './catalogue/wishes.ts'
import { restoreStorageToDirectory } from './restore/to-directory.ts'

/**
 * Writes `storage/`: the objects as plain files, `buckets_metadata.json` with the buckets and their attributes, and for each
 * bucket a line an object with its columns.
 */
export async function exportStorage(context: ExportContext): Promise<ComponentExport> {
  const { generation, flags } = context
  const scope = scopeIn(flags)
  await refuseUnmetInBackup(generation, scope)
  const folder = join(context.directory, 'storage')
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
  const result = await restoreStorageToDirectory({ ...context, scope, directory: join(folder, 'objects') })
  const { objects = 0, bytes = 0 } = result.counts
  return {
    metadata: result.counts,
    document: { storage: result },
    lines: [
      `${plural(objects, 'object')}, ${formatBytes(bytes)}`,
      ...result.findings.map(({ message }) => message),
    ],
    status: statusOf(result.findings),
  }
}

async function* selectedRows(
  generation: string,
  bucket: string,
  selection: ReturnType<typeof createSelection>,
) {
  for await (const row of readManifestRows(generation, bucket))
    if (selection.object(bucket, row.name)) yield row
}
