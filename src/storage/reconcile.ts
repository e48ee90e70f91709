import type pg from 'pg'
import { type Catalogue, readCatalogue, readCatalogueRows, writeCatalogue } from './catalogue.ts'
import type { ObjectRow } from './rows.ts'
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
 */
export async function reconcileRows(client: pg.ClientBase, observed: string): Promise<void> {
  const { buckets } = await readCatalogue(observed)
  await client.query(markUnrestoredSql)
  for (const { row: bucket } of buckets) {
    await client.query(
      `insert into storage.buckets (id, name, public)
       select $1, $2, coalesce($3, false)
        where not exists (select 1 from storage.buckets where id = $1 or name = $2)`,
      [bucket.id, bucket.name, bucket.public ?? null],
    )
    let batch: ObjectRow[] = []
    for await (const row of readCatalogueRows(observed, bucket.id)) {
      // A row that an earlier, broken-off restore left has no bytes to tell of.
      if (!row.version || isUnrestored(row.version)) continue
      batch.push(row)
      if (batch.length < batchRows) continue
      await relink(client, bucket.id, batch)
      batch = []
    }
    if (batch.length > 0) await relink(client, bucket.id, batch)
  }
}

async function relink(client: pg.ClientBase, bucket: string, rows: readonly ObjectRow[]): Promise<void> {
  const recordset = `jsonb_to_recordset($2::jsonb) as r(name text, version text, metadata jsonb, user_metadata jsonb)`
  const values = [
    bucket,
    JSON.stringify(
      rows.map(({ name, version, metadata, user_metadata }) => ({ name, version, metadata, user_metadata })),
    ),
  ]
  await client.query(
    `update storage.objects o set version = r.version, metadata = r.metadata
       from ${recordset} where o.bucket_id = $1 and o.name = r.name`,
    values,
  )
  await client.query(
    `insert into storage.objects (bucket_id, name, version, metadata, user_metadata)
     select $1, r.name, r.version, r.metadata, r.user_metadata from ${recordset}
      where exists (select 1 from storage.buckets where id = $1)
         on conflict do nothing`,
    values,
  )
}
