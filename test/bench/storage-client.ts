/**
 * One piece of Storage work in a process of its own, measured from inside, so that starting up does not count:
 *
 *     storage-client.ts WORK < options.json
 *
 * Prints one JSON document: a sample as the harness takes it.
 */
import { createReadStream, linkSync, writeFileSync } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import pLimit from 'p-limit'
import pg from 'pg'
import { Pool } from 'undici'
import { z } from 'zod'
import { writeJsonl } from '../../src/common/jsonl.ts'
import { silentLog } from '../../src/common/log.ts'
import { createFileNamer } from '../../src/storage/api/keys.ts'
import { readCatalogueRows, writeCatalogue } from '../../src/storage/catalogue/catalogue.ts'
import { storageLayout } from '../../src/storage/catalogue/layout.ts'
import { mirrorStorage } from '../../src/storage/mirror/mirror.ts'
import { createDirectoryMaker } from '../../src/storage/mirror/reuse.ts'
import { restoreStorage } from '../../src/storage/restore/restore.ts'
import { peakBytes } from './peak.ts'

const optionsSchema = z.object({
  url: z.string(),
  serviceRoleKey: z.string(),
  databaseUrl: z.string(),
  bucket: z.string(),
  /** A generation, or a folder of plain files. */
  directory: z.string(),
  previous: z.string().optional(),
  concurrency: z.number(),
})

type Options = z.infer<typeof optionsSchema>
type Moved = { requests: number; bytes: number }

/** Of a resumable upload to the hosted platform. */
const partBytes = 6 << 20

async function withDatabase<Result>({ databaseUrl }: Options, work: (client: pg.Client) => Promise<Result>) {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const writeList = (options: Options) =>
  withDatabase(options, (client) =>
    writeCatalogue({ client, directory: storageLayout(options.directory).catalogue }),
  )

async function mirror(options: Options): Promise<Moved> {
  const { directory: generation, previous, concurrency } = options
  await writeList(options)
  const { counts } = await mirrorStorage({
    endpoint: options,
    generation,
    previous,
    concurrency,
    log: silentLog,
  })
  return { requests: counts['requests'] ?? 0, bytes: counts['bytesReceived'] ?? 0 }
}

async function restore(options: Options): Promise<Moved> {
  const { directory: generation, concurrency } = options
  const { counts } = await withDatabase(options, (database) =>
    restoreStorage({ endpoint: options, generation, database, concurrency, log: silentLog }),
  )
  return { requests: counts['requests'] ?? 0, bytes: counts['bytesSent'] ?? 0 }
}

/** A generation of empty objects, as if they had been mirrored. */
async function prepare(options: Options): Promise<Moved> {
  const { directory, bucket } = options
  const layout = storageLayout(directory)
  await writeList(options)
  const directories = createDirectoryMaker()
  const fileOf = createFileNamer()
  const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  async function* rows() {
    for await (const row of readCatalogueRows(layout.catalogue, bucket)) {
      const file = fileOf(row.name)
      directories.forFile(layout.object(bucket, file))
      // Not awaited: a million times, waiting would take longer than writing.
      writeFileSync(layout.object(bucket, file), '')
      yield { ...row, state: 'ok', file, bytes: 0, sha256 }
    }
  }
  directories.forFile(layout.manifest(bucket))
  await writeJsonl(layout.manifest(bucket), rows())
  return { requests: 0, bytes: 0 }
}

/** The least a night without changes can do, with all of both lists in memory. Nothing is checked or synced. */
async function link({ directory, previous = '', ...options }: Options): Promise<Moved> {
  const before = storageLayout(previous)
  const after = storageLayout(directory)
  const listed = await withDatabase({ directory, ...options }, (client) =>
    client.query<{ name: string; version: string }>(
      `select id, name, owner, created_at, updated_at, last_accessed_at, metadata, version, user_metadata
         from storage.objects where bucket_id = $1 order by name collate "C"`,
      [options.bucket],
    ),
  )
  const manifest = (await readFile(before.manifest(options.bucket), 'utf8')).trimEnd().split('\n')
  const known = new Map(manifest.map((line) => JSON.parse(line)).map((row) => [row.name, row]))
  const directories = createDirectoryMaker()
  const lines = listed.rows.map((row) => {
    const { version, state, file, bytes, sha256 } = known.get(row.name)
    if (version !== row.version) throw new Error(`${row.name} has changed`)
    const target = after.object(options.bucket, file)
    directories.forFile(target)
    linkSync(before.object(options.bucket, file), target)
    return JSON.stringify({ ...row, state, file, bytes, sha256 })
  })
  directories.forFile(after.manifest(options.bucket))
  await writeFile(after.manifest(options.bucket), lines.join('\n'))
  return { requests: 0, bytes: 0 }
}

function openPool({ url, concurrency, serviceRoleKey }: Options) {
  const { origin, pathname } = new URL(url)
  return {
    pool: new Pool(origin, { connections: concurrency }),
    // A service without a gateway before it has no prefix.
    prefix: pathname === '/' ? '' : pathname,
    headers: { authorization: `Bearer ${serviceRoleKey}` },
    limit: pLimit(concurrency),
  }
}

/** The least a downloader can do: one query, requests, files. Nothing is checked, hashed or recorded. */
async function download(options: Options): Promise<Moved> {
  const { pool, prefix, headers, limit } = openPool(options)
  const { rows } = await withDatabase(options, (client) =>
    client.query<{ name: string; size: string }>(
      "select name, metadata->>'size' as size from storage.objects where bucket_id = $1",
      [options.bucket],
    ),
  )
  let bytes = 0
  await Promise.all(
    rows.map(({ name, size }) =>
      limit(async () => {
        const path = `${prefix}/object/authenticated/${options.bucket}/${name}`
        const { body } = await pool.request({ method: 'GET', path, headers })
        const file = join(options.directory, name)
        // Node buffers at most 2 GiB; large bodies are streamed, as any client must.
        if (Number(size) > 16 << 20) await writeFile(file, body)
        else await writeFile(file, Buffer.from(await body.arrayBuffer()))
        bytes += Number(size)
      }),
    ),
  )
  await pool.close()
  return { requests: rows.length, bytes }
}

/** The least an uploader can do, from a folder of plain files. Large ones go in parts, as the hosted platform asks. */
async function upload(options: Options): Promise<Moved> {
  const { pool, prefix, headers, limit } = openPool(options)
  const moved = { requests: 0, bytes: 0 }
  const send = async (method: 'POST' | 'PATCH', path: string, more: object, body?: Buffer | Readable) => {
    const response = await pool.request({
      method,
      path,
      headers: { ...headers, ...more },
      body: body ?? null,
    })
    await response.body.dump()
    if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode}`)
    moved.requests += 1
    return response
  }
  const sendWhole = async (name: string, path: string) => {
    const to = `${prefix}/object/${options.bucket}/${name}`
    const more = { 'content-type': 'application/octet-stream', 'x-upsert': 'true' }
    await send('POST', to, more, await readFile(path))
  }
  const sendInParts = async (name: string, path: string, bytes: number) => {
    const tus = { 'tus-resumable': '1.0.0', 'x-upsert': 'true' }
    const text = (value: string) => Buffer.from(value).toString('base64')
    const created = await send('POST', `${prefix}/upload/resumable`, {
      ...tus,
      'upload-length': String(bytes),
      'upload-metadata': `bucketName ${text(options.bucket)},objectName ${text(name)}`,
    })
    const location = String(created.headers['location'])
    const to = prefix + location.slice(location.indexOf('/upload/resumable'))
    for (let start = 0; start < bytes; start += partBytes) {
      const end = Math.min(start + partBytes, bytes)
      const more = {
        ...tus,
        'upload-offset': String(start),
        'content-type': 'application/offset+octet-stream',
        'content-length': String(end - start),
      }
      await send('PATCH', to, more, createReadStream(path, { start, end: end - 1 }))
    }
  }
  const names = await readdir(options.directory)
  await Promise.all(
    names.map((name) =>
      limit(async () => {
        const path = join(options.directory, name)
        const { size } = await stat(path)
        if (size > 16 << 20) await sendInParts(name, path, size)
        else await sendWhole(name, path)
        moved.bytes += size
      }),
    ),
  )
  await pool.close()
  return moved
}

const works = { mirror, restore, prepare, link, download, upload }
const work =
  works[z.enum(['mirror', 'restore', 'prepare', 'link', 'download', 'upload']).parse(process.argv[2])]
const options = optionsSchema.parse(await json(process.stdin))
const before = process.cpuUsage()
const started = performance.now()
const moved = await work(options)
const seconds = (performance.now() - started) / 1000
const { user, system } = process.cpuUsage(before)
process.stdout.write(
  JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, peakBytes: peakBytes(), ...moved }),
)
