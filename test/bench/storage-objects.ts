import { createHash } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pLimit from 'p-limit'
import pg from 'pg'
import { type Dispatcher, Pool } from 'undici'
import { createStorageClient } from '../../src/storage/api/client.ts'
import { uploadResumable } from '../../src/storage/api/tus.ts'
import { bucket, type StorageService } from './storage-service.ts'

/** Where the work is done: a service, and a folder with room. */
export interface StorageBench extends Omit<StorageService, 'stop'> {
  directory: string
  /** Objects at a time. */
  concurrency: number
  rounds: number
}

export interface StorageSet {
  count: number
  /** Of each object. */
  bytes: number
  /** What a first mirror and a restore may take beside the minimal client. */
  goal: number
}

/** From here on bodies are streamed, and curl is the downloader to compare with. */
export const largeFrom = 16 << 20

export const nameOf = (n: number) => `${Math.floor(n / 100)}-${n}.bin`

/** Runs SQL as the superuser, who may empty the tables of objects. */
export async function sql(bench: StorageBench, text: string): Promise<void> {
  const database = new pg.Client({ connectionString: bench.databaseUrl })
  await database.connect()
  await database.query(`set storage.allow_delete_query = 'true'; ${text}`)
  await database.end()
}

/** Not DELETE, which would leave dead rows for the next listing to step over. */
export const removeObjects = 'truncate storage.objects'
export const removeAll = `${removeObjects}; delete from storage.buckets`

const chunkBytes = 1 << 20

/** Every object's own bytes, as real objects have; cheap to make and, with a salt, to change. Never held as a whole. */
function* content(name: string, bytes: number, salt: string): Generator<Buffer> {
  const seed = createHash('sha256')
    .update(name + salt)
    .digest()
  const chunk = Buffer.alloc(Math.min(bytes, chunkBytes), seed)
  for (let left = bytes; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length))
}

async function post(
  pool: Dispatcher,
  bench: StorageBench,
  path: string,
  type: string,
  body: Buffer | string,
): Promise<void> {
  const answer = await pool.request({
    method: 'POST',
    path: new URL(bench.url + path).pathname,
    headers: {
      authorization: `Bearer ${bench.serviceRoleKey}`,
      'content-type': type,
      'x-upsert': 'true',
    },
    body,
  })
  const text = await answer.body.text()
  if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode} ${text}`)
}

async function postLarge(bench: StorageBench, name: string, bytes: number, salt: string): Promise<void> {
  const path = join(bench.directory, 'large-upload')
  await mkdir(bench.directory, { recursive: true })
  await writeFile(path, content(name, bytes, salt))
  const client = createStorageClient({ endpoint: bench, connections: 1 })
  const wanted = {
    mimetype: undefined,
    cacheControl: undefined,
    robots: undefined,
    userMetadata: {},
    userMetadataText: '{}',
  }
  await uploadResumable(client, { bucket, key: name, path, bytes, wanted, userMetadata: '{}' })
  await client.close()
  await rm(path)
}

/** Uploads every `step`-th object of a set. */
export async function fill(bench: StorageBench, set: StorageSet, step = 1, salt = ''): Promise<void> {
  const pool = new Pool(new URL(bench.url).origin, { connections: 16 })
  const limit = pLimit(set.bytes >= largeFrom ? 1 : 16)
  const uploads = Array.from({ length: Math.ceil(set.count / step) }, (_, n) =>
    limit(() => {
      const name = nameOf(n * step)
      if (set.bytes >= largeFrom) return postLarge(bench, name, set.bytes, salt)
      const body = Buffer.concat([...content(name, set.bytes, salt)])
      return post(pool, bench, `/object/${bucket}/${name}`, 'application/octet-stream', body)
    }),
  )
  await Promise.all(uploads)
  await pool.close()
}

export async function createBucket(bench: StorageBench): Promise<void> {
  const pool = new Pool(new URL(bench.url).origin)
  await post(pool, bench, '/bucket', 'application/json', JSON.stringify({ id: bucket, name: bucket }))
  await pool.close()
}
