import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { storageLayout } from '../../../src/storage/catalogue/layout.ts'
import { previewStorage } from '../../../src/storage/restore/preview.ts'
import { observeTarget, reconcileRows } from '../../../src/storage/restore/reconcile.ts'
import { restoreStorage } from '../../../src/storage/restore/restore.ts'
import type { RestoreOptions } from '../../../src/storage/restore/run.ts'
import { verifyStorageFiles } from '../../../src/storage/verify/files.ts'
import { type VerifyOptions, verifyStorage } from '../../../src/storage/verify/verify.ts'
import { unless } from '../../helpers/skipped.ts'
import { notStandIn, realStorage, startTestStorage, type TestStorage } from '../../helpers/storage.ts'
import { createGenerations, type Generations, quickRetries } from '../../helpers/storage-generations.ts'
import { replaceRows, saveRows } from '../../helpers/storage-rows.ts'

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

const common = () => ({
  generation: generations.path('1'),
  endpoint: storage.endpoint,
  log: silentLog,
  retry: quickRetries,
})
const restore = (options: Partial<RestoreOptions> = {}) => restoreStorage({ ...common(), ...options })
const verify = (options: Partial<VerifyOptions> = {}) =>
  verifyStorage({ ...common(), verifyBytes: 'all', ...options })

/** Rows without what only the service decides. */
async function comparableRows() {
  const { rows } = await storage.database.query(
    `select bucket_id, name, id, owner_id, created_at, updated_at, user_metadata,
            metadata - 'lastModified' as metadata
       from storage.objects order by bucket_id, name collate "C"`,
  )
  return rows
}

async function fill() {
  await storage.createBucket('open', { public: true })
  await storage.createBucket('strict', { file_size_limit: 1000, allowed_mime_types: ['text/plain'] })
  await storage.createBucket('nothing-allowed', { allowed_mime_types: [] })
  await storage.createBucket('empty')
  await storage.put('open', 'a', 'file a')
  await storage.put('open', 'a/b', 'file a/b')
  await storage.put('open', 'zero', '')
  await storage.put('open', 'odd/q?x &+', 'odd', {
    'content-type': 'Text/Plain ; Charset=UTF-8',
    'cache-control': 'private, max-age=7',
    'x-metadata': Buffer.from('{"deep":{"ü":[1,null,"x"]}}').toString('base64'),
    'x-robots-tag': 'noindex',
  })
  await storage.put('strict', 'ok.txt', 'fine', { 'content-type': 'text/plain' })
}

describe.each(['with a database connection', 'through the API alone'])('a restore %s', (road) => {
  const database = () => (road.startsWith('with') ? { database: storage.operator } : {})

  test('brings everything back into an empty project', async () => {
    await fill()
    await generations.backUp('1')
    const before = await comparableRows()
    await storage.empty()
    const result = await restore(database())
    expect(result).toMatchObject({ status: 'complete', counts: { objectsSent: 5, buckets: 4 } })
    expect((await verify(database())).differences).toEqual([])
    if (road.startsWith('with')) expect(await comparableRows()).toEqual(before)
    const { rows } = await storage.database.query(
      'select id, public, file_size_limit, allowed_mime_types from storage.buckets order by id',
    )
    expect(rows).toEqual([
      { id: 'empty', public: false, file_size_limit: null, allowed_mime_types: null },
      { id: 'nothing-allowed', public: false, file_size_limit: null, allowed_mime_types: [] },
      { id: 'open', public: true, file_size_limit: null, allowed_mime_types: null },
      { id: 'strict', public: false, file_size_limit: '1000', allowed_mime_types: ['text/plain'] },
    ])
  })

  test('sends nothing to a target that is equal already', async () => {
    await fill()
    await generations.backUp('1')
    storage.standIn?.requests.clear()
    const result = await restore(database())
    expect(result.counts).toMatchObject({
      objectsSent: 0,
      objectsRewritten: 0,
      objectsRemoved: 0,
      objectsSame: 5,
    })
    expect(storage.standIn?.requests.entries.filter(({ method }) => method === 'PUT') ?? []).toEqual([])
  })

  test('sends what differs, rewrites what only looks different, removes what is too much', async () => {
    await fill()
    await generations.backUp('1')
    await storage.put('open', 'a', 'other')
    await storage.remove('open', 'zero')
    await storage.put('strict', 'ok.txt', 'fine', {
      'content-type': 'text/plain',
      'cache-control': 'max-age=9',
    })
    await storage.put('open', 'extra', 'too much')
    await storage.createBucket('extra-bucket')
    await storage.put('extra-bucket', 'x', 'too much')
    const result = await restore(database())
    expect(result.counts).toMatchObject({
      objectsSent: 2,
      objectsRewritten: 1,
      objectsRemoved: 2,
      objectsSame: 2,
      bucketsRemoved: 1,
    })
    expect((await verify(database())).differences).toEqual([])
  })

  test('lifts limits that would refuse an object and sets them back', async () => {
    await fill()
    await generations.backUp('1')
    await storage.empty()
    await storage.createBucket('strict', { file_size_limit: 2, allowed_mime_types: ['image/png'] })
    await storage.createBucket('open', { public: false, allowed_mime_types: [] })
    expect((await restore(database())).status).toBe('complete')
    expect((await verify(database())).differences).toEqual([])
  })

  test('keeps extras when asked to, and says so', async () => {
    await fill()
    await generations.backUp('1')
    await storage.put('open', 'extra', 'mine')
    const result = await restore({ ...database(), keepExtra: true })
    expect(result.findings).toMatchObject([{ kind: 'extra-objects-kept', names: ['open/extra'] }])
    expect((await storage.get('open', 'extra')).toString()).toBe('mine')
  })

  test('touches only what was asked for', async () => {
    await fill()
    await generations.backUp('1')
    await storage.put('open', 'a', 'changed')
    await storage.put('open', 'a/b', 'changed')
    await storage.put('strict', 'ok.txt', 'changed', { 'content-type': 'text/plain' })
    const result = await restore({ ...database(), scope: { buckets: ['open'], prefixes: ['a/'] } })
    expect(result.counts).toMatchObject({ objectsSent: 1, objectsRemoved: 0 })
    expect((await storage.get('open', 'a')).toString()).toBe('changed')
    expect((await storage.get('open', 'a/b')).toString()).toBe('file a/b')
  })

  test('is previewed in the very numbers that it then does', async () => {
    await fill()
    await generations.backUp('1')
    await storage.put('open', 'a', 'other')
    await storage.put('open', 'extra', 'too much')
    const preview = await previewStorage({ ...common(), ...database() })
    expect(preview).toMatchObject({ objectsToSend: 1, bytesToSend: 6, objectsToRemove: 1, objectsSame: 4 })
    const result = await restore(database())
    expect(result.counts).toMatchObject({ objectsSent: 1, objectsRemoved: 1, objectsSame: 4 })
  })
})

describe('after the database was restored', () => {
  const observed = () => generations.path('observed')

  async function restoreDatabaseAndStorage(mark = true) {
    const saved = await saveRows(storage)
    return {
      async run() {
        await observeTarget({ client: storage.operator, directory: observed() })
        await replaceRows(storage, saved, { mark })
        await reconcileRows(storage.database, observed())
        return restore({ database: storage.operator })
      },
    }
  }

  test.each([true, false])(
    'rows that only look whole are not taken for objects (rows marked by the restore: %s)',
    async (mark) => {
      await fill()
      await generations.backUp('1')
      const before = await comparableRows()
      const both = await restoreDatabaseAndStorage(mark)
      await storage.put('open', 'a', 'other bytes')
      await storage.remove('open', 'zero')
      await storage.put('open', 'extra', 'too much')
      const result = await both.run()
      expect(result.counts).toMatchObject({ objectsSent: 2, objectsSame: 3, objectsRemoved: 1 })
      expect((await verify({ database: storage.operator })).differences).toEqual([])
      expect(await comparableRows()).toEqual(before)
    },
  )

  test('a second restore of both sends nothing, though the rows are replaced again', async () => {
    await fill()
    await generations.backUp('1')
    const both = await restoreDatabaseAndStorage()
    await storage.empty()
    expect((await both.run()).counts).toMatchObject({ objectsSent: 5 })
    expect((await both.run()).counts).toMatchObject({ objectsSent: 0, objectsSame: 5 })
    expect((await verify({ database: storage.operator })).differences).toEqual([])
  })

  test('a restore broken off before the objects came is not fooled by what it left', async () => {
    await fill()
    await generations.backUp('1')
    const saved = await saveRows(storage)
    await storage.empty()
    await replaceRows(storage, saved)
    await observeTarget({ client: storage.operator, directory: observed() })
    await replaceRows(storage, saved)
    await reconcileRows(storage.database, observed())
    expect((await restore({ database: storage.operator })).counts).toMatchObject({ objectsSent: 5 })
    expect((await verify({ database: storage.operator })).differences).toEqual([])
  })

  test.skipIf(realStorage)(
    unless(notStandIn, 'leaves no bytes behind of what it replaces and removes'),
    async () => {
      await fill()
      await generations.backUp('1')
      const both = await restoreDatabaseAndStorage()
      await storage.put('open', 'a', 'other bytes')
      await storage.put('open', 'extra', 'too much')
      const old = await Promise.all(['a', 'extra'].map((key) => storage.fake().pathOf('open', key)))
      await both.run()
      expect(old.filter(existsSync)).toEqual([])
    },
  )
})

describe('a row of the target without a version, which the service cannot replace without harm', () => {
  const loseVersions = () =>
    storage.database.query(
      `update storage.objects set version = null, metadata = '{}' where name in ('a', 'extra')`,
    )

  beforeEach(async () => {
    await fill()
    await generations.backUp('1')
    await storage.put('open', 'extra', 'too much')
    await storage.put('open', 'extra/below', 'too much')
    await loseVersions()
  })

  test('is given one first where there is a database connection', async () => {
    const result = await restore({ database: storage.operator })
    expect(result).toMatchObject({ status: 'complete', counts: { objectsSent: 1, objectsRemoved: 2 } })
    expect((await storage.get('open', 'a')).toString()).toBe('file a')
    expect((await storage.get('open', 'a/b')).toString()).toBe('file a/b')
    expect((await verify({ database: storage.operator })).differences).toEqual([])
  })

  test('is left alone and named through the API', async () => {
    const result = await restore()
    expect(result.status).toBe('degraded')
    expect(result.findings).toMatchObject([
      { kind: 'objects-without-version', names: ['open/a'] },
      { kind: 'extra-objects-not-removed', names: ['open/extra'] },
    ])
    expect((await storage.get('open', 'a/b')).toString()).toBe('file a/b')
  })
})

describe('a verification', () => {
  beforeEach(async () => {
    await fill()
    await generations.backUp('1')
  })
  const kinds = async (options: Partial<VerifyOptions> = {}) =>
    (await verify(options)).differences.map(({ kind, name }) => `${kind} ${name}`)

  test('finds nothing where nothing differs', async () => {
    expect(await kinds()).toEqual([])
  })

  test('finds each way in which a target can differ', async () => {
    await storage.put('open', 'a', 'file A')
    await storage.remove('open', 'zero')
    await storage.put('open', 'extra', '')
    await storage.put('open', 'a/b', 'file a/b', {
      'content-type': 'image/png',
      'cache-control': 'max-age=1',
    })
    await storage.put('open', 'odd/q?x &+', 'odd', {
      'content-type': 'Text/Plain ; Charset=UTF-8',
      'cache-control': 'private, max-age=7',
    })
    await storage.database.query(`update storage.buckets set public = false where id = 'open'`)
    await storage.createBucket('surplus')
    expect((await kinds()).sort()).toEqual([
      'bucket-attributes open',
      'bucket-extra surplus',
      'bytes open/a',
      'cache-control open/a/b',
      'mimetype open/a/b',
      'object-extra open/extra',
      'object-missing open/zero',
      'robots-tag open/odd/q?x &+',
      'user-metadata open/odd/q?x &+',
    ])
  })

  test.each([
    [
      'an object’s owner',
      `update storage.objects set owner_id = 'another' where name = 'a'`,
      'object-column open/a',
    ],
    [
      'when an object was made',
      `update storage.objects set created_at = created_at - interval '1 day' where name = 'a'`,
      'object-column open/a',
    ],
    [
      'a bucket’s owner',
      `update storage.buckets set owner_id = 'another' where id = 'open'`,
      'bucket-attributes open',
    ],
  ])('finds by the database %s, and through the API what that tells', async (_what, change, found) => {
    expect(await kinds({ database: storage.operator })).toEqual([])
    await storage.database.query(change)
    expect(await kinds({ database: storage.operator })).toEqual([found])
    expect(await kinds()).toEqual([])
  })

  test.skipIf(realStorage)(unless(notStandIn, 'with bytes finds what no row shows'), async () => {
    await writeFile(await storage.fake().pathOf('open', 'a'), 'FILE A')
    expect(await kinds({ verifyBytes: 'none' })).toEqual([])
    expect(await kinds({ verifyBytes: 'all' })).toEqual(['bytes open/a'])
  })

  test('of the files finds a changed, a cut, a missing and a strange one', async () => {
    const layout = storageLayout(generations.path('1'))
    const check = async () =>
      (await verifyStorageFiles(generations.path('1'), { log: silentLog })).differences.map(
        ({ kind, name }) => `${kind} ${name}`,
      )
    expect(await check()).toEqual([])
    await writeFile(layout.object('open', 'a'), 'FILE A')
    await writeFile(layout.object('strict', 'ok.txt'), 'fin')
    await writeFile(layout.object('strict', 'strange'), '')
    expect(await check()).toEqual(['file-sha256 open/a', 'file-extra strict', 'file-size strict/ok.txt'])
  })
})
