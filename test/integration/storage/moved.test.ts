import { stat } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { openConnection } from '../../../src/storage/api/connection.ts'
import { writeCatalogueFromApi } from '../../../src/storage/catalogue/from-api.ts'
import { storageLayout } from '../../../src/storage/catalogue/layout.ts'
import { findPlacesByRows } from '../../../src/storage/mirror/places.ts'
import type { MirrorOptions } from '../../../src/storage/mirror/run.ts'
import { unless } from '../../helpers/skipped.ts'
import { notStandIn, realStorage, startTestStorage, type TestStorage } from '../../helpers/storage.ts'
import { createGenerations, type Generations } from '../../helpers/storage-generations.ts'

const metadata = { 'x-metadata': Buffer.from('{"a":1}').toString('base64') }
const one = (key: string) => ({ bucket: 'one', key })
const two = (key: string) => ({ bucket: 'two', key })

function prepare(backend: 'file' | 's3') {
  const held = {} as { storage: TestStorage; generations: Generations }
  beforeAll(async () => {
    held.storage = await startTestStorage({ backend })
  })
  afterAll(() => held.storage?.stop())
  beforeEach(async () => {
    const { storage } = held
    await storage.empty()
    held.generations = await createGenerations(storage)
    await storage.createBucket('one')
    await storage.createBucket('two')
    for (let n = 0; n < 4; n += 1) await storage.put('one', `k${n}`, `number ${n}`, metadata)
    return () => held.generations.remove()
  })
  const row = async (key: string) =>
    (await held.generations.rows('1', 'one')).find(({ name }) => name === key)
  return { held, row }
}

describe('an object that moved between catalogue and mirror', () => {
  const { held, row } = prepare('file')
  const ways: [string, () => Partial<MirrorOptions>][] = [
    [
      'found by the database',
      () => ({ findPlaces: (rows) => findPlacesByRows(held.storage.database, rows) }),
    ],
    ['found by listing', () => ({})],
  ]

  test.each(ways)('is archived under the name it had, %s', async (_, way) => {
    const { storage, generations } = held
    await generations.catalogue('1')
    const { rows: snapshot } = await storage.database.query('select * from storage.objects order by name')
    await storage.relocate('move', one('k0'), one('a-first'))
    await storage.relocate('move', one('k1'), one('z/last'))
    await storage.relocate('move', one('k2'), two('k2'))
    const result = await generations.mirror('1', way())
    expect(result).toMatchObject({
      status: 'complete',
      counts: { objects: 4, objectsFetched: 4, objectsMoved: 3, objectsDeleted: 0, bytes: 32 },
      findings: [
        { kind: 'objects-moved-since-snapshot', severity: 'note', names: ['one/k0', 'one/k1', 'one/k2'] },
      ],
    })
    for (let n = 0; n < 4; n += 1) {
      expect((await generations.bytes('1', 'one', `k${n}`)).toString()).toBe(`number ${n}`)
      const { id, version } = snapshot[n]
      expect(await row(`k${n}`)).toMatchObject({
        id,
        version,
        state: 'ok',
        bytes: 8,
        user_metadata: { a: 1 },
      })
    }
    const { file, updated_at } = (await row('k2')) ?? {}
    const { mtimeMs } = await stat(storageLayout(generations.path('1')).object('one', file ?? ''))
    expect(mtimeMs).toBe(Date.parse(updated_at ?? ''))
  })

  test.each(ways)('and whose name another object took is its own, not the newer, %s', async (_, way) => {
    const { storage, generations } = held
    await generations.catalogue('1')
    await storage.relocate('move', one('k1'), one('old/k1'))
    await storage.put('one', 'k1', 'something newer')
    const result = await generations.mirror('1', way())
    expect(result.counts).toMatchObject({ objectsFetched: 4, objectsMoved: 1, objectsChanged: 0, bytes: 32 })
    expect((await generations.bytes('1', 'one', 'k1')).toString()).toBe('number 1')
  })

  test.each(ways)('by a copy and a deletion is archived under the name it had, %s', async (_, way) => {
    const { storage, generations } = held
    await generations.catalogue('1')
    await storage.relocate('copy', one('k1'), two('copy'))
    await storage.remove('one', 'k1')
    const result = await generations.mirror('1', way())
    expect(result.counts).toMatchObject({ objectsMoved: 1, objectsDeleted: 0 })
    expect((await generations.bytes('1', 'one', 'k1')).toString()).toBe('number 1')
  })

  test.each(ways)('and was overwritten there is named as vanished, %s', async (_, way) => {
    const { storage, generations } = held
    await generations.catalogue('1')
    await storage.relocate('move', one('k1'), one('moved'))
    await storage.put('one', 'moved', 'NUMBER 1')
    await storage.remove('one', 'k2')
    const result = await generations.mirror('1', way())
    expect(result).toMatchObject({
      status: 'complete',
      counts: { objectsFetched: 2, objectsMoved: 0, objectsDeleted: 2 },
      findings: [{ kind: 'objects-deleted-since-snapshot', names: ['one/k1', 'one/k2'] }],
    })
    expect(await row('k1')).toMatchObject({ state: 'deleted-since-snapshot', file: null })
  })

  test('is archived with its user metadata where the catalogue was listed, which tells none', async () => {
    const { storage, generations } = held
    const { client } = openConnection({ endpoint: storage.endpoint, log: silentLog })
    await writeCatalogueFromApi({ client, directory: storageLayout(generations.path('1')).catalogue })
    await client.close()
    await storage.relocate('move', one('k1'), two('moved'))
    const result = await generations.mirror('1')
    expect(result.counts).toMatchObject({ objectsMoved: 1, objectsDeleted: 0 })
    expect(await row('k1')).toMatchObject({ state: 'ok', bytes: 8, user_metadata: { a: 1 } })
  })

  test('that the egress budget leaves no room for waits for a later run, and is named', async () => {
    const { storage, generations } = held
    await generations.catalogue('1')
    await storage.relocate('move', one('k1'), one('moved'))
    const result = await generations.mirror('1', { concurrency: 1, egress: { perRun: 24 } })
    expect(result).toMatchObject({ status: 'degraded', counts: { objectsMoved: 0, objectsPostponed: 1 } })
  })
})

describe.skipIf(realStorage)(unless(notStandIn, 'on the hosted platform a moved object'), () => {
  const { held, row } = prepare('s3')

  /** Without a Content-Length the service sends an object to S3 in parts. */
  async function putInParts(key: string, text: string) {
    const { url, serviceRoleKey } = held.storage.endpoint
    const body = new Blob([text]).stream()
    const headers = {
      authorization: `Bearer ${serviceRoleKey}`,
      'content-type': 'text/plain',
      'x-upsert': 'true',
    }
    const answer = await fetch(`${url}/object/${key}`, { method: 'POST', headers, body, duplex: 'half' })
    expect(answer.status).toBe(200)
  }

  test('which gets another ETag by it is proved by the parts it was sent in', async () => {
    const { storage, generations } = held
    await putInParts('one/parts', 'sent in parts')
    await generations.catalogue('1')
    await storage.relocate('move', one('parts'), two('parts'))
    const result = await generations.mirror('1')
    expect(result.counts).toMatchObject({ objectsMoved: 1, objectsDeleted: 0 })
    expect((await generations.bytes('1', 'one', 'parts')).toString()).toBe('sent in parts')
    expect(await row('parts')).toMatchObject({ metadata: { eTag: expect.stringMatching(/-1"$/) } })
  })

  test('whose bytes there are others, though as many, is named as vanished', async () => {
    const { storage, generations } = held
    await putInParts('one/parts', 'sent in parts')
    await generations.catalogue('1')
    await storage.relocate('move', one('parts'), two('parts'))
    await storage.put('two', 'parts', 'SENT IN PARTS')
    const result = await generations.mirror('1')
    expect(result.counts).toMatchObject({ objectsFetched: 4, objectsMoved: 0, objectsDeleted: 1 })
  })
})
