import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Finding } from '../../../src/common/findings.ts'
import { silentLog } from '../../../src/common/log.ts'
import { backupDatabase } from '../../../src/database/capture/backup.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { openSnapshot } from '../../../src/database/connect/snapshot.ts'
import { savedFact, subscriptions, userMappings } from '../../../src/database/facts/all.ts'
import { query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

const asSuperuser = `
  create extension postgres_fdw with schema extensions; grant usage on foreign data wrapper postgres_fdw to postgres;
  create function auth.tenant_id() returns uuid language sql stable as 'select null::uuid';
  alter function auth.tenant_id() owner to postgres;
  create table auth.custom_table (id int primary key);
  create function storage.mine(int) returns int language sql as 'select 1';
  create function public.lp() returns int language sql leakproof immutable as 'select 1';
  create function public.cf() returns int language c as '$libdir/plpgsql', 'plpgsql_call_handler';
  create operator family public.loose using btree;
  create type public.hull;
  create cast (text as bytea) without function;
  create function public.loud() returns int language sql set log_min_messages = 'debug1' as 'select 1';
  create function public.refuses() returns int language sql set log_executor_stats = on as 'select 1';
  create subscription feed connection 'host=127.0.0.1 port=1 user=rep password=secretsub dbname=x'
    publication p with (connect = false, slot_name = 'feed_slot');
  create role auditor; grant set on parameter log_min_messages to auditor`

const asPostgres = `
  create table public.bookings (id int check (id > 0), starts_at timestamptz check (starts_at > now()));
  create type public.span as range (subtype = float8);
  create domain public.future as date check (value > current_date);
  create function public.few() returns boolean language sql as 'select count(*) < 10 from public.bookings';
  create table public.limited (id int, constraint few check (public.few()));
  create view public.itself as select 1 x; create or replace view public.itself as select x from public.itself;
  create view public.one as select 1 x; create view public.two as select x from public.one;
  create or replace view public.one as select x from public.two;
  create view public.fine as select * from public.bookings;
  create table public.tenants (tenant uuid); create policy mine on public.tenants using (tenant = auth.tenant_id());
  create function public.hook() returns trigger language plpgsql as 'begin return new; end';
  create function public.slow() returns int language sql set statement_timeout = '5s' as 'select 1';
  create server crm foreign data wrapper postgres_fdw options (host 'crm.example');
  create user mapping for authenticated server crm options (user 'reader', password 'open sesame');
  create user mapping for anon server crm`

async function backup(platform: TestPlatform) {
  const connection = parseConnection({ url: platform.databaseUrl }, 'test')
  const clients = await testClients(platform.server.major === 17 ? 17 : 15)
  const generation = await mkdtemp(join(tmpdir(), 'foreseen-'))
  const snapshot = await openSnapshot(connection)
  try {
    const options = { snapshot, connection, clients, generation, jobs: 2, log: silentLog }
    return { generation, ...(await backupDatabase(options)) }
  } finally {
    await snapshot.close()
  }
}

const namesOf = (findings: readonly Finding[]) =>
  Object.fromEntries(findings.map(({ kind, names }) => [kind, names]))

describe.each([15, 17] as const)('a backup of a server %i', (major) => {
  let platform: TestPlatform
  const generations: string[] = []

  beforeAll(async () => {
    platform = await startTestPlatform({ major })
  })

  afterAll(async () => {
    await platform?.stop()
    await Promise.all(generations.map((folder) => rm(folder, { recursive: true, force: true })))
  })

  test('of a new project has nothing to say about it', async () => {
    const { findings, status, generation } = await backup(platform)
    generations.push(generation)
    expect([status, findings]).toEqual(['complete', []])
  })

  test('names what is not in the dump, and what would resist a restore', async () => {
    await query(platform.superuserUrl, asSuperuser)
    await query(platform.superuserUrl, `select pg_create_logical_replication_slot('mine_slot', 'pgoutput')`)
    await query(platform.databaseUrl, asPostgres)
    await query(
      platform.superuserUrl,
      `create trigger hook before insert on auth.users for each row execute function public.hook();
       alter table auth.users disable trigger hook`,
    )
    await query(platform.databaseUrl, 'insert into public.bookings (id) values (1), (2)')
    await query(platform.databaseUrl, 'create unique index concurrently dup on public.bookings ((1))').catch(
      () => {},
    )
    const { findings, status, generation, counts } = await backup(platform)
    generations.push(generation)
    expect(status).toBe('degraded')
    expect(findings.filter(({ severity }) => severity === 'degraded').map(({ kind }) => kind)).toEqual([
      'subscriptions-not-restorable',
    ])
    expect(counts).toMatchObject({ subscriptions: 1, userMappings: 2, objectsAmongThePlatforms: 3 })
    expect(namesOf(findings)).toEqual({
      'subscriptions-not-restorable': ['feed'],
      'objects-among-the-platforms': [
        'function auth.tenant_id() (needed by policy mine on public.tenants)',
        'table auth.custom_table',
        'function storage.mine(integer)',
      ],
      'check-not-immutable': [
        'constraint bookings_starts_at_check of table public.bookings',
        'constraint few of table public.limited',
        'constraint future_check of domain public.future',
      ],
      'view-of-itself': ['view public.itself'],
      'index-invalid': ['index public.dup on public.bookings'],
      'needs-superuser': [
        'cast from text to bytea, without a function',
        'function public.cf(), in language c',
        'function public.lp(), leakproof',
        'operator family public.loose',
        'type public.hull, a shell',
      ],
      'managed-trigger-state': ['trigger hook on auth.users, disabled'],
      'replication-slot': ['mine_slot'],
      'parameter-privilege': ['SET on parameter log_min_messages to auditor'],
      'function-setting-refused': ['function public.refuses(), log_executor_stats'],
    })
  })

  test('holds the options of user mappings and the definitions of subscriptions', async () => {
    const generation = generations.at(-1) ?? ''
    expect(await Array.fromAsync(savedFact(generation, userMappings))).toEqual([
      { server: 'crm', user: 'anon', options: null, readable: true },
      {
        server: 'crm',
        user: 'authenticated',
        options: ['user=reader', 'password=open sesame'],
        readable: true,
      },
    ])
    const [feed] = await Array.fromAsync(savedFact(generation, subscriptions))
    expect(feed).toMatchObject({ name: 'feed', slot: 'feed_slot', publications: ['p'] })
    expect(feed?.connection).toContain('password=secretsub')
  })

  test('names the user mappings whose options the role may not read', async () => {
    await query(platform.superuserUrl, 'revoke pg_read_all_data from postgres')
    const { findings, generation } = await backup(platform)
    generations.push(generation)
    expect(namesOf(findings)['user-mapping-unreadable']).toEqual(['anon on crm', 'authenticated on crm'])
  })
})
