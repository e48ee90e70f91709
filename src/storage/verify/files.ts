import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { orAborted } from '../../common/abort.ts'
import { sha256File } from '../../common/files.ts'
import type { Log } from '../../common/log.ts'
import { createProgress } from '../../common/progress.ts'
import type { OfflineContext } from '../../components/component.ts'
import { bucketFileName } from '../api/keys.ts'
import { storageLayout } from '../catalogue/layout.ts'
import { readBucketsFile, readManifestRows } from '../catalogue/manifests.ts'
import { isArchived, type Scope } from '../catalogue/rows.ts'
import { scopeIn } from '../catalogue/scope-flags.ts'
import { createSelection } from '../catalogue/select.ts'
import { refuseUnmetInBackup } from '../catalogue/wishes.ts'
import { createDifferences, type StorageVerification } from './differences.ts'
import { plainFiles } from './plain-files.ts'

/**
 * Checks a generation's objects against its manifests, without any target: every file is there, has its size and its
 * SHA-256, and there are no others.
 *
 * @param options.scope - which objects matter; the files of the others need not be there. Default: all.
 */
export async function verifyStorageFiles(
  generation: string,
  options: { scope?: Scope | undefined; log: Log; signal?: AbortSignal | undefined },
): Promise<StorageVerification> {
  const { buckets, totals } = await readBucketsFile(generation)
  const layout = storageLayout(generation)
  const selection = createSelection(options.scope ?? {})
  const differences = createDifferences()
  const files = plainFiles(join(layout.root, 'objects'))
  const counts = { buckets: buckets.length, objects: 0, bytes: 0 }
  const sumOf = (what: 'objects' | 'bytes') => Object.values(totals).reduce((sum, of) => sum + of[what], 0)
  const progress = createProgress(options.log, 'storage files', {
    component: 'storage',
    unit: 'objects',
    total: sumOf('objects'),
    totalBytes: sumOf('bytes'),
  })
  try {
    for (const { id } of buckets) {
      if (!selection.bucket(id)) continue
      const part = progress.part(id, totals[id]?.objects ?? 0)
      let present = 0
      for await (const row of readManifestRows(generation, id)) {
        options.signal?.throwIfAborted()
        part.add(1, row.bytes ?? 0)
        if (!isArchived(row) || !selection.object(id, row.name)) continue
        counts.objects += 1
        const path = layout.object(id, row.file)
        const name = `${id}/${row.name}`
        const found = await files.find(path)
        if (typeof found === 'string') {
          differences.add('file-missing', name, found)
          continue
        }
        present += 1
        counts.bytes += found.size
        if (found.size !== row.bytes)
          differences.add('file-size', name, `${found.size} bytes instead of ${row.bytes}`)
        else await compareBytes(path, row.sha256, (detail) => differences.add('file-sha256', name, detail))
      }
      if (!selection.everything) continue
      const extra = (await countFiles(layout.objects(id))) - present
      if (extra > 0) differences.add('file-extra', id, `${extra} files that the manifest does not name`)
    }
    if (!selection.everything) return differences.result(counts)
    const known = new Set(buckets.map(({ id }) => bucketFileName(id)))
    for (const name of await entriesOf(join(layout.root, 'objects')))
      if (!known.has(name.name)) differences.add('file-extra', name.name, 'a folder of no bucket')
    return differences.result(counts)
  } finally {
    progress.end()
  }
}

/** Says so when a file has other bytes, or cannot be read: one bad sector must not hide what else is wrong. */
async function compareBytes(path: string, sha256: string, differ: (detail?: string) => void): Promise<void> {
  try {
    if ((await sha256File(path)) !== sha256) differ()
  } catch (error) {
    differ(`cannot be read: ${error instanceof Error ? error.message : error}`)
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

/** What is wrong with the objects of a generation that the flags choose, a line each. */
export async function checkObjects({ generation, flags, log, signal }: OfflineContext): Promise<string[]> {
  const scope = scopeIn(flags)
  await refuseUnmetInBackup(generation, scope)
  const checking = verifyStorageFiles(generation, { scope, log, signal })
  return (await orAborted(checking, signal)).differences.map(({ kind, name }) => `${name}: ${kind}`)
}
