import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256File } from '../common/files.ts'
import type { Log } from '../common/log.ts'
import { createProgress } from '../common/progress.ts'
import { createDifferences, type StorageVerification } from './differences.ts'
import { bucketFileName } from './keys.ts'
import { storageLayout } from './layout.ts'
import { readBucketsFile, readManifestRows } from './manifests.ts'
import { isArchived } from './rows.ts'

/**
 * Checks a generation's objects against its manifests, without any target: every file is there, has its size and its
 * SHA-256, and there are no others.
 */
export async function verifyStorageFiles(
  generation: string,
  options: { log: Log; signal?: AbortSignal | undefined },
): Promise<StorageVerification> {
  const { buckets, totals } = await readBucketsFile(generation)
  const layout = storageLayout(generation)
  const differences = createDifferences()
  const counts = { buckets: buckets.length, objects: 0, bytes: 0 }
  const sumOf = (what: 'objects' | 'bytes') => Object.values(totals).reduce((sum, of) => sum + of[what], 0)
  const progress = createProgress(options.log, 'storage files', {
    unit: 'objects',
    total: sumOf('objects'),
    totalBytes: sumOf('bytes'),
  })
  try {
    for (const { id } of buckets) {
      const part = progress.part(id, totals[id]?.objects ?? 0)
      let present = 0
      for await (const row of readManifestRows(generation, id)) {
        options.signal?.throwIfAborted()
        part.add(1, row.bytes ?? 0)
        if (!isArchived(row)) continue
        counts.objects += 1
        const path = layout.object(id, row.file)
        const found = await stat(path).catch(() => undefined)
        const name = `${id}/${row.name}`
        if (!found?.isFile()) {
          differences.add('file-missing', name)
          continue
        }
        present += 1
        counts.bytes += found.size
        if (found.size !== row.bytes)
          differences.add('file-size', name, `${found.size} bytes instead of ${row.bytes}`)
        else if ((await sha256File(path)) !== row.sha256) differences.add('file-sha256', name)
      }
      const extra = (await countFiles(layout.objects(id))) - present
      if (extra > 0) differences.add('file-extra', id, `${extra} files that the manifest does not name`)
    }
    const known = new Set(buckets.map(({ id }) => bucketFileName(id)))
    for (const name of await entriesOf(join(layout.root, 'objects')))
      if (!known.has(name.name)) differences.add('file-extra', name.name, 'a folder of no bucket')
    return differences.result(counts)
  } finally {
    progress.end()
  }
}

async function entriesOf(directory: string) {
  return readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}

async function countFiles(directory: string): Promise<number> {
  let count = 0
  for (const entry of await entriesOf(directory))
    count += entry.isDirectory() ? await countFiles(join(directory, entry.name)) : 1
  return count
}
