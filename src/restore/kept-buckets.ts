import type pg from 'pg'
import { z } from 'zod'
import { BackupError } from '../common/errors.ts'
import { type Finding, finding } from '../common/findings.ts'
import type { DatabasePreview } from '../database/restore/preview.ts'
import { readBucketsFile } from '../storage/catalogue/manifests.ts'

/** Names the buckets of the target that the backup does not have, and that a restore of the database alone leaves. */
export function keptBuckets(names: readonly string[]): Finding[] {
  if (names.length === 0) return []
  const message =
    'Buckets of the target that the backup does not have stay, with their objects: their bytes are removed by a restore of Storage without --keep-extra alone.'
  return [finding({ component: 'database', severity: 'note', kind: 'buckets-kept', message, names })]
}

/** Undefined where the backup is of a database alone, or where Storage was not extracted. */
async function recordedBuckets(generation: string): Promise<Set<string> | undefined> {
  try {
    return new Set((await readBucketsFile(generation)).buckets.map(({ id }) => id))
  } catch (error) {
    if (error instanceof BackupError && error.code === 'STORAGE_NOT_IN_GENERATION') return undefined
    throw error
  }
}

/** Where only the database's part of the backup is at hand, which does not say which buckets are the backup's. */
function bucketsThatMayStay(names: readonly string[]): Finding[] {
  if (names.length === 0) return []
  const message =
    'Of these buckets of the target, those that the backup does not have stay, with their objects, beside the rows counted here.'
  return [finding({ component: 'database', severity: 'note', kind: 'buckets-kept', message, names })]
}

const rowSchema = z.object({ id: z.string(), full: z.boolean() })

/**
 * The preview of a database, telling of the buckets whose rows come back after it was replaced.
 * @param keepEmpty whether those without objects stay too
 */
export async function withKeptBuckets(
  preview: DatabasePreview,
  client: pg.ClientBase,
  generation: string,
  keepEmpty: boolean,
): Promise<DatabasePreview> {
  const known = await recordedBuckets(generation)
  const { rows } = await client.query(
    `select id, exists (select from storage.objects o where o.bucket_id = b.id and coalesce(o.version, '') <> ''
        and o.version not like 'unrestored.%') as full from storage.buckets b order by 1`,
  )
  const kept = z
    .array(rowSchema)
    .parse(rows)
    .filter(({ id, full }) => (full || keepEmpty) && !known?.has(id))
    .map(({ id }) => id)
  if (known === undefined) return { ...preview, findings: [...preview.findings, ...bucketsThatMayStay(kept)] }
  const isBuckets = ({ schema, name }: { schema: string; name: string }) =>
    schema === 'storage' && name === 'buckets'
  return {
    ...preview,
    tables: preview.tables.map((table) =>
      isBuckets(table) && table.after !== null ? { ...table, after: table.after + kept.length } : table,
    ),
    findings: [...preview.findings, ...keptBuckets(kept)],
  }
}
