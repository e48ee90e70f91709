import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { z } from 'zod'
import { writeFileAtomic } from '../../common/files.ts'
import { type Finding, finding } from '../../common/findings.ts'
import { readJsonl, writeLines } from '../../common/jsonl.ts'
import { findingSchema } from '../../common/manifest.ts'
import { bucketFileName } from '../api/keys.ts'
import { isExact } from './json-text.ts'
import { compareBytes } from './merge-join.ts'
import { type BucketRow, bucketRowSchema, type ObjectRow, objectRowSchema, writtenByService } from './rows.ts'

const firstPage = 50
const largestPage = 1_000
/** User metadata may be a megabyte a row, so pages are sized by bytes, not by rows. */
const pageBytes = 1 << 18

/** The bucket names the file a row is in; path tokens are made from the name. */
const objectsWithout = ['bucket_id', 'path_tokens']

/** The list of a project's buckets and objects on disk: `index.json` and one file of rows a bucket. */
export interface Catalogue {
  source: 'database' | 'api'
  buckets: CataloguedBucket[]
  findings: Finding[]
}

export interface CataloguedBucket {
  row: BucketRow
  objects: number
  /** Sum of the sizes the rows tell. */
  bytes: number
}

const catalogueSchema = z.object({
  source: z.enum(['database', 'api']),
  findings: z.array(findingSchema),
  buckets: z.array(
    z.object({ row: bucketRowSchema, objects: z.number().int(), bytes: z.number().nonnegative() }),
  ),
})

const columnSchema = z.array(z.object({ name: z.string(), type: z.string() }))

/**
 * The columns of a table of schema `storage` as a select list: whatever this server's version has, without generated
 * columns, timestamps as ISO 8601 in UTC with microseconds whatever the session's time zone.
 */
async function selectList(client: pg.ClientBase, table: string, without: readonly string[]): Promise<string> {
  const { rows } = await client.query(
    `select a.attname as name, format_type(a.atttypid, null) as type
       from pg_attribute a
      where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      order by a.attnum`,
    [`storage.${table}`],
  )
  return columnSchema
    .parse(rows)
    .filter((column) => !without.includes(column.name))
    .map(({ name, type }) => {
      const quoted = `"${name.replaceAll('"', '""')}"`
      return type === 'timestamp with time zone'
        ? `to_char(${quoted} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${quoted}`
        : quoted
    })
    .join(', ')
}

/** Every row of `storage.buckets`, in byte order of the ids. */
export async function readBuckets(client: pg.ClientBase): Promise<BucketRow[]> {
  const columns = await selectList(client, 'buckets', [])
  const { rows } = await client.query<{ row: unknown }>(
    `select row_to_json(r) as row from (select ${columns} from storage.buckets) r`,
  )
  return rows.map(({ row }) => bucketRowSchema.parse(row)).sort((a, b) => compareBytes(a.id, b.id))
}

const pageSchema = z.array(
  z.object({
    name: z.string(),
    size: z.coerce.number().catch(0),
    row: z.string(),
    exact: z.record(z.string(), z.string()).nullable(),
  }),
)

/**
 * SQL for the texts of JSON values that do not survive being read as such, by the name they get in the row. Of `metadata`
 * only what somebody else than the service put there counts: its times would look like numbers.
 */
function exactTexts(columns: string): string {
  const own = [...writtenByService].map((name) => `'${name}'`).join(', ')
  const foreign = `case when jsonb_typeof(r.metadata) = 'object' then r.metadata - array[${own}] end`
  const values = { metadata: foreign, user_metadata: 'r.user_metadata' }
  const texts = Object.entries(values)
    .filter(([column]) => columns.includes(`"${column}"`))
    .map(([column, value]) => ({
      member: `'${column}_text', case when ${isExact(value)} then r.${column}::text end`,
      condition: isExact(value),
    }))
  // Nothing at all for the rows, nearly all of them, without such a number: there may be millions.
  return `case when ${texts.map(({ condition }) => condition).join(' or ')}
    then json_strip_nulls(json_build_object(${texts.map(({ member }) => member).join(', ')})) end`
}

function withTexts(row: string, texts: Record<string, string>): string {
  const members = Object.entries(texts).map(([name, text]) => `,"${name}":${JSON.stringify(text)}`)
  return members.length === 0 ? row : `${row.slice(0, -1)}${members.join('')}}`
}

/**
 * The rows of one bucket as JSON texts made by the server, by keyset over the index on `name collate "C"`. The server
 * makes the next page while the caller works on this one.
 */
async function* objectPages(client: pg.ClientBase, columns: string, bucket: string) {
  const exact = exactTexts(columns)
  const fetch = async (after: string | null, limit: number) => {
    const result: pg.QueryResult = await client.query(
      `select r.name, r.metadata->>'size' as size, row_to_json(r)::text as row, ${exact} as exact
         from (select ${columns} from storage.objects o
                where o.bucket_id = $1 and ($2::text is null or o.name collate "C" > $2)
                order by o.name collate "C" limit $3) r`,
      [bucket, after, limit],
    )
    return pageSchema.parse(result.rows).map(({ exact: texts, ...page }) => ({
      ...page,
      row: texts === null ? page.row : withTexts(page.row, texts),
    }))
  }
  let limit = firstPage
  let next = fetch(null, limit)
  for (;;) {
    const page = await next
    const last = page.at(-1)
    if (page.length < limit || last === undefined) {
      yield page
      return
    }
    const bytes = page.reduce((sum, row) => sum + row.row.length, 0)
    limit = Math.min(largestPage, Math.max(10, Math.floor((pageBytes / Math.max(bytes, 1)) * page.length)))
    next = fetch(last.name, limit)
    // A caller that stops here does not wait for it.
    next.catch(() => {})
    yield page
  }
}

/**
 * Writes the list of buckets and objects, as the client's transaction sees them, to a folder.
 * Memory stays flat; 100,000 rows take about a second.
 *
 * @param options.client - a connection inside the backup's snapshot; left as it was.
 * @param options.directory - `storageLayout(generation).catalogue`; made if missing.
 */
export async function writeCatalogue(options: {
  client: pg.ClientBase
  directory: string
  signal?: AbortSignal | undefined
}): Promise<Catalogue> {
  const { client, directory } = options
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const columns = await selectList(client, 'objects', objectsWithout)
  const buckets: CataloguedBucket[] = []
  for (const row of await readBuckets(client)) {
    const bucket: CataloguedBucket = { row, objects: 0, bytes: 0 }
    async function* lines() {
      for await (const page of objectPages(client, columns, row.id)) {
        options.signal?.throwIfAborted()
        for (const object of page) {
          bucket.objects += 1
          bucket.bytes += object.size
          yield object.row
        }
      }
    }
    await writeCatalogueRows(directory, row.id, lines())
    buckets.push(bucket)
  }
  const catalogue: Catalogue = { source: 'database', buckets, findings: await unlistable(client) }
  await writeIndex(directory, catalogue)
  return catalogue
}

/** Streams the objects of one bucket straight from the database, in byte order. */
export async function* readObjects(client: pg.ClientBase, bucket: string): AsyncGenerator<ObjectRow> {
  const columns = await selectList(client, 'objects', objectsWithout)
  for await (const page of objectPages(client, columns, bucket))
    for (const object of page) yield objectRowSchema.parse(JSON.parse(object.row))
}

/** Rows and buckets that the Storage API has no name for, so that nobody can fetch them. */
async function unlistable(client: pg.ClientBase): Promise<Finding[]> {
  const findings: Finding[] = []
  const nameless = await client.query<{ count: string }>(
    'select count(*) from storage.objects where bucket_id is null or name is null',
  )
  const rows = Number(nameless.rows[0]?.count ?? 0)
  if (rows > 0)
    findings.push(
      finding({
        component: 'storage',
        severity: 'note',
        kind: 'storage-rows-without-name',
        count: rows,
        message: `${rows} rows of storage.objects have no bucket or no name; no object can be fetched for them.`,
      }),
    )
  for (const [table, kind] of [
    ['buckets_analytics', 'analytics'],
    ['buckets_vectors', 'vector'],
  ] as const) {
    const { rows: found } = await client.query<{ oid: string | null }>('select to_regclass($1) as oid', [
      `storage.${table}`,
    ])
    if (found[0]?.oid === null) continue
    const { rows: special } = await client.query<{ id: string }>(
      `select id::text from storage.${table} order by 1`,
    )
    if (special.length === 0) continue
    findings.push(
      finding({
        component: 'storage',
        severity: 'manual',
        kind: `storage-${kind}-buckets`,
        names: special.map((row) => row.id),
        message: `${special.length} ${kind} buckets keep their data outside of Storage objects; this toolkit does not back that up.`,
      }),
    )
  }
  return findings
}

function rowsFile(directory: string, bucket: string): string {
  return join(directory, `${bucketFileName(bucket)}.jsonl`)
}

/** Completes a catalogue: what has no index is unfinished and cannot be read. */
export async function writeIndex(directory: string, catalogue: Catalogue): Promise<void> {
  await writeFileAtomic(join(directory, 'index.json'), JSON.stringify(catalogue))
}

/** Reads a catalogue's index. */
export async function readCatalogue(directory: string): Promise<Catalogue> {
  return catalogueSchema.parse(JSON.parse(await readFile(join(directory, 'index.json'), 'utf8')))
}

/** Streams the objects of one catalogued bucket, in byte order. */
export function readCatalogueRows(directory: string, bucket: string): AsyncGenerator<ObjectRow> {
  return readJsonl(rowsFile(directory, bucket), (value) => objectRowSchema.parse(value))
}

/** Writes the objects of one bucket into a catalogue. */
export async function writeCatalogueRows(
  directory: string,
  bucket: string,
  rows: AsyncIterable<string>,
): Promise<void> {
  await writeLines(rowsFile(directory, bucket), rows)
}
