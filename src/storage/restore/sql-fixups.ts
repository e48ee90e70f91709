import type pg from 'pg'
import { jsonText } from '../../common/json-text.ts'
import { jsonWith } from '../catalogue/json-text.ts'
import {
  type BucketRow,
  extraMetadata,
  type ManifestRow,
  type ObjectRow,
  userMetadataText,
  writtenByService,
} from '../catalogue/rows.ts'
import { sameExtraMetadata } from './attributes.ts'
import { switchTriggersOff } from './triggers.ts'

const batchRows = 500

/** What only SQL can set, with the types it has. The id is set too, where no other row has it. */
const settable = {
  owner: 'uuid',
  owner_id: 'text',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  last_accessed_at: 'timestamptz',
  // As text: between a number in it and one of JavaScript is more than the toolkit may decide.
  user_metadata: 'text',
} as const

type Settable = keyof typeof settable

/** Of the target's `metadata` what the service itself wrote. */
const ownMetadata = `coalesce((select jsonb_object_agg(m.key, m.value) from jsonb_each(o.metadata) m
  where m.key = any (array[${[...writtenByService].map((name) => `'${name}'`).join(', ')}])), '{}')`

/** Sets those columns of objects at the target that the API has no way to set. */
export interface SqlFixups {
  /** Queues a row whose object is at the target; flushes now and then. */
  add(bucket: string, row: ManifestRow): Promise<void>
  flush(): Promise<void>
  /** The columns that differ from the target's row and can be set. */
  differing(row: ManifestRow, target: ObjectRow): string[]
  /** Whether `updated_at` can be set: a trigger sets it to the present unless triggers may be switched off. */
  readonly keepsUpdatedAt: boolean
  readonly fixed: number
  /** Flushes and gives the session back as it was. */
  close(): Promise<void>
}

/**
 * @param client - a session of its own for the time of the restore.
 * @param weak - the backup comes from a listing, which knows no owners.
 */
export async function openSqlFixups(client: pg.ClientBase, weak: boolean): Promise<SqlFixups> {
  const triggers = await switchTriggersOff(client)
  const keepsUpdatedAt = triggers.off
  const columns = await settableColumns(client, { weak, keepsUpdatedAt })
  const update = updateOf(columns)
  const queues = new Map<string, ManifestRow[]>()
  let fixed = 0

  const send = async (bucket: string, batch: readonly ManifestRow[]) => {
    fixed += batch.length
    const values = batch.map((row) => ({
      ...Object.fromEntries(['name', 'id', ...columns].map((column) => [column, row[column] ?? null])),
      user_metadata: row.user_metadata == null ? null : userMetadataText(row),
      extra: jsonWith({}, extraMetadata(row)),
    }))
    await client.query(update, [bucket, JSON.stringify(values)])
  }
  const flush = async () => {
    const batches = [...queues]
    queues.clear()
    for (const [bucket, batch] of batches) await send(bucket, batch)
  }
  return {
    keepsUpdatedAt,
    get fixed() {
      return fixed
    },
    async add(bucket, row) {
      const queue = queues.get(bucket) ?? []
      queue.push(row)
      queues.set(bucket, queue)
      if (queue.length < batchRows) return
      queues.delete(bucket)
      await send(bucket, queue)
    },
    flush,
    differing: (row, target) => [
      ...['id', ...columns].filter(
        (column) => comparable(columnOf(row, column)) !== comparable(columnOf(target, column)),
      ),
      ...(sameExtraMetadata(row, target) ? [] : ['metadata']),
    ],
    async close() {
      await flush()
      await triggers.restore()
    },
  }
}

/** Those that the target's version of the service has, and that can be set. */
async function settableColumns(
  client: pg.ClientBase,
  { weak, keepsUpdatedAt }: { weak: boolean; keepsUpdatedAt: boolean },
): Promise<Settable[]> {
  const { rows } = await client.query<{ attname: string }>(
    `select attname from pg_attribute where attrelid = 'storage.objects'::regclass and attnum > 0 and not attisdropped`,
  )
  const existing = new Set(rows.map((row) => row.attname))
  return Object.keys(settable).filter(
    (column): column is Settable =>
      existing.has(column) &&
      !(weak && (column === 'owner' || column === 'owner_id' || column === 'last_accessed_at')) &&
      (keepsUpdatedAt || column !== 'updated_at'),
  )
}

/** The statement for the rows of one bucket: $1 is its id, $2 the rows as JSON. */
function updateOf(columns: readonly Settable[]): string {
  return `update storage.objects o
    set id = case when r.id is null or exists (select 1 from storage.objects x where x.id = r.id) then o.id else r.id end,
        ${columns.map((column) => `${column} = r.${column}${column === 'user_metadata' ? '::jsonb' : ''}`).join(', ')},
        metadata = case when jsonb_typeof(o.metadata) = 'object' then ${ownMetadata} || r.extra::jsonb else o.metadata end
   from jsonb_to_recordset($2::jsonb)
        as r(name text, id uuid, extra text, ${columns.map((column) => `${column} ${settable[column]}`).join(', ')})
  where o.bucket_id = $1 and o.name = r.name`
}

function columnOf(row: ObjectRow, column: string): unknown {
  return column === 'user_metadata' ? (row.user_metadata_text ?? row.user_metadata) : row[column]
}

/** Values as text; the API's milliseconds and the database's microseconds of one time are the same. */
export function comparable(value: unknown): string {
  return jsonText(value ?? null).replace(
    /^"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{1,6})(?:Z|\+00:00)"$/,
    (_, time: string, fraction: string) => `"${time}.${fraction.padEnd(6, '0')}Z"`,
  )
}

const bucketColumns = {
  name: 'text',
  owner: 'uuid',
  owner_id: 'text',
  avif_autodetection: 'boolean',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
} as const

/** Sets what the API cannot set of a bucket, where the target has such a column. */
export async function fixBucket(client: pg.ClientBase, bucket: BucketRow): Promise<void> {
  const { rows } = await client.query<{ attname: string }>(
    `select attname from pg_attribute where attrelid = 'storage.buckets'::regclass and attnum > 0 and not attisdropped`,
  )
  const columns = Object.entries(bucketColumns).filter(
    ([column]) => rows.some((row) => row.attname === column) && column in bucket,
  )
  const list = (prefix: string) => columns.map(([column]) => `${prefix}.${column}`).join(', ')
  await client.query(
    `update storage.buckets b set ${columns.map(([column]) => `${column} = r.${column}`).join(', ')}
       from jsonb_to_record($2::jsonb) as r(${columns.map(([column, type]) => `${column} ${type}`).join(', ')})
      where b.id = $1 and (${list('b')}) is distinct from (${list('r')})`,
    [bucket.id, JSON.stringify(bucket)],
  )
}
