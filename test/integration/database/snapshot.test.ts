import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { openSnapshot } from '../../../src/database/connect/snapshot.ts'
import { startCuttableNetwork } from '../../helpers/cuttable-network.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let platform: TestPlatform
let writer: pg.Client

beforeAll(async () => {
  platform = await startTestPlatform()
  writer = new pg.Client({ connectionString: platform.databaseUrl })
  await writer.connect()
  await writer.query('create table public.items (id int); insert into public.items values (1)')
})

afterAll(async () => {
  await writer?.end()
  await platform?.stop()
})

const open = () => openSnapshot(parseConnection({ url: platform.databaseUrl }, 'test'))

async function count(client: pg.Client): Promise<unknown> {
  const { rows } = await client.query('select count(*)::int as n from public.items')
  return rows[0].n
}

test('every client of a snapshot sees the instant it was taken, also after a renewal', async () => {
  const snapshot = await open()
  await writer.query('insert into public.items values (2)')
  const late = await snapshot.connect()
  expect(await count(snapshot.lead)).toBe(1)
  expect(await count(late)).toBe(1)
  await snapshot.renew(late)
  expect(await count(late)).toBe(1)
  expect(await count(writer)).toBe(2)
  await snapshot.close()
  await writer.query('delete from public.items where id = 2')
})

test('a renewal gives back the locks of what was read', async () => {
  const snapshot = await open()
  await count(snapshot.lead)
  const locks = async () => {
    const { rows } = await writer.query(
      `select count(*)::int as n from pg_locks where relation = 'public.items'::regclass`,
    )
    return rows[0].n
  }
  expect(await locks()).toBe(1)
  await snapshot.renew(snapshot.lead)
  expect(await locks()).toBe(0)
  await snapshot.close()
})

test('nothing can be written through a snapshot', async () => {
  const snapshot = await open()
  await expect(snapshot.lead.query('insert into public.items values (3)')).rejects.toMatchObject({
    code: '25006',
  })
  await snapshot.close()
})

test('a snapshot tells the server’s version and the time it was taken, in UTC', async () => {
  const before = Date.now()
  const snapshot = await open()
  expect(Math.floor(snapshot.serverVersion / 10_000)).toBe(15)
  expect(snapshot.takenAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  expect(Math.abs(Date.parse(snapshot.takenAt) - before)).toBeLessThan(60_000)
  await snapshot.close()
})

test('a snapshot is said to be lost when the connection that holds it was cut', async () => {
  const snapshot = await open()
  await writer.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'supabase-backup' and backend_xmin is not null
     and pid <> $1`,
    [(await snapshot.lead.query('select pg_backend_pid() as pid')).rows[0].pid],
  )
  await expect(snapshot.connect()).rejects.toMatchObject({ code: 'DB_SNAPSHOT_LOST' })
  await snapshot.close()
})

test('closing leaves no session behind', async () => {
  const snapshot = await open()
  await snapshot.connect()
  await snapshot.close()
  const sessions = async () => {
    const { rows } = await writer.query(
      `select count(*)::int as n from pg_stat_activity where application_name = 'supabase-backup'`,
    )
    return rows[0].n
  }
  // The server takes a moment to end one that was left.
  await expect.poll(sessions, { timeout: 10_000 }).toBe(0)
})

test('a server that has gone silent is given up, one that is busy is not', async () => {
  const network = await startCuttableNetwork(platform.databaseUrl)
  const limits = { pingMs: 100, silenceMs: 500 }
  const snapshot = await openSnapshot(parseConnection({ url: network.url }, 'test'), limits)
  try {
    await snapshot.lead.query('select pg_sleep(1.5)')
    expect(snapshot.lost.aborted).toBe(false)
    network.cut('silence', { all: true })
    await expect(snapshot.lead.query('select 1')).rejects.toThrow()
    expect(snapshot.lost.reason).toMatchObject({ code: 'DB_CONNECTION_LOST' })
  } finally {
    await snapshot.close()
    await network.stop()
  }
})
