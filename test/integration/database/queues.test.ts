import { appendFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { queueFindings } from '../../../src/database/capture/foreseen.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { queues, savedFact } from '../../../src/database/facts/all.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import type { Weakening } from '../../../src/database/restore/weakened.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

/** The list of queues as an extension keeps it: no dump holds its rows. */
const list = `
  create schema net; grant usage on schema net to postgres;
  create table net.queue_list (queue_name varchar unique not null, is_partitioned boolean not null,
    is_unlogged boolean not null, created_at timestamptz not null default now());
  grant all on net.queue_list to postgres`

/** pgmq as far as a restore knows it, where its files cannot be installed. */
const standIn = `
  create schema pgmq; create view pgmq.meta as select * from net.queue_list;
  create function pgmq.create(queue_name text) returns void language plpgsql as $$ begin
    execute format('create table pgmq.%I (msg_id bigint generated always as identity primary key, message jsonb)',
      'q_' || lower(queue_name));
    insert into pgmq.meta values (queue_name, false, false) on conflict do nothing;
  end $$;
  select pgmq.create('Mails'); insert into pgmq.q_mails (message) values ('{"to": "ann"}'), ('{"to": "bob"}')`

let source: TestPlatform
let target: TestPlatform
let clients: PostgresClients
let generation: string
let weakened: Weakening[] = []

const options = () => ({
  ...{ generation, clients, log: silentLog },
  target: parseConnection({ url: target.databaseUrl }, 'test'),
})

beforeAll(async () => {
  const major = inject('major')
  ;[source, target, clients] = await Promise.all([
    startTestPlatform(),
    startTestPlatform(),
    testClients(major),
  ])
  await Promise.all([query(source.superuserUrl, list), query(target.superuserUrl, list)])
  await query(source.databaseUrl, standIn)
  generation = await backupInto(source.databaseUrl, clients)
  const queue = { partitioned: false, unlogged: false, created: '2026-01-02 03:04:05+00', undumped: true }
  const others = [
    { ...queue, name: 'Empty' },
    { ...queue, name: 'parted', partitioned: true },
  ]
  await appendFile(
    join(generation, 'database', queues.file),
    others.map((other) => `${JSON.stringify(other)}\n`).join(''),
  )
  ;({ weakened } = await restoreDatabase(options()))
})

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()])
  if (generation) await rm(generation, { recursive: true, force: true })
})

test('queues come back with their messages', async () => {
  const messages = await query(
    target.databaseUrl,
    `select msg_id::int, message->>'to' as "to" from pgmq.q_mails`,
  )
  expect(messages).toEqual([
    { msg_id: 1, to: 'ann' },
    { msg_id: 2, to: 'bob' },
  ])
})

test('queues whose tables no dump holds are made anew, empty, with the time they were created', async () => {
  const listed = await query(
    target.databaseUrl,
    `select queue_name, created_at = '2026-01-02 03:04:05+00' as kept, (select count(*)::int from pgmq.q_empty) as messages
     from pgmq.meta where queue_name <> 'Mails'`,
  )
  expect(listed).toEqual([{ queue_name: 'Empty', kept: true, messages: 0 }])
})

test('a partitioned queue whose tables no dump holds is named', () => {
  expect(weakened.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['refused queue parted'])
})

test('a queue that is missing in the list is a difference', async () => {
  const differences = async () => {
    const found = await verifyDatabase({ ...options(), disarmed: true, weakened })
    return found.differences.filter(({ kind }) => kind === 'queue').map(({ name }) => name)
  }
  expect(await differences()).toEqual([])
  await query(target.databaseUrl, `delete from pgmq.meta where queue_name = 'Mails'`)
  expect(await differences()).toEqual(['Mails'])
})

test('queues whose tables belong to an extension are known at backup time, with the statements that change it', async () => {
  await query(source.superuserUrl, 'create extension citext; alter extension citext add table pgmq.q_mails')
  const later = await backupInto(source.databaseUrl, clients)
  const recorded = await Array.fromAsync(savedFact(later, queues))
  await rm(later, { recursive: true, force: true })
  expect(recorded.map(({ name, undumped }) => [name, undumped])).toEqual([['Mails', true]])
  const [finding] = queueFindings(recorded)
  expect(finding?.severity).toBe('degraded')
  expect(finding?.names).toEqual([
    'Mails: ALTER EXTENSION pgmq DROP TABLE "pgmq"."q_mails"; ALTER EXTENSION pgmq DROP SEQUENCE "pgmq"."q_mails_msg_id_seq"; ALTER EXTENSION pgmq DROP TABLE "pgmq"."a_mails";',
  ])
})
