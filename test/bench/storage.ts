import { createHash, randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pLimit from 'p-limit'
import pg from 'pg'
import { type Dispatcher, Pool } from 'undici'
import { z } from 'zod'
import { runProgram } from '../../src/common/process.ts'
import { formatBytes } from '../../src/common/units.ts'
import { createStorageClient } from '../../src/storage/client.ts'
import { uploadResumable } from '../../src/storage/tus.ts'
import { type Candidate, type Comparison, compare, type Sample } from './harness.ts'

/** Where the work is done: a Storage API with its database, both empty, and a folder with room. */
export interface StorageBench {
  url: string
  serviceRoleKey: string
  /** As a superuser. */
  databaseUrl: string
  directory: string
  concurrency: number
  rounds: number
}

type Work = 'mirror' | 'restore' | 'prepare' | 'download' | 'upload'

const bucket = 'bench'
const client = fileURLToPath(new URL('storage-client.ts', import.meta.url))
const measuredSchema = z.object({
  seconds: z.number(),
  cpuSeconds: z.number(),
  peakBytes: z.number(),
  requests: z.number(),
  bytes: z.number(),
})

/** One piece of work in a process of its own, so that CPU and memory are the client's alone. */
async function measure(
  bench: StorageBench,
  work: Work,
  directory: string,
  previous?: string,
): Promise<Sample> {
  const { url, serviceRoleKey, databaseUrl, concurrency } = bench
  const options = { url, serviceRoleKey, databaseUrl, concurrency, bucket, directory, previous }
  const { stdout } = await runProgram({
    program: process.execPath,
    // As the scripts start their workers.
    args: [
      '--experimental-strip-types',
      '--disable-warning=ExperimentalWarning',
      '--max-semi-space-size=4',
      '--max-old-space-size=512',
      '--expose-gc',
      client,
      work,
    ],
    input: JSON.stringify(options),
    env: { PATH: process.env['PATH'], MALLOC_ARENA_MAX: '1' },
    phase: 'bench/storage',
    suggestion: '',
  })
  return measuredSchema.parse(JSON.parse(stdout))
}

async function sql(bench: StorageBench, text: string): Promise<void> {
  const database = new pg.Client({ connectionString: bench.databaseUrl })
  await database.connect()
  await database.query(`set storage.allow_delete_query = 'true'; ${text}`)
  await database.end()
}

const removeObjects = 'delete from storage.objects'
const removeAll = `${removeObjects}; delete from storage.buckets`

/** Every object's own bytes, as real objects have; cheap to make and, with a salt, to change. */
function content(name: string, bytes: number, salt = ''): Buffer {
  const seed = createHash('sha256')
    .update(name + salt)
    .digest()
  return Buffer.alloc(bytes, seed)
}

const nameOf = (n: number) => `${Math.floor(n / 100)}-${n}.bin`

async function post(
  pool: Dispatcher,
  bench: StorageBench,
  path: string,
  type: string,
  body: Buffer | string,
): Promise<void> {
  const answer = await pool.request({
    method: 'POST',
    path: new URL(bench.url).pathname + path,
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

/** From here on bodies are streamed, and curl is the downloader to compare with. */
const largeFrom = 16 << 20

async function postLarge(bench: StorageBench, name: string, bytes: Buffer): Promise<void> {
  const path = join(bench.directory, 'large-upload')
  await mkdir(bench.directory, { recursive: true })
  await writeFile(path, bytes)
  const client = createStorageClient({ endpoint: bench, connections: 1 })
  const wanted = { mimetype: undefined, cacheControl: undefined, robots: undefined, userMetadata: {} }
  await uploadResumable(client, { bucket, key: name, path, bytes: bytes.length, wanted, userMetadata: '{}' })
  await client.close()
  await rm(path)
}

/** Uploads every `step`-th object of a set. */
async function fill(bench: StorageBench, set: StorageSet, step = 1, salt = ''): Promise<void> {
  const pool = new Pool(new URL(bench.url).origin, { connections: 16 })
  const limit = pLimit(set.bytes >= largeFrom ? 1 : 16)
  const uploads = Array.from({ length: Math.ceil(set.count / step) }, (_, n) =>
    limit(() => {
      const name = nameOf(n * step)
      const body = content(name, set.bytes, salt)
      if (set.bytes >= largeFrom) return postLarge(bench, name, body)
      return post(pool, bench, `/object/${bucket}/${name}`, 'application/octet-stream', body)
    }),
  )
  await Promise.all(uploads)
  await pool.close()
}

async function createBucket(bench: StorageBench): Promise<void> {
  const pool = new Pool(new URL(bench.url).origin)
  await post(pool, bench, '/bucket', 'application/json', JSON.stringify({ id: bucket, name: bucket }))
  await pool.close()
}

async function downloadWithCurl(bench: StorageBench, set: StorageSet, directory: string): Promise<undefined> {
  const urls = Array.from({ length: set.count }, (_, n) => {
    const url = `${bench.url}/object/authenticated/${bucket}/${nameOf(n)}`
    return `url = "${url}"\noutput = "${join(directory, nameOf(n))}"`
  })
  await runProgram({
    program: 'curl',
    args: ['--silent', '--parallel', '--parallel-max', String(bench.concurrency), '--config', '-'],
    input: `header = "authorization: Bearer ${bench.serviceRoleKey}"\n${urls.join('\n')}\n`,
    env: { PATH: process.env['PATH'] },
    phase: 'bench/storage',
    suggestion: '',
  })
  return undefined
}

export interface StorageSet {
  count: number
  /** Of each object. */
  bytes: number
  /** What a first mirror and a restore may take beside the minimal client. */
  goal: number
}

/**
 * A set of objects through its whole life: first mirror beside a minimal downloader; nothing and one per cent changed
 * beside a first mirror; restore into an empty project and onto an equal one beside a minimal uploader.
 */
export async function benchStorageSet(bench: StorageBench, set: StorageSet): Promise<Comparison[]> {
  const { rounds } = bench
  const title = `${set.count} objects of ${formatBytes(set.bytes)}`
  const at = (name: string) => join(bench.directory, name)
  const fresh = (name: string) => async () => {
    await rm(at(name), { recursive: true, force: true })
    await mkdir(at(name), { recursive: true })
  }
  await sql(bench, removeAll)
  await createBucket(bench)
  await fill(bench, set)
  const download: Candidate = {
    name: 'minimal downloader',
    prepare: fresh('plain'),
    run: () => measure(bench, 'download', at('plain')),
  }
  const first: Candidate = {
    name: 'first mirror',
    prepare: fresh('first'),
    run: () => measure(bench, 'mirror', at('first')),
    goal: set.goal,
  }
  const curl: Candidate = {
    name: 'curl',
    prepare: fresh('plain'),
    run: () => downloadWithCurl(bench, set, at('plain')),
  }
  const mirrors = await compare({
    title: `Mirror of ${title}`,
    rounds,
    candidates: set.bytes >= largeFrom ? [curl, download, first] : [download, first],
  })
  const mirrorAnew = async () => {
    await fresh('before')()
    await measure(bench, 'mirror', at('before'))
  }
  const nights = await compare({
    title: `Next night of ${title}`,
    rounds,
    candidates: [
      { name: 'first mirror', prepare: fresh('again'), run: () => measure(bench, 'mirror', at('again')) },
      {
        name: 'nothing changed',
        async prepare() {
          await mirrorAnew()
          await fresh('unchanged')()
        },
        run: () => measure(bench, 'mirror', at('unchanged'), at('before')),
      },
      {
        name: '1 % changed',
        async prepare() {
          await mirrorAnew()
          await fill(bench, set, 100, randomBytes(8).toString('hex'))
          await fresh('changed')()
        },
        run: () => measure(bench, 'mirror', at('changed'), at('before')),
      },
    ],
  })
  const restores = await compare({
    title: `Restore of ${title}`,
    rounds,
    candidates: [
      {
        name: 'minimal uploader',
        prepare: () => sql(bench, removeObjects),
        run: () => measure(bench, 'upload', at('plain')),
      },
      {
        name: 'into an empty project',
        prepare: () => sql(bench, removeAll),
        run: () => measure(bench, 'restore', at('changed')),
        goal: set.goal,
      },
      {
        name: 'onto an equal project',
        prepare: () => measure(bench, 'restore', at('changed')),
        run: () => measure(bench, 'restore', at('changed')),
      },
    ],
  })
  await sql(bench, removeAll)
  return [mirrors, nights, restores]
}

/**
 * What more objects cost when nothing changed: rows made by SQL over empty objects, since only listing, comparing and
 * linking are measured.
 */
export async function benchStorageScaling(
  bench: StorageBench,
  sizes: readonly [small: number, large: number],
): Promise<Comparison> {
  const [small, large] = sizes
  const at = (name: string) => join(bench.directory, name)
  const prepare = async (count: number) => {
    await sql(
      bench,
      `${removeAll}; insert into storage.buckets (id, name) values ('${bucket}', '${bucket}');
       insert into storage.objects (bucket_id, name, version, metadata)
       select '${bucket}', n / 100 || '/' || n || '.bin', n::text, json_build_object('size', 0,
              'eTag', '"d41d8cd98f00b204e9800998ecf8427e"', 'mimetype', 'text/plain', 'cacheControl', 'no-cache')
         from generate_series(1, ${count}) n`,
    )
    for (const name of [`before-${count}`, `after-${count}`])
      await rm(at(name), { recursive: true, force: true })
    await measure(bench, 'prepare', at(`before-${count}`))
  }
  const candidate = (count: number, goal?: number): Candidate => ({
    name: `${count} objects`,
    prepare: () => prepare(count),
    run: () => measure(bench, 'mirror', at(`after-${count}`), at(`before-${count}`)),
    ...(goal !== undefined && { goal }),
  })
  const comparison = await compare({
    title: 'Nothing changed, by the number of objects',
    rounds: bench.rounds,
    candidates: [candidate(small), candidate(large, (large / small) * 1.05)],
  })
  await sql(bench, removeAll)
  return comparison
}
