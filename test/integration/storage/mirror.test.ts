import { existsSync } from 'node:fs'
import { readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { storageLayout } from '../../../src/storage/catalogue/layout.ts'
import { startTestStorage, type TestStorage } from '../../helpers/storage.ts'
import { createGenerations, type Generations } from '../../helpers/storage-generations.ts'

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

/** Every kind of key the platform accepts, in pairs that only a careful file name keeps apart. */
const keys = [
  'plain.txt',
  'a',
  'a/b',
  'a//b',
  '/lead',
  'trail/',
  'Case',
  'case',
  'with space',
  ' ',
  'q?x=1&y',
  "it's (a) $100 key!;:@=,+*",
  '.hidden',
  '.meta.json',
  '__proto__',
  'CON',
  's'.repeat(255),
]

describe('the first mirror', () => {
  test('brings every object byte for byte, under names of their own', async () => {
    await storage.createBucket('one')
    for (const key of keys) await storage.put('one', key, `content of ${key}`)
    const result = await generations.backUp('1')
    expect(result).toMatchObject({
      status: 'complete',
      counts: { buckets: 1, objects: keys.length, objectsFetched: keys.length, objectsReused: 0 },
      findings: [],
    })
    for (const key of keys)
      expect((await generations.bytes('1', 'one', key)).toString(), key).toBe(`content of ${key}`)
    const files = (await generations.rows('1', 'one')).map((row) => row.file)
    expect(files).toContain('plain.txt')
    expect(files).toContain('a%/b')
  })

  test('gives each file the modification time of its object and leaves no working files', async () => {
    await storage.createBucket('one')
    await storage.put('one', 'x', 'y')
    await generations.backUp('1')
    const [row] = await generations.rows('1', 'one')
    const file = await stat(storageLayout(generations.path('1')).object('one', 'x'))
    expect(Math.round(file.mtimeMs)).toBe(Date.parse(row?.updated_at ?? ''))
    const { catalogue, partial } = storageLayout(generations.path('1'))
    expect([catalogue, partial].filter(existsSync)).toEqual([])
  })

  test('keeps content type, cache-control and user metadata from the row, not from the response', async () => {
    await storage.createBucket('one')
    await storage.put('one', 'page.html', '<p>', {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'max-age=5, immutable',
      'x-metadata': Buffer.from('{"n":{"ü":[1,null]}}').toString('base64'),
    })
    await generations.backUp('1')
    const [row] = await generations.rows('1', 'one')
    expect(row).toMatchObject({
      metadata: { mimetype: 'text/html; charset=utf-8', cacheControl: 'max-age=5, immutable', size: 3 },
      user_metadata: { n: { ü: [1, null] } },
      version: expect.any(String),
    })
  })
})

describe('the next mirror', () => {
  beforeEach(async () => {
    await storage.createBucket('one')
    for (let n = 0; n < 30; n += 1) await storage.put('one', `n/${n}`, `number ${n}`)
    await generations.backUp('1')
    storage.standIn?.requests.clear()
  })

  test('fetches nothing when nothing changed: every file is the same file', async () => {
    const result = await generations.backUp('2', { previous: generations.path('1') })
    expect(result.counts).toMatchObject({
      objects: 30,
      objectsReused: 30,
      objectsFetched: 0,
      bytesFetched: 0,
    })
    expect(storage.standIn?.requests.count('get') ?? 0).toBe(0)
    const inode = async (name: string) =>
      (await stat(storageLayout(generations.path(name)).object('one', 'n/7'))).ino
    expect(await inode('2')).toBe(await inode('1'))
  })

  test('fetches exactly what changed or is new, and drops what is gone', async () => {
    await storage.put('one', 'n/7', 'changed')
    await storage.put('one', 'new', 'new')
    await storage.remove('one', 'n/8')
    const result = await generations.backUp('2', { previous: generations.path('1') })
    expect(result.counts).toMatchObject({
      objects: 30,
      objectsReused: 28,
      objectsFetched: 2,
      objectsRemoved: 1,
    })
    expect((await generations.bytes('2', 'one', 'n/7')).toString()).toBe('changed')
    expect((await generations.bytes('1', 'one', 'n/7')).toString()).toBe('number 7')
  })

  test('takes over changed metadata without fetching the bytes', async () => {
    await storage.database.query(
      `update storage.objects set user_metadata = '{"a":1}' where bucket_id = 'one' and name = 'n/7'`,
    )
    const result = await generations.backUp('2', { previous: generations.path('1') })
    expect(result.counts).toMatchObject({ objectsReused: 30, objectsFetched: 0 })
    const row = (await generations.rows('2', 'one')).find(({ name }) => name === 'n/7')
    expect(row?.user_metadata).toEqual({ a: 1 })
  })

  test('does not trust an archived file of the wrong size', async () => {
    await truncate(storageLayout(generations.path('1')).object('one', 'n/7'), 3)
    const result = await generations.backUp('2', { previous: generations.path('1') })
    expect(result.counts).toMatchObject({ objectsReused: 29, objectsFetched: 1 })
    expect((await generations.bytes('2', 'one', 'n/7')).toString()).toBe('number 7')
  })

  test('of chosen objects fetches these alone, loses no other, and leaves the rest to the run after it', async () => {
    await storage.createBucket('two')
    await storage.put('two', 'new', 'never archived')
    await storage.put('one', 'n/7', 'changed')
    await storage.put('one', 'n/8', 'changed too')
    const result = await generations.backUp('2', {
      previous: generations.path('1'),
      fetch: { objects: ['one/n/8'] },
    })
    expect(result).toMatchObject({
      status: 'degraded',
      counts: { objects: 31, objectsReused: 28, objectsFetched: 1, objectsStale: 1, objectsPostponed: 1 },
    })
    expect((await generations.bytes('2', 'one', 'n/7')).toString()).toBe('number 7')
    expect((await generations.bytes('2', 'one', 'n/8')).toString()).toBe('changed too')

    const all = await generations.backUp('3', { previous: generations.path('2') })
    expect(all).toMatchObject({ status: 'complete', counts: { objectsReused: 29, objectsFetched: 2 } })
    expect((await generations.bytes('3', 'one', 'n/7')).toString()).toBe('changed')
    expect((await generations.bytes('3', 'two', 'new')).toString()).toBe('never archived')
  })

  test('of chosen objects is complete when nothing else has changed', async () => {
    await storage.put('one', 'n/8', 'changed')
    const result = await generations.backUp('2', {
      previous: generations.path('1'),
      fetch: { buckets: ['one'], prefixes: ['n/'] },
    })
    expect(result).toMatchObject({ status: 'complete', counts: { objectsReused: 29, objectsFetched: 1 } })
  })

  test.each([
    ['cut', (lines: string[]) => [...lines.slice(0, 20), lines[20]?.slice(0, 30) ?? '']],
    ['out of order', (lines: string[]) => [...lines.slice(0, 20), ...lines.slice(0, 5)]],
  ])('fetches what a previous manifest that is %s does not tell', async (_, damage) => {
    const manifest = storageLayout(generations.path('1')).manifest('one')
    const lines = (await readFile(manifest, 'utf8')).trimEnd().split('\n')
    await writeFile(manifest, damage(lines).join('\n'))
    const result = await generations.backUp('2', { previous: generations.path('1') })
    expect(result).toMatchObject({
      status: 'complete',
      counts: { objects: 30, objectsReused: 20, objectsFetched: 10 },
    })
  })
})
