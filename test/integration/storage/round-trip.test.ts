import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { createStorageClient } from '../../../src/storage/api/client.ts'
import { uploadResumable } from '../../../src/storage/api/tus.ts'
import { restoreStorage } from '../../../src/storage/restore/restore.ts'
import { verifyStorage } from '../../../src/storage/verify/verify.ts'
import { startTestStorage, type TestStorage } from '../../helpers/storage.ts'
import { createGenerations, type Generations, quickRetries } from '../../helpers/storage-generations.ts'

let storage: TestStorage
let generations: Generations

beforeAll(async () => {
  storage = await startTestStorage()
})
afterAll(() => storage?.stop())

beforeEach(async () => {
  await storage.empty()
  generations = await createGenerations(storage)
  return () => generations.remove()
})

const metadataHeader = (value: unknown) => ({
  'x-metadata': Buffer.from(JSON.stringify(value)).toString('base64'),
})

const standardLimit = 52_428_800
/** Where something changes: read whole or streamed, one request or resumable, one part or more. */
const limits = [1 << 20, 4 << 20, 6_000_000, 6 << 20]
const sizes = [0, 1, ...limits.flatMap((limit) => [limit - 1, limit, limit + 1]), (12 << 20) + 1]

const userMetadata = {
  none: {},
  nested: { a: { b: [1, 2.5, null, true, { c: 'd' }] }, '': 'empty name' },
  unicode: { grüße: '😀 \u0001 \u2028', 'a"b\\c': '\n' },
  '8 KB': { text: 'x'.repeat(8_000) },
  '15 KB': { text: 'x'.repeat(15_000) },
  '200 KB': { text: 'ü'.repeat(100_000) },
}
const cacheControls = [
  'no-cache',
  'max-age=3600',
  'max-age=0',
  'max-age=60, immutable',
  'private, max-age=7',
  'public',
]
const mimetypes = [
  'text/html; charset=utf-8',
  'Text/Plain ; Charset=UTF-8',
  'application/octet-stream',
  'garbage',
  'multipart/form-data; boundary=x',
  'text/plain; name="ü"',
]

/** Attributes that uploads cannot give are given by SQL: older versions and other roads left such rows. */
async function setMetadata(bucket: string, key: string, attributes: object) {
  await storage.database.query(
    'update storage.objects set metadata = metadata || $3 where bucket_id = $1 and name = $2',
    [bucket, key, JSON.stringify(attributes)],
  )
}

async function rowsOf() {
  const { rows } = await storage.database.query(
    `select bucket_id, name, id, owner, owner_id, created_at, updated_at, last_accessed_at, user_metadata,
            metadata - 'lastModified' as metadata
       from storage.objects order by bucket_id, name collate "C"`,
  )
  return rows
}

test('Metadata that somebody nested as deep as PostgreSQL takes them are backed up, restored and compared', async () => {
  await storage.createBucket('deep')
  for (const key of ['one', 'two']) await storage.put('deep', key, 'some bytes')
  const deep = `${'{"a":['.repeat(2_800)}1${']}'.repeat(2_800)}`
  await storage.database.query(`update storage.objects set user_metadata = $1::jsonb where name = 'one'`, [
    deep,
  ])
  await storage.database.query(
    `update storage.objects set metadata = metadata || jsonb_build_object('own', $1::jsonb) where name = 'two'`,
    [deep],
  )
  await generations.backUp('1')
  await generations.backUp('2', { previous: '1' })
  const text = `select name, user_metadata::text as user, (metadata->'own')::text as own from storage.objects order by name`
  const { rows: before } = await storage.database.query(text)
  const options = {
    ...{ generation: generations.path('2'), endpoint: storage.endpoint, database: storage.operator },
    ...{ log: silentLog, retry: quickRetries },
  }
  for (const how of ['from nothing', 'over what is there']) {
    if (how === 'from nothing') await storage.empty()
    expect(await restoreStorage(options)).toMatchObject({ status: 'complete', findings: [] })
    expect((await storage.database.query(text)).rows).toEqual(before)
    expect(await verifyStorage(options)).toMatchObject({ ok: true, differences: [] })
  }
})

describe.each([
  { road: 'single requests', tusThreshold: 6_000_000 },
  { road: 'resumable uploads', tusThreshold: 1 },
])('a round trip of attributes by $road', ({ road, tusThreshold }) => {
  const body = 'some bytes'
  const resumable = road === 'resumable uploads'

  beforeEach(async () => {
    await storage.createBucket('attributes')
    for (const [n, value] of mimetypes.entries()) {
      await storage.put('attributes', `type/${n}`, body)
      await setMetadata('attributes', `type/${n}`, { mimetype: value })
    }
    for (const [n, value] of cacheControls.entries())
      await storage.put('attributes', `cache/${n}`, body, { 'cache-control': value })
    for (const [name, value] of Object.entries(userMetadata)) {
      await storage.put('attributes', `meta/${name}`, body, { 'cache-control': 'max-age=60' })
      await storage.database.query('update storage.objects set user_metadata = $2 where name = $1', [
        `meta/${name}`,
        JSON.stringify(value),
      ])
    }
    await generations.backUp('1')
  })
  const options = () => ({
    generation: generations.path('1'),
    endpoint: storage.endpoint,
    log: silentLog,
    retry: quickRetries,
    tusThreshold,
  })

  test('with SQL gives every attribute back, row by row', async () => {
    await storage.database.query(`update storage.objects set user_metadata = null where name = 'meta/none'`)
    await generations.backUp('2')
    const before = await rowsOf()
    await storage.empty()
    const both = { ...options(), generation: generations.path('2'), database: storage.operator }
    const result = await restoreStorage(both)
    expect(result).toMatchObject({ status: 'complete', findings: [] })
    expect(await rowsOf()).toEqual(before)
    expect((await verifyStorage({ ...both, verifyBytes: 'all' })).differences).toEqual([])
    expect((await restoreStorage(both)).counts).toMatchObject({
      objectsSent: 0,
      objectsRewritten: 0,
      rowsFixed: 0,
    })
  })

  test('through the API gives back all that it can and names the rest', async () => {
    await storage.empty()
    const result = await restoreStorage(options())
    const unset = result.findings.find(({ kind }) => kind === 'user-metadata-not-set')?.names ?? []
    expect(unset.sort()).toEqual(resumable ? ['attributes/meta/15 KB', 'attributes/meta/200 KB'] : [])
    const { differences } = await verifyStorage({ ...options(), verifyBytes: 'all' })
    const expected = unset.map((name) => ({ kind: 'user-metadata', name, detail: undefined }))
    expect(differences.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual(expected)
  })
})

const exact = '{"big": 12345678901234567890123, "small": 0.10000000000000000555, "zero": 1.50}'

test('numbers in user metadata and what SQL put into metadata come back to the last digit with SQL, or are named', async () => {
  await storage.createBucket('exact')
  for (const key of ['numbers', 'keys', 'both', 'plain'])
    await storage.put('exact', key, 'bytes', { 'content-type': 'text/plain' })
  const set = (sql: string, key: string) =>
    storage.database.query(`update storage.objects set ${sql} where bucket_id = 'exact' and name = '${key}'`)
  await set(`user_metadata = '${exact}'`, 'numbers')
  await set(`metadata = metadata || '{"own": {"deep": [1, 12345678901234567890123]}, "a": null}'`, 'keys')
  await set(`user_metadata = '${exact}', metadata = metadata || '{"own": 7.10}'`, 'both')
  await generations.backUp('1')
  const values = async () =>
    (
      await storage.database.query(
        `select name, user_metadata::text as user_metadata, (metadata - 'lastModified')::text as metadata
           from storage.objects order by name`,
      )
    ).rows
  const before = await values()
  const options = {
    generation: generations.path('1'),
    endpoint: storage.endpoint,
    log: silentLog,
    retry: quickRetries,
  }
  await storage.empty()
  const named = await restoreStorage(options)
  expect(named.findings.filter(({ severity }) => severity === 'manual')).toMatchObject([
    { kind: 'user-metadata-rounded', names: ['exact/both', 'exact/numbers'] },
    { kind: 'metadata-not-set', names: ['exact/both', 'exact/keys'] },
  ])
  const both = { ...options, database: storage.operator }
  const { differences } = await verifyStorage(both)
  // Owners and times, which no API sets either, are compared too.
  const ofMetadata = differences.filter(({ kind }) => kind.endsWith('metadata'))
  expect(ofMetadata.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'metadata exact/both',
    'user-metadata exact/both',
    'metadata exact/keys',
    'user-metadata exact/numbers',
  ])
  expect(await restoreStorage(both)).toMatchObject({ status: 'complete', counts: { objectsSent: 0 } })
  expect(await values()).toEqual(before)
  expect(await verifyStorage(both)).toMatchObject({ ok: true })
  await storage.empty()
  expect(await restoreStorage(both)).toMatchObject({ status: 'complete', counts: { objectsSent: 4 } })
  expect(await values()).toEqual(before)
})

test('an object whose row tells no content type is served afterwards as it was before', async () => {
  await storage.createBucket('exact')
  await storage.put('exact', 'null', 'bytes', { 'content-type': 'text/css', 'cache-control': 'max-age=7' })
  await storage.put('exact', 'part', 'bytes', { 'content-type': 'text/css' })
  await storage.put('exact', 'whole', 'bytes', { 'content-type': 'text/css' })
  for (const [key, value] of Object.entries({ empty: '{}', list: '[]', text: '"x"' })) {
    await storage.put('exact', key, 'bytes', { 'content-type': 'text/css' })
    await storage.database.query(`update storage.objects set metadata = $1 where name = $2`, [value, key])
  }
  await storage.database.query(`update storage.objects set metadata = null where name = 'null'`)
  await storage.database.query(
    `update storage.objects set metadata = metadata - 'mimetype' where name = 'part'`,
  )
  await storage.put('exact', 'sized', 'bytes', { 'content-type': 'text/css' })
  await storage.database.query(
    `update storage.objects set metadata = metadata || '{"size": "5"}' where name = 'sized'`,
  )
  await generations.backUp('1')
  await generations.backUp('2', { previous: generations.path('1') })
  await storage.empty()
  const options = {
    generation: generations.path('2'),
    endpoint: storage.endpoint,
    log: silentLog,
    database: storage.operator,
  }
  const restored = await restoreStorage(options)
  expect(restored).toMatchObject({ status: 'complete', counts: { objectsSent: 7 } })
  expect(restored.findings.find(({ kind }) => kind === 'metadata-completed')?.names?.toSorted()).toEqual(
    ['empty', 'list', 'null', 'part', 'sized', 'text'].map((name) => `exact/${name}`),
  )
  expect(await verifyStorage({ ...options, verifyBytes: 'all' })).toMatchObject({ ok: true })
  const { rows } = await storage.database.query(`select metadata->>'mimetype' as type from storage.objects`)
  expect(rows).toEqual(Array.from({ length: 7 }, () => ({ type: 'text/css' })))
})

/** For what is larger than the service takes in one request. */
async function putResumable(bucket: string, key: string, bytes: Buffer) {
  const path = generations.path('upload')
  await writeFile(path, bytes)
  const client = createStorageClient({ endpoint: storage.endpoint, connections: 1 })
  const wanted = {
    mimetype: undefined,
    cacheControl: undefined,
    robots: undefined,
    userMetadata: {},
    userMetadataText: '{}',
  }
  await uploadResumable(client, { bucket, key, path, bytes: bytes.length, wanted, userMetadata: '{}' })
  await client.close()
}

test('a round trip of sizes around every limit', async () => {
  await storage.createBucket('sizes', { file_size_limit: '400MB' })
  const bytes = Buffer.alloc(standardLimit + 1, 'sixteen bytes...')
  for (const size of sizes) await storage.put('sizes', `of-${size}`, bytes.subarray(0, size))
  await putResumable('sizes', `of-${bytes.length}`, bytes)
  await storage.put('sizes', 'folder/.emptyFolderPlaceholder', '')
  const options = {
    generation: generations.path('1'),
    endpoint: storage.endpoint,
    database: storage.operator,
    log: silentLog,
  }
  await generations.backUp('1')
  await storage.database.query(`update storage.buckets set file_size_limit = 10, allowed_mime_types = '{}'`)
  await storage.database.query("set storage.allow_delete_query = 'true'")
  await storage.database.query('delete from storage.objects')
  expect((await restoreStorage(options)).status).toBe('complete')
  expect((await verifyStorage({ ...options, verifyBytes: 'all' })).differences).toEqual([])
})

test('a resumable upload broken at every turn still arrives whole', async () => {
  if (storage.standIn === undefined) return
  const bytes = Buffer.alloc(20_000_000, 'resumed ')
  await storage.createBucket('one')
  await storage.put('one', 'big', bytes, metadataHeader({ a: 1 }))
  await generations.backUp('1')
  await storage.remove('one', 'big')
  storage.standIn.faults.add({
    match: { method: 'PATCH' },
    after: 1,
    times: 3,
    fault: { kind: 'interrupt', bytes: 1_000_000 },
  })
  const options = {
    generation: generations.path('1'),
    endpoint: storage.endpoint,
    log: silentLog,
    retry: quickRetries,
  }
  const result = await restoreStorage(options)
  expect(result).toMatchObject({ status: 'complete', counts: { objectsSent: 1, retries: 3 } })
  expect((await verifyStorage({ ...options, verifyBytes: 'all' })).differences).toEqual([])
})

test('a backup without a database connection is complete, only weaker', async () => {
  await storage.createBucket('one')
  for (let n = 0; n < 1_203; n += 1)
    if (n % 100 === 0) await storage.put('one', `key ${n}`, `number ${n}`, metadataHeader({ n }))
  await storage.database.query(
    `insert into storage.objects (bucket_id, name, version, metadata)
     select 'one', 'sql/' || n, 'v', '{"size": 1, "eTag": "x"}' from generate_series(1, 2500) n`,
  )
  const first = await generations.mirror('1', { scope: { exclude: ['one/sql/'] } })
  expect(first).toMatchObject({
    status: 'complete',
    counts: { objects: 13, objectsFetched: 13, objectsExcluded: 2500 },
  })
  expect(first.findings.map(({ kind }) => kind)).toEqual(['storage-catalogue-weak', 'objects-excluded'])
  const [row] = await generations.rows('1', 'one')
  expect(row).toMatchObject({ name: 'key 0', user_metadata: { n: 0 }, version: expect.any(String) })
  const second = await generations.mirror('2', {
    scope: { exclude: ['one/sql/'] },
    previous: generations.path('1'),
  })
  expect(second.counts).toMatchObject({ objectsReused: 13, objectsFetched: 0 })
  expect((await generations.rows('2', 'one'))[0]).toEqual(row)
})
