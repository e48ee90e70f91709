import { bucketFileName } from '../api/keys.ts'
import { readBucketsFile, readManifestRows } from './manifests.ts'
import { isArchived, type Scope } from './rows.ts'
import { createSelection } from './select.ts'

/** The files of the chosen objects, by the manifests of Storage in a generation. */
export async function chosenObjects(
  generation: string,
  scope: Scope,
): Promise<{ path: string; bytes: number }[]> {
  const selection = createSelection(scope)
  const found: { path: string; bytes: number }[] = []
  for (const { id } of (await readBucketsFile(generation)).buckets) {
    if (!selection.bucket(id)) continue
    for await (const row of readManifestRows(generation, id))
      if (isArchived(row) && selection.object(id, row.name))
        found.push({ path: `storage/objects/${bucketFileName(id)}/${row.file}`, bytes: row.bytes })
  }
  return found
}
