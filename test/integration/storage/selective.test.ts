import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { storageLayout } from '../../../src/storage/catalogue/layout.ts'
import { readBucketsFile } from '../../../src/storage/catalogue/manifests.ts'
import { estimateStorage } from '../../../src/storage/mirror/estimate.ts'
import { restoreStorage } from '../../../src/storage/restore/restore.ts'
import { restoreStorageToDirectory } from '../../../src/storage/restore/to-directory.ts'
import { verifyStorage } from '../../../src/storage/verify/verify.ts'
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
  await storage.createBucket('one')
  await storage.createBucket('two')
  for (const key of ['a', 'a/b', 'c/d', 'cache/x']) await storage.put('one', key, `one ${key}`)
  await storage.put('two', 'k', 'two k')
  return () => generations.remove()
})

const common = () => ({
  generation: generations.path('1'),
  endpoint: storage.endpoint,
  database: storage.operator,
  log: silentLog,
})

describe('a backup of a part', () => {
  test('records what was left out, so that nobody misses it', async () => {
    const scope = { include: ['one'], exclude: ['one/cache/'] }
    const result = await generations.backUp('1', { scope })
    expect(result.counts).toMatchObject({ objects: 3, objectsExcluded: 2 })
    expect((await readBucketsFile(generations.path('1'))).scope).toEqual(scope)
    expect((await verifyStorage(common())).differences).toEqual([])
  })

  test('never makes a restore delete what it left out', async () => {
    await generations.backUp('1', { scope: { exclude: ['one/cache/'] } })
    await storage.put('one', 'cache/y', 'newer')
    await storage.put('one', 'c/extra', 'too much')
    const result = await restoreStorage(common())
    expect(result.counts).toMatchObject({ objectsRemoved: 1, objectsSent: 0 })
    expect((await storage.get('one', 'cache/y')).toString()).toBe('newer')
  })

  test('of one bucket leaves the other alone, in the backup and in the restore', async () => {
    await generations.backUp('1', { scope: { buckets: ['one'] } })
    await storage.put('two', 'k', 'changed')
    await storage.createBucket('three')
    const result = await restoreStorage(common())
    expect(result.counts).toMatchObject({ buckets: 1, objectsSame: 4, bucketsRemoved: 0 })
    expect((await storage.get('two', 'k')).toString()).toBe('changed')
  })
})

describe('an estimate', () => {
  test('says per bucket what would be fetched and reused, and asks the service for nothing', async () => {
    await generations.backUp('1')
    await storage.put('one', 'a', 'one a, changed')
    await storage.put('two', 'new', '1234')
    await generations.catalogue('2')
    storage.standIn?.requests.clear()
    const estimate = await estimateStorage({
      catalogue: storageLayout(generations.path('2')).catalogue,
      previous: generations.path('1'),
      log: silentLog,
    })
    expect(estimate.buckets).toMatchObject({
      one: { objects: 4, objectsToFetch: 1, bytesToFetch: 14, objectsToReuse: 3 },
      two: { objects: 2, objectsToFetch: 1, bytesToFetch: 4, objectsToReuse: 1, bytesToReuse: 5 },
    })
    expect(storage.standIn?.requests.count() ?? 0).toBe(0)
    const { counts } = await generations.mirror('2', { previous: generations.path('1') })
    expect(counts).toMatchObject({
      objectsFetched: estimate.total.objectsToFetch,
      bytesFetched: estimate.total.bytesToFetch,
      objectsReused: estimate.total.objectsToReuse,
      bytesReused: estimate.total.bytesToReuse,
    })
  })
})

describe('a restore to a folder', () => {
  const toFolder = (folder: string, scope = {}) =>
    restoreStorageToDirectory({ generation: generations.path('1'), directory: folder, scope, log: silentLog })

  test('writes plain files with the times of the objects', async () => {
    await generations.backUp('1')
    const folder = generations.path('out')
    const result = await toFolder(folder, { buckets: ['one'] })
    expect(result).toMatchObject({ status: 'complete', counts: { buckets: 1, objects: 4, bytes: 30 } })
    expect((await readdir(folder)).sort()).toEqual(['one'])
    expect(await readFile(join(folder, 'one/a'), 'utf8')).toBe('one a')
    expect(await readFile(join(folder, 'one/a%/b'), 'utf8')).toBe('one a/b')
    const [row] = await generations.rows('1', 'one')
    expect(Math.round((await stat(join(folder, 'one/a'))).mtimeMs)).toBe(Date.parse(row?.updated_at ?? ''))
  })

  test('writes a single object', async () => {
    await generations.backUp('1')
    const result = await toFolder(generations.path('out'), { objects: ['two/k'] })
    expect(result.counts).toMatchObject({ objects: 1 })
  })

  test.each([
    ['a bucket', 'one'],
    ['objects', ''],
    ['a folder of a bucket', 'one/c'],
  ])(
    'writes nothing where a symbolic link stands for the folder of %s, though the bytes behind it are right',
    async (_, path) => {
      await generations.backUp('1')
      const link = join(generations.path('1'), 'storage/objects', path)
      await rename(link, generations.path('elsewhere'))
      await symlink(generations.path('elsewhere'), link)
      await expect(toFolder(generations.path('out'))).rejects.toMatchObject({
        code: 'STORAGE_ARCHIVE_DAMAGED',
        detail: expect.stringContaining('its folder is a symbolic link'),
      })
      expect(existsSync(generations.path('out'))).toBe(false)
      await rm(link)
      await rename(generations.path('elsewhere'), link)
      expect((await toFolder(generations.path('out'))).counts).toMatchObject({ objects: 5 })
    },
  )

  test('never overwrites a file', async () => {
    await generations.backUp('1')
    const folder = generations.path('out')
    await mkdir(join(folder, 'two'), { recursive: true })
    await writeFile(join(folder, 'two/k'), 'mine')
    await expect(toFolder(folder)).rejects.toMatchObject({ code: 'TARGET_FILE_EXISTS' })
    expect(await readFile(join(folder, 'two/k'), 'utf8')).toBe('mine')
  })

  test('does not pass off damaged bytes as good', async () => {
    await generations.backUp('1')
    await writeFile(storageLayout(generations.path('1')).object('two', 'k'), 'TWO K')
    await expect(toFolder(generations.path('out'))).rejects.toMatchObject({ code: 'STORAGE_ARCHIVE_DAMAGED' })
  })
})

test('a manifest that leads out of the generation is refused', async () => {
  await generations.backUp('1')
  const manifest = storageLayout(generations.path('1')).manifest('two')
  const text = await readFile(manifest, 'utf8')
  await writeFile(manifest, text.replace('"file":"k"', '"file":"../../../../etc/passwd"'))
  await storage.remove('two', 'k')
  await expect(restoreStorage(common())).rejects.toMatchObject({ code: 'STORAGE_MANIFEST_UNSAFE' })
})
