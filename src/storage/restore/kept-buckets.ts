import { join } from 'node:path'
import type pg from 'pg'
import { z } from 'zod'
import { type Finding, finding } from '../../common/findings.ts'
import { plural } from '../../common/units.ts'
import { readCopyRows } from '../../database/export/copy-text.ts'
import { readCopyTarget } from '../../database/restore/load-rows.ts'
import { readContents } from '../../database/rules/contents.ts'
import { unrestoredByBucketSql } from './unrestored.ts'

/** Names the buckets of the target that the backup does not have, and that a restore of the database alone leaves. */
export function keptBuckets(names: readonly string[]): Finding[] {
  if (names.length === 0) return []
  const message =
    'Buckets of the target that the backup does not have stay, with their objects: their bytes are removed by a restore of Storage without --keep-extra alone.'
  return [finding({ component: 'database', severity: 'note', kind: 'buckets-kept', message, names })]
}

/** The buckets whose rows the backup's dump has: that is at hand also where Storage was not extracted, or not backed up. */
async function recordedBuckets(generation: string): Promise<Set<string>> {
  const dump = join(generation, 'database', 'dump')
  const { entries } = await readContents(dump)
  const entry = entries.find(
    ({ desc, namespace, tag }) => desc === 'TABLE DATA' && namespace === 'storage' && tag === 'buckets',
  )
  const ids = new Set<string>()
  if (entry?.file === undefined) return ids
  const at = (await readCopyTarget(entry)).columns.indexOf('id')
  for await (const values of readCopyRows(join(dump, entry.file))) ids.add(values[at] ?? '')
  return ids
}

/** Names the buckets whose objects' rows a restore of the database alone has brought back, and their bytes not. */
export async function objectsWithoutBytes(client: pg.ClientBase): Promise<Finding[]> {
  const { rows } = await client.query(unrestoredByBucketSql)
  const buckets = z.array(unrestoredSchema).parse(rows)
  const count = buckets.reduce((sum, { objects }) => sum + objects, 0)
  if (count === 0) return []
  const message =
    'Only the rows of these objects were restored: their bytes are not at the target, and requests for them fail. A restore of the same backup with --only storage brings them, if it holds Storage.'
  const names = buckets.map(({ bucket, objects }) => `${bucket}: ${plural(objects, 'object')}`)
  return [
    finding({
      component: 'database',
      severity: 'manual',
      kind: 'objects-without-bytes',
      message,
      count,
      names,
    }),
  ]
}

const unrestoredSchema = z.object({ bucket: z.string(), objects: z.number() })

const rowSchema = z.object({ id: z.string(), full: z.boolean() })

/**
 * Which buckets of the target a restore of the database leaves, though the backup does not have them.
 * @param keepEmpty whether those without objects stay too
 */
export async function bucketsThatStay(
  client: pg.ClientBase,
  generation: string,
  keepEmpty: boolean,
): Promise<string[]> {
  const known = await recordedBuckets(generation)
  const { rows } = await client.query(
    `select id, exists (select from storage.objects o where o.bucket_id = b.id and coalesce(o.version, '') <> ''
        and o.version not like 'unrestored.%') as full from storage.buckets b order by 1`,
  )
  return z
    .array(rowSchema)
    .parse(rows)
    .filter(({ id, full }) => (full || keepEmpty) && !known.has(id))
    .map(({ id }) => id)
}
