import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readActivity } from '../../../src/database/capture/activity.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let platform: TestPlatform

beforeAll(async () => {
  platform = await startTestPlatform()
  await run('create table public.notes (id int primary key, body text); create sequence public.counter')
  await run("insert into public.notes values (1, 'one'), (2, 'two')")
})
afterAll(() => platform.stop())

/** In a session of its own, whose end publishes its counters. */
async function run(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: platform.superuserUrl })
  await client.connect()
  await client.query(sql)
  await client.end()
}

/** As the role that backups use, which is no superuser. */
async function activity(): Promise<string> {
  const client = new pg.Client({ connectionString: platform.databaseUrl })
  await client.connect()
  const fingerprint = await readActivity(client)
  await client.end()
  return fingerprint
}

/** The server notices the end of a session in its own time. */
async function settledActivity(): Promise<string> {
  for (let before = await activity(); ; ) {
    await sleep(300)
    const now = await activity()
    if (now === before) return now
    before = now
  }
}

describe('the fingerprint of the activity in a database', () => {
  it.each([
    ['a row is inserted', "insert into public.notes values (3, 'three')"],
    ['a row is updated', "update public.notes set body = 'uno' where id = 1"],
    ['a row is deleted', 'delete from public.notes where id = 2'],
    ['a table is emptied', 'truncate public.notes'],
    ['a sequence moves', "select nextval('public.counter')"],
    [
      'a function is replaced',
      'create or replace function public.one() returns int language sql as $$select 1$$',
    ],
    ['a policy is made', 'create policy everyone on public.notes using (true)'],
    ['a comment is changed', "comment on table public.notes is 'Notes'"],
    ['a role is made', 'create role someone'],
    ['a large object is written', "select lo_from_bytea(0, 'abc')"],
    ['an object is uploaded', "insert into storage.buckets (id, name) values ('photos', 'photos')"],
  ])('changes when %s', async (_case, sql) => {
    const before = await settledActivity()
    await run(sql)
    for (let tries = 0; tries < 100 && (await activity()) === before; tries += 1) await sleep(100)
    expect(await activity()).not.toBe(before)
  })

  it('stays while the database is only read, analysed and vacuumed', async () => {
    const before = await settledActivity()
    await run('select count(*) from public.notes, auth.users')
    await run('analyze')
    await run('vacuum public.notes')
    await sleep(1500)
    expect(await settledActivity()).toBe(before)
  })
})
