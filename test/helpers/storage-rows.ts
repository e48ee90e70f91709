import { markUnrestoredSql } from '../../src/storage/restore/unrestored.ts'
import type { TestStorage } from './storage.ts'

/** The rows of both tables as a database backup has them. */
export interface DatabaseRows {
  buckets: string
  objects: string
}

export async function saveRows({ database }: TestStorage): Promise<DatabaseRows> {
  const { rows } = await database.query<DatabaseRows>(
    `select (select coalesce(json_agg(b), '[]')::text from storage.buckets b) as buckets,
            (select coalesce(json_agg(o), '[]')::text from storage.objects o) as objects`,
  )
  return rows[0] ?? { buckets: '[]', objects: '[]' }
}

/** Does to the tables of schema `storage` what restoring a database does: other rows in one transaction, marked. */
export async function replaceRows(
  { database }: TestStorage,
  saved: DatabaseRows,
  options: { mark: boolean } = { mark: true },
): Promise<void> {
  const { rows } = await database.query<{ list: string }>(
    `select string_agg(quote_ident(attname), ', ') as list from pg_attribute
      where attrelid = 'storage.objects'::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
  )
  const columns = rows[0]?.list
  await database.query("begin; set local session_replication_role = 'replica'")
  await database.query('delete from storage.objects')
  await database.query('delete from storage.buckets')
  await database.query(
    'insert into storage.buckets select * from json_populate_recordset(null::storage.buckets, $1::json)',
    [saved.buckets],
  )
  await database.query(
    `insert into storage.objects (${columns})
     select ${columns} from json_populate_recordset(null::storage.objects, $1::json)`,
    [saved.objects],
  )
  if (options.mark) await database.query(markUnrestoredSql)
  await database.query('commit')
}
