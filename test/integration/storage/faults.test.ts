import { stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ComponentResult } from '../../../src/common/findings.ts'
import type { Log } from '../../../src/common/log.ts'
import { breakdowns, type Fault } from '../../../src/standin/storage-api/faults.ts'
import { startStorageApi } from '../../../src/standin/storage-api/server.ts'
import { storageLayout } from '../../../src/storage/catalogue/layout.ts'
import type { MirrorOptions } from '../../../src/storage/mirror/run.ts'
import { unless } from '../../helpers/skipped.ts'
import { notStandIn, realStorage, startTestStorage, type TestStorage } from '../../helpers/storage.ts'
import { createGenerations, type Generations } from '../../helpers/storage-generations.ts'

let storage: TestStorage
let generations: Generations
const big = Buffer.alloc(5 << 20, 'large object ')

describe.skipIf(realStorage)(unless(notStandIn, 'a mirror under faults'), () => {
  beforeAll(async () => {
    storage = await startTestStorage()
  })
  afterAll(() => storage?.stop())

  beforeEach(async () => {
    await storage.empty()
    generations = await createGenerations(storage)
    await storage.createBucket('one')
    for (let n = 0; n < 12; n += 1) await storage.put('one', `k${n}`, `number ${n}`)
    storage.fake().requests.clear()
    return () => generations.remove()
  })

  const plant = (fault: Fault, match: { key?: string } = {}, times?: number, after?: number) =>
    storage.fake().faults.add({
      match: { route: 'get', ...match },
      fault,
      ...(times !== undefined && { times }),
      ...(after !== undefined && { after }),
    })

  /** The kinds of rows that must add up to all objects, whatever happened. */
  async function statesOf(name: string) {
    const counts: Record<string, number> = {}
    for (const row of await generations.rows(name, 'one')) counts[row.state] = (counts[row.state] ?? 0) + 1
    return counts
  }

  async function expectCleanRerun() {
    storage.fake().faults.clear()
    const result = await generations.backUp('rerun', { previous: generations.path('1') })
    expect(result.status).toBe('complete')
    expect(await statesOf('rerun')).toEqual({ ok: result.counts['objects'] })
  }

  test.each<[string, Fault, number]>([
    ['a storm of 429', breakdowns.slowDown(), 30],
    ['429 with Retry-After', breakdowns.slowDown(0), 10],
    ['544 database timeouts', breakdowns.databaseTimeout(), 10],
    ['502 of a gateway', breakdowns.gateway(502, '<html>'), 10],
    ['a busy answer without a body', breakdowns.gateway(503), 10],
    ['connections reset', { kind: 'reset', when: 'before' }, 10],
    ['bodies cut before the first byte', { kind: 'cut', bytes: 0 }, 10],
    ['bodies cut after one byte', { kind: 'cut', bytes: 1 }, 10],
    ['bodies cut before the last byte', { kind: 'cut', bytes: 7 }, 10],
    ['wrong bytes', { kind: 'corrupt' }, 10],
    ['a Content-Length too large', { kind: 'length', contentLength: 99 }, 6],
    ['a Content-Length too small', { kind: 'length', contentLength: 3 }, 6],
    ['no Content-Length', { kind: 'length', contentLength: null }, 10],
    ['delays', { kind: 'delay', milliseconds: 30 }, 12],
  ])('%s: every object arrives whole', async (_, fault, times) => {
    plant(fault, {}, times)
    const result = await generations.backUp('1', { stallMs: 500 })
    expect(result).toMatchObject({ status: 'complete', counts: { objects: 12, objectsFetched: 12 } })
    for (let n = 0; n < 12; n += 1)
      expect((await generations.bytes('1', 'one', `k${n}`)).toString()).toBe(`number ${n}`)
  })

  test.each<[string, Fault]>([
    ['500 for ever', breakdowns.internal()],
    ['wrong bytes for ever', { kind: 'corrupt' }],
    ['a body cut for ever', { kind: 'cut', bytes: 3 }],
    ['a service that drips for ever', { kind: 'trickle', bytes: 1, pause: 400 }],
  ])('%s on one key: the others arrive, it is named, and the run is degraded', async (_, fault) => {
    plant(fault, { key: 'k3' })
    const result = await generations.backUp('1', {
      stallMs: 300,
      retry: { minTimeoutMs: 1, maxTimeoutMs: 2, retries: 2 },
    })
    expect(result).toMatchObject({ status: 'degraded', counts: { objects: 12, objectsUnreadable: 1 } })
    expect(result.findings[0]).toMatchObject({ kind: 'objects-unreadable', names: ['one/k3'] })
    expect(await statesOf('1')).toEqual({ ok: 11, unreadable: 1 })
    await expectCleanRerun()
  })

  test('a service that stands still for ever at one key is asked three times, and the key is named', async () => {
    const planted = plant({ kind: 'delay', milliseconds: 3_600_000 }, { key: 'k3' })
    const result = await generations.backUp('1', {
      stallMs: 100,
      retry: { minTimeoutMs: 1, maxTimeoutMs: 2 },
    })
    expect(planted.struck).toBe(3)
    expect(result).toMatchObject({ status: 'degraded', counts: { objects: 12, objectsUnreadable: 1 } })
    expect(result.findings).toMatchObject([
      { kind: 'objects-unreadable', names: ['one/k3'] },
      { kind: 'objects-stalled', names: ['one/k3'] },
    ])
    await expectCleanRerun()
  })

  test('a large body cut again and again is resumed where it broke off', async () => {
    await storage.put('one', 'big', big)
    plant({ kind: 'cut', bytes: 2 << 20 }, { key: 'big' }, 2)
    storage.fake().requests.clear()
    const result = await generations.backUp('1')
    expect(result.status).toBe('complete')
    expect((await generations.bytes('1', 'one', 'big')).equals(big)).toBe(true)
    const sent = storage
      .fake()
      .requests.entries.filter(({ key, route }) => key === 'big' && route === 'get')
      .reduce((sum, request) => sum + request.sent, 0)
    expect(sent).toBeLessThan(big.length + (1 << 20))
  })

  test('a large body that changes while it is resumed is fetched as it is now', async () => {
    await storage.put('one', 'big', big)
    const changed = Buffer.alloc(big.length, 'changed ')
    await generations.catalogue('1')
    const planted = plant({ kind: 'cut', bytes: 2 << 20 }, { key: 'big' }, 1)
    const running = generations.mirror('1', { retry: { minTimeoutMs: 300, maxTimeoutMs: 300 } })
    while (planted.struck === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await storage.put('one', 'big', changed)
    const result = await running
    expect(result.counts).toMatchObject({ objectsChanged: 1 })
    expect((await generations.bytes('1', 'one', 'big')).equals(changed)).toBe(true)
  })

  describe('when the project lives on after the snapshot', () => {
    test('an object overwritten since is archived as it is now and said to be so', async () => {
      await generations.catalogue('1')
      await storage.put('one', 'k3', 'newer', { 'x-metadata': Buffer.from('{"a":1}').toString('base64') })
      const result = await generations.mirror('1')
      expect(result).toMatchObject({ status: 'complete', counts: { objectsChanged: 1 } })
      expect(result.findings).toMatchObject([{ kind: 'objects-changed-since-snapshot', severity: 'note' }])
      const row = (await generations.rows('1', 'one')).find(({ name }) => name === 'k3')
      expect(row).toMatchObject({ state: 'changed-since-snapshot', user_metadata: { a: 1 }, bytes: 5 })
      const next = await generations.backUp('2', { previous: generations.path('1') })
      expect(next.counts).toMatchObject({ objectsFetched: 0, objectsReused: 12 })
    })

    test('an object deleted since is said to be so', async () => {
      await generations.catalogue('1')
      await storage.remove('one', 'k3')
      const result = await generations.mirror('1')
      expect(result).toMatchObject({ status: 'complete', counts: { objectsDeleted: 1, objectsFetched: 11 } })
      expect(await statesOf('1')).toEqual({ ok: 11, 'deleted-since-snapshot': 1 })
    })

    test('a bucket deleted since is said to be so', async () => {
      await storage.createBucket('two')
      await generations.catalogue('1')
      await storage.database.query(
        `begin; set local storage.allow_delete_query = 'true'; delete from storage.buckets where id = 'two'; commit`,
      )
      const result = await generations.mirror('1')
      expect(result.findings).toMatchObject([{ kind: 'buckets-deleted-since-snapshot', names: ['two'] }])
    })
  })

  test('a row whose file is missing keeps its last good copy, marked stale, until it can be read again', async () => {
    await generations.backUp('1')
    await storage.put('one', 'k3', 'second version')
    const path = await storage.fake().pathOf('one', 'k3')
    await unlink(path)
    const retry = { minTimeoutMs: 1, maxTimeoutMs: 2, retries: 1 }
    const degraded = await generations.backUp('2', { previous: generations.path('1'), retry })
    expect(degraded).toMatchObject({ status: 'degraded', counts: { objectsStale: 1, objectsReused: 11 } })
    expect((await generations.bytes('2', 'one', 'k3')).toString()).toBe('number 3')
    const again = await generations.backUp('3', { previous: generations.path('2'), retry })
    expect(again.counts).toMatchObject({ objectsStale: 1 })
    await storage.put('one', 'k3', 'third version')
    const healed = await generations.backUp('4', { previous: generations.path('3') })
    expect(healed).toMatchObject({ status: 'complete', counts: { objectsFetched: 1, objectsReused: 11 } })
    expect((await generations.bytes('4', 'one', 'k3')).toString()).toBe('third version')
  })

  test('a row with a name that the service lists but refuses is unreadable, and nothing else', async () => {
    for (const name of ['ü', '100%', 'tab\there'])
      await storage.database.query(
        `insert into storage.objects (bucket_id, name, version, metadata) values ('one', $1, 'v', '{"size":1}')`,
        [name],
      )
    const result = await generations.backUp('1')
    expect(result).toMatchObject({ status: 'degraded', counts: { objects: 15, objectsUnreadable: 3 } })
  })

  test('many rows without files are each unreadable: the service lives, so the run goes on', async () => {
    await storage.database.query(
      `insert into storage.objects (bucket_id, name, version, metadata)
       select 'one', 'lost/' || n, 'v', '{"size": 1, "eTag": "x"}' from generate_series(1, 60) n`,
    )
    const result = await generations.backUp('1')
    expect(result).toMatchObject({
      status: 'degraded',
      counts: { objects: 72, objectsFetched: 12, objectsUnreadable: 60, retries: 180 },
    })
  })

  describe('what ends the whole run', () => {
    const failing = (options: Partial<MirrorOptions> = {}) => generations.backUp('1', options)
    const code = (expected: string) => expect.objectContaining({ code: expected })

    test('an expired key half way', async () => {
      plant(breakdowns.expiredToken(), {}, undefined, 5)
      await expect(failing()).rejects.toEqual(code('STORAGE_KEY_EXPIRED'))
    })

    test('a key of too little power, before any object is called deleted', async () => {
      const { url, anonKey } = storage.fake()
      await expect(failing({ endpoint: { url, serviceRoleKey: anonKey } })).rejects.toEqual(code('KEY_WEAK'))
    })

    test('a service that is down, after a few objects and not after all', async () => {
      for (let n = 12; n < 200; n += 1) await storage.put('one', `k${n}`, 'x')
      storage.fake().requests.clear()
      plant({ kind: 'reset', when: 'before' })
      storage.fake().faults.add({
        match: { route: 'bucket-list' },
        after: 1,
        fault: { kind: 'reset', when: 'before' },
      })
      await expect(failing({ retry: { retries: 0 } })).rejects.toEqual(code('STORAGE_DOWN'))
      expect(storage.fake().requests.count('get')).toBeLessThan(100)
    })

    test.each([1, 10, 100])('a service that is gone half way, at %i at a time alike', async (concurrency) => {
      for (let n = 12; n < 300; n += 1) await storage.put('one', `k${n}`, 'x')
      plant({ kind: 'reset', when: 'before' }, {}, undefined, 5)
      storage
        .fake()
        .faults.add({ match: { route: 'bucket-list' }, after: 1, fault: { kind: 'reset', when: 'before' } })
      // The pauses between attempts are the product's own: hours for so many objects one by one.
      const retry = { retries: 7, minTimeoutMs: 500, maxTimeoutMs: 30_000 }
      await expect(failing({ concurrency, retry, silenceMs: 400 })).rejects.toEqual(code('STORAGE_DOWN'))
    })

    test('a service that takes every request and answers none', async () => {
      plant({ kind: 'delay', milliseconds: 3_000_000 }, {}, undefined, 3)
      storage
        .fake()
        .faults.add({ match: { route: 'bucket-list' }, after: 1, fault: { kind: 'reset', when: 'before' } })
      await expect(failing({ silenceMs: 300 })).rejects.toEqual(code('STORAGE_DOWN'))
    })

    test.each([
      ['pages that overlap', { hasNext: true, nextCursor: 'x', objects: ['b', 'a'] }],
      ['a next page that is nowhere', { hasNext: true, objects: ['a'] }],
    ])('a listing with %s, which may have holes as well', async (_, { objects, ...page }) => {
      const rows = objects.map((name) => ({
        id: null,
        name,
        created_at: null,
        updated_at: null,
        metadata: null,
      }))
      storage.fake().faults.add({
        match: { route: 'list-v2' },
        fault: breakdowns.gateway(200, JSON.stringify({ ...page, objects: rows })),
      })
      await expect(generations.mirror('1')).rejects.toEqual(code('STORAGE_LISTING_BROKEN'))
    })

    test('an interruption, with the reason given', async () => {
      plant({ kind: 'delay', milliseconds: 5_000 })
      const stop = new AbortController()
      const running = failing({ signal: stop.signal })
      setTimeout(() => stop.abort(new Error('interrupted by SIGTERM')), 100)
      await expect(running).rejects.toThrow('interrupted by SIGTERM')
    })

    test('an interruption while everything fails, of which nothing else is said', async () => {
      const said: string[] = []
      const hear = (text: string) => void said.push(text)
      const log: Log = { debug: hear, info: hear, warn: hear, error: hear, child: () => log }
      const planted = plant({ kind: 'delay', milliseconds: 3_000_000 })
      const stop = new AbortController()
      const running = failing({ signal: stop.signal, log })
      const ended = expect(running).rejects.toThrow('interrupted by SIGTERM')
      while (planted.struck < 3) await new Promise((resolve) => setTimeout(resolve, 5))
      stop.abort(new Error('interrupted by SIGTERM'))
      await ended
      expect(said.filter((text) => /destroyed|trying again|not answer/.test(text))).toEqual([])
    })

    test('and what it received until then was received all the same', async () => {
      const failed: ComponentResult[] = []
      // k0, k1, k10, k11 and k2.
      plant(breakdowns.expiredToken(), {}, undefined, 5)
      await expect(failing({ concurrency: 1, onFailure: (result) => failed.push(result) })).rejects.toThrow()
      expect(failed).toMatchObject([{ status: 'failed', counts: { bytesReceived: 42 } }])
    })
  })

  test('a service that is restarted meanwhile costs retries only', async () => {
    const options = {
      databaseUrl: storage.databaseUrl,
      directory: generations.path('files'),
      jwtSecret: 'another-secret-of-at-least-thirty-two',
    }
    const first = await startStorageApi(options)
    const port = Number(new URL(first.url).port)
    const endpoint = { url: first.url, serviceRoleKey: first.serviceRoleKey }
    await storage.empty()
    await storage.createBucket('one')
    for (let n = 0; n < 40; n += 1)
      await fetch(`${first.url}/object/one/k${n}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${first.serviceRoleKey}`, 'content-type': 'text/plain' },
        body: `number ${n}`,
      })
    const slow = first.faults.add({ match: { route: 'get' }, fault: { kind: 'delay', milliseconds: 50 } })
    const running = generations.backUp('1', {
      endpoint,
      concurrency: 4,
      retry: { minTimeoutMs: 100, maxTimeoutMs: 400 },
    })
    while (slow.struck < 8) await new Promise((resolve) => setTimeout(resolve, 5))
    await first.stop()
    await new Promise((resolve) => setTimeout(resolve, 200))
    const second = await startStorageApi({ ...options, port })
    const result = await running
    await second.stop()
    expect(result).toMatchObject({ status: 'complete', counts: { objectsFetched: 40 } })
    expect(result.counts['retries']).toBeGreaterThan(0)
  })

  describe('what a run that died had finished', () => {
    test('is taken over: no object is fetched twice, and a large one from where it broke off', async () => {
      await storage.put('one', 'a-big', big)
      plant({ kind: 'cut', bytes: 3 << 20 }, { key: 'a-big' })
      plant(breakdowns.expiredToken(), { key: 'k9' })
      await expect(generations.backUp('dead', { retry: { retries: 0 }, concurrency: 1 })).rejects.toThrow()
      storage.fake().faults.clear()
      const result = await generations.backUp('1', { salvage: [generations.path('dead')] })
      expect(result).toMatchObject({
        status: 'complete',
        counts: { objects: 13, objectsSalvaged: 11, objectsFetched: 2 },
      })
      expect((await generations.bytes('1', 'one', 'a-big')).equals(big)).toBe(true)
      expect(result.counts['bytesReceived']).toBeLessThan(big.length - (2 << 20))
    })

    test('is not taken when the object has changed since, or the file is not what it was', async () => {
      await generations.backUp('dead')
      await storage.put('one', 'k1', 'changed!')
      const file = storageLayout(generations.path('dead')).object('one', 'k2')
      const { mtime } = await stat(file)
      await writeFile(file, 'nUmber 2')
      await utimes(file, mtime, mtime)
      const result = await generations.backUp('1', { salvage: [generations.path('dead')] })
      expect(result.counts).toMatchObject({ objectsSalvaged: 10, objectsFetched: 2 })
      expect((await generations.bytes('1', 'one', 'k1')).toString()).toBe('changed!')
      expect((await generations.bytes('1', 'one', 'k2')).toString()).toBe('number 2')
    })
  })

  describe.each([
    ['small', Buffer.from('sound bytes')],
    ['large', big],
  ])('a %s object whose bytes are not those of its row', (_, bytes) => {
    const damage = async () => {
      const path = await storage.fake().pathOf('one', 'damaged')
      const altered = Buffer.from(bytes)
      altered[3] = (altered[3] ?? 0) ^ 1
      await writeFile(path, altered)
    }
    beforeEach(async () => {
      await storage.put('one', 'damaged', bytes)
      await damage()
      storage.fake().requests.clear()
    })
    const fetched = () =>
      storage.fake().requests.entries.filter(({ key, route }) => key === 'damaged' && route === 'get')

    test('is fetched twice, named, and not fetched again the next night', async () => {
      const first = await generations.backUp('1')
      expect(first).toMatchObject({ status: 'degraded', counts: { objectsUnreadable: 1 } })
      expect(first.findings.map(({ kind }) => kind)).toEqual([
        'objects-unreadable',
        'objects-not-as-recorded',
      ])
      expect(fetched().map(({ sent }) => sent)).toEqual([bytes.length, bytes.length])
      expect(first.counts['bytesReceived']).toBeGreaterThanOrEqual(2 * bytes.length)
      storage.fake().requests.clear()
      const second = await generations.backUp('2', { previous: generations.path('1') })
      expect(second.findings).toEqual(first.findings)
      expect(fetched().map(({ sent }) => sent)).toEqual([1])
    })

    test('is fetched when it was mended, whether its row changed or only its bytes', async () => {
      await generations.backUp('1')
      await writeFile(await storage.fake().pathOf('one', 'damaged'), bytes)
      const mended = await generations.backUp('2', { previous: generations.path('1') })
      expect(mended).toMatchObject({ status: 'complete', findings: [] })
      await damage()
      await storage.put('one', 'damaged', 'uploaded anew')
      const anew = await generations.backUp('3', { previous: generations.path('1') })
      expect(anew).toMatchObject({ status: 'complete', findings: [] })
      expect((await generations.bytes('3', 'one', 'damaged')).toString()).toBe('uploaded anew')
    })
  })

  describe('the egress budget', () => {
    test('is never exceeded; what is left waits and is named', async () => {
      const result = await generations.backUp('1', { egress: { perRun: 40 } })
      expect(result.status).toBe('degraded')
      expect(result.counts['bytesReceived']).toBeLessThanOrEqual(40)
      expect(result.counts).toMatchObject({ objects: 12, objectsFetched: 4, objectsPostponed: 8 })
      await expectCleanRerun()
    })

    test('of a month goes on from run to run', async () => {
      const ledger = join(generations.path('.'), 'egress.json')
      const egress = { perMonth: 60, ledger }
      const first = await generations.backUp('1', { egress })
      const second = await generations.backUp('2', { egress, previous: generations.path('1') })
      expect(first.counts['objectsFetched']).toBeGreaterThan(0)
      expect(second.counts['objectsFetched']).toBe(0)
    })

    test('keeps the older copy of what it leaves out', async () => {
      await generations.backUp('1')
      await storage.put('one', 'k3', 'a longer second version')
      const result = await generations.backUp('2', { previous: generations.path('1'), egress: { perRun: 5 } })
      expect(result.counts).toMatchObject({ objectsStale: 1, objectsReused: 11, bytesReceived: 0 })
      expect((await generations.bytes('2', 'one', 'k3')).toString()).toBe('number 3')
    })
  })
})
