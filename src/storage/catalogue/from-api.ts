import { mkdir } from 'node:fs/promises'
import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import { jsonText } from '../../common/json-text.ts'
import { type HttpClient, jsonExchange } from '../../http/client.ts'
import { type Catalogue, type CataloguedBucket, writeCatalogueRows, writeIndex } from './catalogue.ts'
import { compareBytes } from './merge-join.ts'
import { attributesOf, type BucketRow, bucketRowSchema, type ObjectRow, objectRowSchema } from './rows.ts'

/** The service's own maximum; more is silently cut to it. */
const pageRows = 1_000

const pageSchema = z.object({
  hasNext: z.boolean(),
  nextCursor: z.string().optional(),
  objects: z.array(objectRowSchema),
})

/** Every bucket the key sees, in byte order of the ids. */
export async function listBuckets(client: HttpClient): Promise<BucketRow[]> {
  const rows = await client.call({ method: 'GET', path: '/bucket' }, z.array(bucketRowSchema))
  return rows.sort((a, b) => compareBytes(a.id, b.id))
}

/**
 * Every object of a bucket, in byte order of the names. By name only: the service pages by time with a cursor cut to
 * milliseconds, which loses and repeats rows; and version 1 of the route merges names that differ in case.
 *
 * @throws BackupError when pages overlap or run backwards, since a listing that does so may also have holes.
 */
export async function* listObjects(client: HttpClient, bucket: string): AsyncGenerator<ObjectRow> {
  let cursor: string | undefined
  let last: string | undefined
  for (;;) {
    const page = await client.call(
      jsonExchange('POST', `/object/list-v2/${encodeURIComponent(bucket)}`, {
        limit: pageRows,
        sortBy: { column: 'name', order: 'asc' },
        ...(cursor !== undefined && { cursor }),
      }),
      pageSchema,
    )
    for (const row of page.objects) {
      if (last !== undefined && compareBytes(last, row.name) >= 0)
        throw brokenListing(bucket, `out of order after ${JSON.stringify(last)}`)
      last = row.name
      yield row
    }
    if (!page.hasNext) return
    if (page.nextCursor === undefined || page.nextCursor === cursor || page.objects.length === 0)
      throw brokenListing(bucket, `there is said to be more, but not where, after ${JSON.stringify(last)}`)
    cursor = page.nextCursor
  }
}

function brokenListing(bucket: string, detail: string): BackupError {
  return new BackupError({
    code: 'STORAGE_LISTING_BROKEN',
    message: `The Storage API lists bucket "${bucket}" in a way that may leave objects out.`,
    detail,
    suggestion:
      'Set SUPABASE_DB_URL, so that the list comes from the database, and report this with the log file.',
    phase: 'storage/catalogue',
  })
}

/**
 * The catalogue where there is no database connection: listed object by object, not in one moment, and without versions,
 * owners and user metadata. The mirror looks those up for what it fetches.
 *
 * @param options.directory - as for `writeCatalogue`.
 */
export async function writeCatalogueFromApi(options: {
  client: HttpClient
  directory: string
}): Promise<Catalogue> {
  const { client, directory } = options
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const buckets: CataloguedBucket[] = []
  for (const row of await listBuckets(client)) {
    const bucket: CataloguedBucket = { row, objects: 0, bytes: 0 }
    async function* lines() {
      for await (const object of listObjects(client, row.id)) {
        bucket.objects += 1
        bucket.bytes += attributesOf(object).size ?? 0
        yield jsonText(object)
      }
    }
    await writeCatalogueRows(directory, row.id, lines())
    buckets.push(bucket)
  }
  const catalogue: Catalogue = { source: 'api', buckets, findings: [] }
  await writeIndex(directory, catalogue)
  return catalogue
}
