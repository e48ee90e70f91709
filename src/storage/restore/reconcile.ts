import type pg from 'pg'
import { type Catalogue, readCatalogue, readCatalogueRows, writeCatalogue } from '../catalogue/catalogue.ts'
import { jsonWith } from '../catalogue/json-text.ts'
import type { ObjectRow } from '../catalogue/rows.ts'
import { switchTriggersOff } from './triggers.ts'
import { isUnrestored, markUnrestoredSql } from './unrestored.ts'

const batchRows = 500

/**
 * Notes what a target holds before its database is restored: which objects, and under which versions their bytes lie.
 * Streams the rows to `directory`; memory stays flat. Hand the same directory to `reconcileRows`.
 */
export async function observeTarget(options: {
  client: pg.ClientBase
  directory: string
  signal?: AbortSignal | undefined
}): Promise<Catalogue> {
  return writeCatalogue(options)
}

/**
 * After the database was restored: makes the target's rows tell the truth about its bytes again. Rows restored over
 * objects get back the version and the content's metadata that the object has there, so that equal bytes need not be
 * sent and the service removes old ones when it replaces them. Objects whose rows the restore took away get a row again,
 * so that they can be deleted through the service, bytes and all. Every other row is marked as having no bytes.
 *
 * Safe to repeat until `restoreStorage` begins, and right whether or not the restore had marked the rows itself (which closes the gap in which a
 * crash would leave rows that only look whole).
 *
 * @param keepEmpty whether buckets without bytes that the backup does not have stay too
 * @returns the buckets that the backup does not have and that got their row again
 */
export async function reconcileRows(
  client: pg.ClientBase,
  observed: string,
  keepEmpty = false,
): Promise<string[]> {
  const { buckets } = await readCatalogue(observed)
  const kept: string[] = []
  const triggers = await switchTriggersOff(client)
  try {
    await client.query(markUnrestoredSql)
    const columns = await objectColumns(client)
    for (const { row: bucket } of buckets) {
      if (!keepEmpty && !(await holdsBytes(observed, bucket.id))) continue
      const { rowCount } = await client.query(
        `insert into storage.buckets select (jsonb_populate_record(null::storage.buckets, $1)).*
             on conflict do nothing`,
        [JSON.stringify(bucket)],
      )
      if (rowCount === 1) kept.push(bucket.id)
      for await (const batch of batches(readCatalogueRows(observed, bucket.id)))
        await relink(client, bucket.id, batch, columns)
    }
    return kept
  } finally {
    await triggers.restore()
  }
}

/** Whether any object of a bucket has bytes, which only the bucket's row lets the service remove. */
async function holdsBytes(observed: string, bucket: string): Promise<boolean> {
  for await (const _ of batches(readCatalogueRows(observed, bucket))) return true
  return false
}

/** The rows that tell of bytes, some hundred at a time. A row that a broken-off restore left behind tells of none. */
async function* batches(rows: AsyncIterable<ObjectRow>): AsyncGenerator<ObjectRow[]> {
  let batch: ObjectRow[] = []
  for await (const row of rows) {
    if (!row.version || isUnrestored(row.version)) continue
    batch.push(row)
    if (batch.length < batchRows) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** The columns of `storage.objects` that can be inserted. */
async function objectColumns(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ list: string }>(
    `select string_agg(quote_ident(attname), ', ') as list from pg_attribute
      where attrelid = 'storage.objects'::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
  )
  return rows[0]?.list ?? ''
}

async function relink(
  client: pg.ClientBase,
  bucket: string,
  rows: readonly ObjectRow[],
  columns: string,
): Promise<void> {
  const recordset = 'jsonb_populate_recordset(null::storage.objects, $1) r'
  const texts = rows.map(({ metadata_text, user_metadata_text, ...row }) =>
    jsonWith({ ...row, bucket_id: bucket }, { metadata: metadata_text, user_metadata: user_metadata_text }),
  )
  const values = [`[${texts.join(',')}]`]
  await client.query(
    `update storage.objects o set version = r.version, metadata = r.metadata
       from ${recordset} where o.bucket_id = r.bucket_id and o.name = r.name`,
    values,
  )
  await client.query(
    `insert into storage.objects (${columns}) select ${columns} from ${recordset}
      where exists (select 1 from storage.buckets b where b.id = r.bucket_id)
         on conflict do nothing`,
    values,
  )
}
