import { unlink } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { observeTarget, reconcileRows } from '../../../src/storage/restore/reconcile.ts'
import { restoreStorage } from '../../../src/storage/restore/restore.ts'
import { verifyStorage } from '../../../src/storage/verify/verify.ts'
import { unless } from '../../helpers/skipped.ts'
import { notStandIn, realStorage, startTestStorage, type TestStorage } from '../../helpers/storage.ts'
import { createGenerations, type Generations, quickRetries } from '../../helpers/storage-generations.ts'
import { replaceRows, saveRows } from '../../helpers/storage-rows.ts'

let storage: TestStorage
let generations: Generations
const large = Buffer.alloc(7_000_000, 'large ')

describe.skipIf(realStorage)(unless(notStandIn, 'on the hosted platform'), () => {
  beforeAll(async () => {
    storage = await startTestStorage({ backend: 's3' })
  })
  afterAll(() => storage?.stop())

  beforeEach(async () => {
    await storage.empty()
    generations = await createGenerations(storage)
    await storage.createBucket('one')
    await storage.put('one', 'small', 'small')
    await storage.put('one', 'large', large)
    return () => generations.remove()
  })

  const options = () => ({
    generation: generations.path('1'),
    endpoint: storage.endpoint,
    database: storage.operator,
    log: silentLog,
    retry: quickRetries,
  })

  async function eTagOf(key: string) {
    const { rows } = await storage.database.query<{ tag: string }>(
      `select metadata->>'eTag' as tag from storage.objects where name = $1`,
      [key],
    )
    return rows[0]?.tag
  }

  test('an ETag that the restore changed is not taken for other bytes', async () => {
    await generations.backUp('1')
    const before = await eTagOf('large')
    await storage.empty()
    expect((await restoreStorage(options())).counts).toMatchObject({ objectsSent: 2 })
    expect(await eTagOf('large')).not.toBe(before)
    expect((await restoreStorage(options())).counts).toMatchObject({ objectsSent: 0, objectsSame: 2 })
    const { ok, counts } = await verifyStorage(options())
    expect([ok, counts['objectsHashed']]).toEqual([true, 0])
  })

  test('bytes that are gone make an object unreadable, not deleted', async () => {
    await unlink(await storage.fake().pathOf('one', 'small'))
    const result = await generations.backUp('1', { retry: quickRetries })
    expect(result).toMatchObject({ status: 'degraded', counts: { objectsUnreadable: 1, objectsDeleted: 0 } })
  })

  test('a role that may not switch triggers off restores all but updated_at, and says so', async () => {
    await generations.backUp('1')
    await storage.empty()
    await storage.database.query('revoke set on parameter session_replication_role from postgres')
    try {
      const result = await restoreStorage(options())
      expect(result).toMatchObject({ status: 'complete', counts: { objectsSent: 2 } })
      expect(result.findings).toMatchObject([{ kind: 'object-columns-not-set', severity: 'note', count: 2 }])
      expect((await verifyStorage(options())).ok).toBe(true)
      expect((await restoreStorage(options())).counts).toMatchObject({ objectsSent: 0, rowsFixed: 0 })
    } finally {
      await storage.database.query('grant set on parameter session_replication_role to postgres')
    }
  })

  test('a database restored alone leaves every object readable, and extras with all they had', async () => {
    const saved = await saveRows(storage)
    await storage.createBucket('later', { public: true, file_size_limit: 5, allowed_mime_types: ['a/b'] })
    await storage.put('one', 'later', 'later')
    // Only what holds bytes has to stay reachable.
    await storage.put('later', 'extra', 'extra', { 'content-type': 'a/b' })
    const whole = await saveRows(storage)
    await observeTarget({ client: storage.operator, directory: generations.path('observed') })
    await replaceRows(storage, saved)
    await reconcileRows(storage.operator, generations.path('observed'))
    for (const [key, bytes] of [
      ['small', Buffer.from('small')],
      ['large', large],
      ['later', Buffer.from('later')],
    ] as const)
      expect((await storage.get('one', key)).equals(bytes), key).toBe(true)
    const now = await saveRows(storage)
    const sorted = (json: string) =>
      JSON.parse(json).sort((a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1))
    expect(sorted(now.buckets)).toEqual(sorted(whole.buckets))
    expect(sorted(now.objects)).toEqual(sorted(whole.objects))
  })
})
