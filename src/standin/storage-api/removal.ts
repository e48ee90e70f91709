import { z } from 'zod'
import { body, readJson, textList } from './body.ts'
import { errors } from './errors.ts'
import { type Handler, json } from './exchange.ts'
import type { FileStore } from './files.ts'
import { anyRow, objectColumns, objectRow } from './rows.ts'

/**
 * Removes the files of deleted rows. A row without a version never had a file. (The recorded service then removes
 * the key's whole folder, with every object below it: a defect that is not imitated.)
 */
export async function removeFiles(
  files: FileStore,
  bucket: string,
  rows: readonly { key: string; version: string | null }[],
): Promise<void> {
  for (const { key, version } of rows) if (version) await files.remove({ bucket, key, version })
}

const deletion = body({
  prefixes: textList.pipe(z.array(z.string()).min(1, 'must NOT have fewer than 1 items')),
})

/** Exact names, in spite of the field's name; what is missing, illegal or invisible is just absent from the answer. */
export const deleteObjects: Handler = async ({ request, database, files, claims, params }) => {
  const { prefixes } = await readJson(request, deletion)
  const rows = await database.queryAs(
    claims,
    objectRow,
    `delete from storage.objects where bucket_id = $1 and name = any($2) returning ${objectColumns}`,
    [params.bucket, prefixes],
  )
  await removeFiles(
    files,
    params.bucket,
    rows.map(({ name, version }) => ({ key: name, version })),
  )
  return json(rows)
}

export const deleteObject: Handler = async ({ database, files, claims, params }) => {
  const address = [params.bucket, params.key]
  const [existing] = await database.query(
    anyRow,
    'select 1 from storage.objects where bucket_id = $1 and name = $2',
    address,
  )
  if (!existing) throw errors.noSuchKey()
  const rows = await database.queryAs(
    claims,
    z.object({ key: z.string(), version: z.string().nullable() }),
    'delete from storage.objects where bucket_id = $1 and name = $2 returning name as key, version',
    address,
  )
  if (rows.length === 0) throw errors.accessDenied('Access denied')
  await removeFiles(files, params.bucket, rows)
  return json({ message: 'Successfully deleted' })
}
