import { createHash } from 'node:crypto'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import pg from 'pg'
import { request } from 'undici'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type StorageApi, startStorageApi } from '../../../src/standin/storage-api/server.ts'
import { signToken } from '../../../src/standin/storage-api/tokens.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

// What the recorded exchanges cannot hold: concurrency, policies, restarts, interrupted uploads.

const jwtSecret = 'a-secret-of-this-test-that-is-long-enough'
const user = '11111111-1111-4111-8111-111111111111'

let platform: TestPlatform
let database: pg.Client
let storage: StorageApi
let bucket: string
let buckets = 0

function start(port?: number) {
  return startStorageApi({
    databaseUrl: platform.superuserUrl,
    directory: join(platform.directory, 'storage'),
    jwtSecret,
    port,
    limits: { global: 10_000_000, standard: 1_000_000 },
  })
}

interface Ask {
  key?: string
  headers?: Record<string, string>
  body?: string | Buffer
}

async function ask(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, options: Ask = {}) {
  const response = await request(path.startsWith('http') ? path : storage.url + path, {
    method,
    headers: { authorization: `Bearer ${options.key ?? storage.serviceRoleKey}`, ...options.headers },
    body: options.body ?? null,
  })
  return { status: response.statusCode, headers: response.headers, body: await response.body.text() }
}

const upsert = { 'content-type': 'text/plain', 'x-upsert': 'true' }

/** The stored files, without those that hold their attributes. */
async function storedFiles(): Promise<string[]> {
  const entries = await readdir(join(platform.directory, 'storage', 'objects'), {
    recursive: true,
    withFileTypes: true,
  })
  return entries.flatMap((entry) => (entry.isFile() && !entry.name.endsWith('.json') ? entry.name : []))
}

beforeAll(async () => {
  platform = await startTestPlatform()
  database = new pg.Client({ connectionString: platform.superuserUrl })
  await database.connect()
  storage = await start()
})

beforeEach(async () => {
  buckets += 1
  bucket = `bucket-${buckets}`
  await ask('POST', '/bucket', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: bucket }),
  })
})

afterAll(async () => {
  await storage?.stop()
  await database?.end()
  await platform?.stop()
})

describe('at once', () => {
  test('upserts of one key all succeed and leave one file and one of the contents', async () => {
    await ask('POST', `/object/${bucket}/k`, { headers: upsert, body: 'first' })
    const before = (await storedFiles()).length
    const contents = Array.from({ length: 8 }, (_, index) => `content ${index}`)
    const answers = await Promise.all(
      contents.map((body) => ask('POST', `/object/${bucket}/k`, { headers: upsert, body })),
    )
    expect(answers.map(({ status }) => status)).toEqual(contents.map(() => 200))
    expect(contents).toContain((await ask('GET', `/object/authenticated/${bucket}/k`)).body)
    expect((await storedFiles()).length).toBe(before)
  })

  test('reads during upserts are whole or refused, never torn', async () => {
    const contents = Array.from({ length: 20 }, (_, index) => String(index % 10).repeat(300_000))
    await ask('POST', `/object/${bucket}/k`, { headers: upsert, body: contents[0] ?? '' })
    let writing = true
    const write = async () => {
      for (const body of contents) await ask('POST', `/object/${bucket}/k`, { headers: upsert, body })
      writing = false
    }
    const torn: string[] = []
    const read = async () => {
      while (writing) {
        const { status, headers, body } = await ask('GET', `/object/authenticated/${bucket}/k`)
        const whole = headers.etag === `"${createHash('md5').update(body).digest('hex')}"`
        if (status !== 500 && !(status === 200 && whole)) torn.push(`${status} ${body.slice(0, 80)}`)
      }
    }
    await Promise.all([write(), read(), read()])
    expect(torn).toEqual([])
  })
})

describe('under row-level security', () => {
  const userKey = signToken({ role: 'authenticated', sub: user }, jwtSecret)

  test('a user sees and writes what policies allow, and owns what he writes', async () => {
    await database.query(
      `create policy own on storage.objects to authenticated
       using (owner_id = auth.uid()::text) with check (bucket_id = '${bucket}')`,
    )
    await ask('POST', `/object/${bucket}/theirs`, { headers: upsert, body: 'theirs' })
    const made = await ask('POST', `/object/${bucket}/mine`, {
      key: userKey,
      headers: { 'content-type': 'text/plain' },
      body: 'mine',
    })
    expect(made.status).toBe(200)
    const { rows } = await database.query('select owner, owner_id from storage.objects where name = $1', [
      'mine',
    ])
    expect(rows).toEqual([{ owner: user, owner_id: user }])
    const read = (key: string) => ask('GET', `/object/authenticated/${bucket}/${key}`, { key: userKey })
    expect((await read('mine')).body).toBe('mine')
    expect(JSON.parse((await read('theirs')).body)).toMatchObject({ code: 'NoSuchKey' })
    const list = await ask('POST', `/object/list-v2/${bucket}`, {
      key: userKey,
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect(JSON.parse(list.body).objects.map(({ name }: { name: string }) => name)).toEqual(['mine'])
    await database.query('drop policy own on storage.objects')
  })
})

describe('resumable uploads', () => {
  const tus = { 'tus-resumable': '1.0.0' }
  const encode = (text: string) => Buffer.from(text).toString('base64')

  async function create(key: string, length: number): Promise<string> {
    const { headers } = await ask('POST', '/upload/resumable', {
      headers: {
        ...tus,
        'upload-length': String(length),
        'upload-metadata': `bucketName ${encode(bucket)},objectName ${encode(key)}`,
      },
    })
    return String(headers['location'])
  }

  async function offsetOf(location: string): Promise<number> {
    const { headers } = await request(location, {
      method: 'HEAD',
      headers: { ...tus, authorization: `Bearer ${storage.serviceRoleKey}` },
    })
    return Number(headers['upload-offset'])
  }

  function append(location: string, offset: number, body: Buffer) {
    return ask('PATCH', location, {
      headers: {
        ...tus,
        'upload-offset': String(offset),
        'content-type': 'application/offset+octet-stream',
      },
      body,
    })
  }

  test('are addressed below the prefix, past the limit of a single request', async () => {
    const location = await create('big', 2_000_000)
    expect(location.startsWith(`${storage.url}/upload/resumable/`)).toBe(true)
    expect((await append(location, 0, Buffer.alloc(2_000_000, 1))).headers['tus-complete']).toBe('1')
    const single = await ask('POST', `/object/${bucket}/single`, {
      headers: upsert,
      body: Buffer.alloc(2_000_000),
    })
    expect(JSON.parse(single.body)).toMatchObject({ statusCode: '413', code: 'EntityTooLarge' })
  })

  test('are resumed after the server was restarted', async () => {
    const location = await create('restarted', 10)
    await append(location, 0, Buffer.from('01234'))
    const { port } = new URL(storage.url)
    await storage.stop()
    storage = await start(Number(port))
    expect(await offsetOf(location)).toBe(5)
    await append(location, 5, Buffer.from('56789'))
    expect((await ask('GET', `/object/authenticated/${bucket}/restarted`)).body).toBe('0123456789')
  })
})

describe('when something is broken', () => {
  test('altered bytes are served with their own ETag, while info still tells of the old ones', async () => {
    await ask('POST', `/object/${bucket}/k`, { headers: upsert, body: 'right' })
    await writeFile(await storage.pathOf(bucket, 'k'), 'wrong')
    const read = await ask('GET', `/object/authenticated/${bucket}/k`)
    expect(read.body).toBe('wrong')
    const info = await ask('GET', `/object/info/${bucket}/k`)
    expect(JSON.parse(info.body).etag).toBe(`"${createHash('md5').update('right').digest('hex')}"`)
    expect(read.headers.etag).not.toBe(info.headers.etag)
  })

  test('an upload whose row is refused leaves no file', async () => {
    const before = (await storedFiles()).length
    await database.query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise 'no' using errcode = 'P0001'; end $$;
       create trigger refuse before insert on storage.objects for each row execute function refuse()`,
    )
    const answer = await ask('POST', `/object/${bucket}/k`, { headers: upsert, body: 'x' })
    await database.query('drop function refuse cascade')
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([500, 'DatabaseError'])
    expect((await storedFiles()).length).toBe(before)
  })

  test('without a database it answers 500', async () => {
    const bare = await startStorageApi({
      databaseUrl: platform.superuserUrl.replace(/:\d+\//, ':1/'),
      directory: join(platform.directory, 'unused'),
      jwtSecret,
      prefix: '',
    })
    const answer = await ask('GET', `${bare.url}/bucket`)
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([500, 'InternalError'])
    await bare.stop()
  })

  test('connections that the database ended are replaced', async () => {
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'storage-api'",
    )
    await expect.poll(async () => (await ask('GET', `/bucket/${bucket}`)).status).toBe(200)
  })
})

describe('over an object store', () => {
  let hosted: StorageApi

  beforeAll(async () => {
    hosted = await startStorageApi({
      databaseUrl: platform.superuserUrl,
      directory: join(platform.directory, 'object-store'),
      jwtSecret,
      backend: 's3',
    })
  })

  afterAll(() => hosted?.stop())

  const md5 = (bytes: string | Buffer) => createHash('md5').update(bytes)

  test('an upload of known length has its MD5 for ETag, one of unknown length the MD5 of its parts', async () => {
    const parts = [Buffer.alloc(16 << 20, 1), Buffer.alloc(5, 2)]
    await ask('POST', `${hosted.url}/object/${bucket}/whole`, { headers: upsert, body: 'whole' })
    const chunked = await request(`${hosted.url}/object/${bucket}/chunked`, {
      method: 'POST',
      headers: { ...upsert, authorization: `Bearer ${hosted.serviceRoleKey}` },
      body: Readable.from(parts),
    })
    await chunked.body.dump()
    const etag = async (key: string) =>
      (await ask('GET', `${hosted.url}/object/authenticated/${bucket}/${key}`)).headers.etag
    expect(await etag('whole')).toBe(`"${md5('whole').digest('hex')}"`)
    const ofParts = Buffer.concat(parts.map((part) => md5(part).digest()))
    expect(await etag('chunked')).toBe(`"${md5(ofParts).digest('hex')}-2"`)
  })

  test('altered bytes keep their ETag', async () => {
    await ask('POST', `${hosted.url}/object/${bucket}/k`, { headers: upsert, body: 'right' })
    await writeFile(await hosted.pathOf(bucket, 'k'), 'wrong')
    const read = await ask('GET', `${hosted.url}/object/authenticated/${bucket}/k`)
    expect([read.body, read.headers.etag]).toEqual(['wrong', `"${md5('right').digest('hex')}"`])
  })

  test('a row whose bytes are gone is a missing key', async () => {
    await ask('POST', `${hosted.url}/object/${bucket}/k`, { headers: upsert, body: 'x' })
    await rm(await hosted.pathOf(bucket, 'k'))
    const read = await ask('GET', `${hosted.url}/object/authenticated/${bucket}/k`)
    expect([read.status, JSON.parse(read.body)]).toEqual([
      400,
      { statusCode: '404', error: 'Not found', message: 'The resource was not found', code: 'NoSuchKey' },
    ])
  })
})
