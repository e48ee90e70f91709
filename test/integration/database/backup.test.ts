import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { silentLog as log } from '../../../src/common/log.ts'
import { backupDatabase } from '../../../src/database/capture/backup.ts'
import { dumpDatabase } from '../../../src/database/capture/dump.ts'
import { measureTables, recordTables } from '../../../src/database/capture/tables.ts'
import { connect, parseConnection } from '../../../src/database/connect/connection.ts'
import { openSnapshot, type Snapshot } from '../../../src/database/connect/snapshot.ts'
import {
  type Fact,
  hashTables,
  largeObjects,
  listTables,
  managedPolicies,
  managedTriggers,
  readLargeObjects,
  savedFact,
  sequences,
  services,
  tables,
  vaultSecrets,
} from '../../../src/database/facts/all.ts'
import { readContents } from '../../../src/database/rules/contents.ts'
import { testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

const phase = 'test'
let platform: TestPlatform
let superuser: pg.Client
let folder: string
let runs = 0

beforeAll(async () => {
  platform = await startTestPlatform()
  superuser = new pg.Client({ connectionString: platform.superuserUrl })
  await superuser.connect()
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-database-'))
})

afterAll(async () => {
  await superuser?.end()
  await platform?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Each test has a schema of its own, made as the user of a hosted project makes it. */
let user: pg.Client
beforeEach(async () => {
  user = new pg.Client({ connectionString: platform.databaseUrl })
  await user.connect()
  await user.query('drop schema if exists app cascade; create schema app; set search_path to app')
  return () => user.end()
})

async function inSnapshot<Result>(work: (snapshot: Snapshot) => Promise<Result>): Promise<Result> {
  const snapshot = await openSnapshot(parseConnection({ url: platform.databaseUrl }, phase))
  try {
    return await work(snapshot)
  } finally {
    await snapshot.close()
  }
}

async function backUp(meanwhile: () => Promise<unknown> = async () => {}) {
  runs += 1
  const generation = join(folder, `generation-${runs}`)
  await mkdir(generation)
  const result = await inSnapshot(async (snapshot) => {
    await meanwhile()
    return backupDatabase({
      snapshot,
      connection: parseConnection({ url: platform.databaseUrl }, phase),
      clients: await testClients(),
      generation,
      jobs: 2,
      log,
    })
  })
  const file = (name: string) => join(generation, 'database', name)
  const rows = <Row>(fact: Pick<Fact<Row>, 'file' | 'row'>) => Array.fromAsync(savedFact(generation, fact))
  return { result, generation, file, rows }
}

/** The hash of a table of schema app, or of all of them. */
function hashes(): Promise<Record<string, string | null | undefined>> {
  return inSnapshot(async (snapshot) => {
    const list = (await listTables(snapshot.lead)).filter(({ schema }) => schema === 'app')
    const hashed = await hashTables({ tables: list, clients: [snapshot.lead], renew: snapshot.renew })
    return Object.fromEntries(list.map(({ oid, name }) => [name, hashed.get(oid)?.hash]))
  })
}

describe('a backup as role postgres', () => {
  test('of a platform without user objects is complete and leaves private files only', async () => {
    const { result, generation, file } = await backUp()
    expect(result.status).toBe('complete')
    expect(result.versions).toMatchObject({
      server: expect.stringMatching(new RegExp(`^${platform.server.major}\\.`)),
    })
    expect((await stat(join(generation, 'database'))).mode & 0o077).toBe(0)
    expect(new Date((await readFile(file('.timestamp'), 'utf8')).trim()).getTime()).toBeGreaterThan(0)
    expect(await readFile(file('schema.sql'), 'utf8')).toContain('CREATE TABLE "auth"."users"')
  })

  test('sees the database as it was when the snapshot was taken, in the dump and in every fact', async () => {
    await user.query(`create table before_it (id int); insert into before_it values (1), (2)`)
    const { rows, file } = await backUp(() =>
      user.query('insert into before_it values (3); create table after_it (id int)'),
    )
    const app = (await rows(tables)).filter(({ schema }) => schema === 'app')
    expect(app.map(({ name, rows: count }) => [name, count])).toEqual([['before_it', 2]])
    const { entries } = await readContents(file('dump'))
    expect(entries.some(({ tag }) => tag === 'after_it')).toBe(false)
    const data = entries.find(({ desc, tag }) => desc === 'TABLE DATA' && tag === 'before_it')
    expect(await readFile(file(`dump/${data?.file}`), 'utf8')).toBe('1\n2\n\\.\n\n\n')
  })

  test('that is interrupted ends at once, with the reason, and leaves no dump', async () => {
    await user.query('create table busy ()')
    await user.query('begin; lock table busy in access exclusive mode')
    const generation = join(folder, 'interrupted')
    await mkdir(generation)
    const abort = new AbortController()
    await inSnapshot(async (snapshot) => {
      const backup = backupDatabase({
        snapshot,
        connection: parseConnection({ url: platform.databaseUrl }, phase),
        clients: await testClients(),
        generation,
        jobs: 1,
        log,
        signal: abort.signal,
      })
      const waiting = `select from pg_stat_activity where application_name = 'supabase-backup' and wait_event_type = 'Lock'`
      // pg_dump waits for the table, and so does the hashing.
      while ((await superuser.query(waiting)).rows.length < 2) await sleep(20)
      abort.abort(new Error('interrupted by a test'))
      await expect(backup).rejects.toThrow('interrupted by a test')
    })
    expect(await readdir(join(generation, 'database'))).not.toContain('dump')
    await user.query('rollback')
  })

  test('of a table truncated after the snapshot names it, and records it as the dump has it', async () => {
    await user.query(`create table emptied as select generate_series(1, 10) as id`)
    const { result, rows } = await backUp(() => user.query('truncate emptied'))
    expect(result.status).toBe('degraded')
    expect(result.findings).toContainEqual(
      expect.objectContaining({ kind: 'table-emptied', severity: 'degraded', names: ['app.emptied'] }),
    )
    expect((await rows(tables)).find(({ name }) => name === 'emptied')).toMatchObject({ rows: 0, hash: null })
  })

  test('of a table given a column after the snapshot records no hash that its dump cannot have', async () => {
    await user.query('create table wider as select 1 as id; create table left_alone as select 1 as id')
    const { result, rows } = await backUp(() => user.query('alter table wider add column late int default 4'))
    expect(result.findings).toContainEqual(
      expect.objectContaining({ kind: 'table-rewritten', severity: 'note', names: ['app.wider'] }),
    )
    const recorded = (await rows(tables)).filter(({ schema }) => schema === 'app')
    expect(recorded.map(({ name, rows: count, hash }) => [name, count, hash === null])).toEqual([
      ['left_alone', 1, false],
      ['wider', 1, true],
    ])
  })

  test('of a table truncated between dump and hash counts the rows of the dump', async () => {
    await user.query(`create table late as select g, E'two\nlines' as text from generate_series(1, 10) g`)
    const directory = join(folder, 'late')
    await mkdir(directory)
    const recorded = await inSnapshot(async (snapshot) => {
      const clients = await testClients()
      const connection = parseConnection({ url: platform.databaseUrl }, phase)
      const options = { connection, clients, snapshotId: snapshot.id, directory, jobs: 1 }
      const dump = await dumpDatabase({ ...options, exclude: [], largeObjects: true })
      await user.query('truncate late')
      return recordTables(
        snapshot,
        directory,
        await measureTables(snapshot, await listTables(snapshot.lead), log),
        dump,
      )
    })
    expect(recorded.findings).toMatchObject([
      { kind: 'table-rewritten', severity: 'note', names: ['app.late'] },
    ])
    expect(await readFile(join(directory, 'tables.jsonl'), 'utf8')).toMatch(
      /"name":"late".*"rows":10,"hash":null/,
    )
  })

  test('holds one data file for every table it counted', async () => {
    await user.query(`
      create table parent (id int) partition by range (id);
      create table child_1 partition of parent for values from (0) to (10);
      create table child_2 partition of parent for values from (10) to (20);
      insert into parent select generate_series(0, 14);
      create table base (id int); create table heir () inherits (base);
      insert into base values (1); insert into heir values (2), (3);
      create materialized view filled as select * from base;
      create materialized view unfilled as select * from base with no data;
      create unlogged table unlogged_rows (id int); insert into unlogged_rows values (1);
      create view only_a_view as select 1`)
    const { rows, file } = await backUp()
    const counted = (await rows(tables)).filter(({ schema }) => schema === 'app')
    expect(Object.fromEntries(counted.map(({ name, kind, rows: count }) => [name, [kind, count]]))).toEqual({
      base: ['table', 1],
      child_1: ['partition', 10],
      child_2: ['partition', 5],
      filled: ['materialized view', 3],
      heir: ['table', 2],
      unfilled: ['materialized view', 0],
      unlogged_rows: ['table', 1],
    })
    const { entries } = await readContents(file('dump'))
    const dumped = new Set(
      entries.filter(({ desc }) => desc === 'TABLE DATA').map(({ catalog }) => catalog.oid),
    )
    const expected = (await rows(tables)).filter(({ kind }) => kind !== 'materialized view')
    expect(expected.filter(({ oid }) => !dumped.has(oid))).toEqual([])
  })

  test('keeps the exact state of sequences, called or not', async () => {
    await user.query(`create sequence fresh; create sequence used; select nextval('used'), nextval('used');
      create sequence "set, ""not"" called"; select setval('"set, ""not"" called"', 41, false);
      create sequence big maxvalue 9223372036854775807; select setval('big', 9223372036854775806)`)
    const { rows } = await backUp()
    expect((await rows(sequences)).filter(({ schema }) => schema === 'app')).toEqual([
      { schema: 'app', name: 'big', lastValue: '9223372036854775806', isCalled: true },
      { schema: 'app', name: 'fresh', lastValue: '1', isCalled: false },
      { schema: 'app', name: 'set, "not" called', lastValue: '41', isCalled: false },
      { schema: 'app', name: 'used', lastValue: '2', isCalled: true },
    ])
  })

  test('decrypts the secrets of the vault', async () => {
    await user.query(`select vault.create_secret('s3cr3t value', 'api key', 'of the payment provider')`)
    const { rows, result } = await backUp()
    expect(await rows(vaultSecrets)).toMatchObject([
      { name: 'api key', description: 'of the payment provider', secret: 's3cr3t value' },
    ])
    expect(result.counts['vaultSecrets']).toBe(1)
    await user.query('delete from vault.secrets')
  })

  test("records a user's triggers and policies on managed tables, and the services' versions", async () => {
    await user.query(`create function app.on_signup() returns trigger language plpgsql as 'begin return new; end';
      create policy "own files" on storage.objects for select to authenticated using (owner_id = 'me')`)
    await superuser.query(`create trigger on_signup after insert on auth.users
      for each row execute function app.on_signup()`)
    const { rows } = await backUp()
    expect(await rows(managedTriggers)).toContainEqual(
      expect.objectContaining({ schema: 'auth', table: 'users', name: 'on_signup', functionSchema: 'app' }),
    )
    expect(await rows(managedPolicies)).toContainEqual(
      expect.objectContaining({
        table: 'objects',
        name: 'own files',
        command: 'r',
        roles: ['authenticated'],
      }),
    )
    expect((await rows(services)).map(({ service }) => service)).toContain('auth')
    await user.query('drop policy "own files" on storage.objects')
    await superuser.query('drop trigger on_signup on auth.users')
  })
})

describe('what the role may not read', () => {
  test('is left out table by table and sequence by sequence, named, and makes the run degraded', async () => {
    await superuser.query(`create schema sealed; create table sealed."the ""odd"" one" (id int generated always as identity);
      create table sealed.secret (id serial); create table app.mine (id int); alter table app.mine owner to postgres;
      revoke pg_read_all_data from postgres`)
    try {
      const { result, file } = await backUp()
      expect(result.status).toBe('degraded')
      const finding = result.findings.find(({ kind }) => kind === 'relation-unreadable')
      expect(finding?.names).toEqual(
        expect.arrayContaining(['sealed.the "odd" one', 'sealed.secret', 'sealed.secret_id_seq']),
      )
      const { entries } = await readContents(file('dump'))
      const dumped = entries.filter(({ desc }) => desc === 'TABLE DATA').map(({ tag }) => tag)
      expect(dumped).toContain('mine')
      expect(dumped).not.toContain('secret')
    } finally {
      await superuser.query('grant pg_read_all_data to postgres; drop schema sealed cascade')
    }
  })

  test('includes tables whose row security would hide rows', async () => {
    await superuser.query(`create table app.guarded (id int); insert into app.guarded values (1);
      alter table app.guarded enable row level security; alter role postgres nobypassrls`)
    try {
      const { result, rows } = await backUp()
      expect(result.findings.find(({ kind }) => kind === 'relation-unreadable')?.names).toContain(
        'app.guarded',
      )
      expect((await rows(tables)).some(({ name }) => name === 'guarded')).toBe(false)
    } finally {
      await superuser.query('alter role postgres bypassrls')
    }
  })

  test('of large objects keeps the readable ones beside the dump', async () => {
    const { rows: made } = await user.query(`select lo_from_bytea(0, 'readable') as oid`)
    await superuser.query(`select lo_from_bytea(7777777, 'sealed')`)
    try {
      const { result, file, rows } = await backUp()
      expect(result.findings.find(({ kind }) => kind === 'large-object-unreadable')?.names).toEqual([
        '7777777 of supabase_admin',
      ])
      expect((await rows(largeObjects)).map(({ oid }) => oid)).toEqual([made[0].oid])
      expect(await readdir(file('large-objects'))).toEqual([String(made[0].oid)])
      expect(await readFile(file(`large-objects/${made[0].oid}`), 'utf8')).toBe('readable')
    } finally {
      await superuser.query(`select lo_unlink(7777777), lo_unlink(${made[0].oid})`)
    }
  })
})

describe('the hash of a table', () => {
  test('does not depend on the order of the rows', async () => {
    await user.query(`create table up as select g as id, g::text as name from generate_series(1, 100) g;
      create table down as select * from up order by id desc`)
    const { up, down } = await hashes()
    expect(up).toBe(down)
  })

  test.each([
    ['a changed digit', `create table t as select 1.10::numeric as x`, 'update t set x = 1.1'],
    ['a changed sign of zero', `create table t as select -0.0::float8 as x`, 'update t set x = 0'],
    [
      'the last bit of a float',
      `create table t as select 0.1::float8 as x`,
      'update t set x = 0.1 + 1e-17 * 2',
    ],
    ['null instead of empty', `create table t as select ''::text as x`, 'update t set x = null'],
    ['a microsecond', `create table t as select now() as x`, `update t set x = x + interval '1 microsecond'`],
    [
      'json spelled differently',
      `create table t as select '{"a": 1}'::json as x`,
      `update t set x = '{"a":1}'`,
    ],
    [
      'a value moved to the next column',
      `create table t as select 'a' x, ''::text y`,
      `update t set x = '', y = 'a'`,
    ],
    ['a row that is missing', `create table t as values (1), (2)`, 'delete from t where column1 = 2'],
    ['a row twice instead of another', `create table t as values (1), (2)`, 'update t set column1 = 1'],
    [
      'a column named as the query names the row',
      `create table t as select 'row' as t, 1 as x`,
      'update t set x = 2',
    ],
    [
      'a type with a cast of its own',
      `create table t (x int); insert into t values (1);
      create function hide(t) returns text language sql as $$ select 'same' $$; create cast (t as text) with function hide(t)`,
      'update t set x = 2',
    ],
  ])('sees %s', async (_, create, change) => {
    await user.query(create)
    const before = await hashes()
    await user.query(change)
    const after = await hashes()
    expect(after['t']).not.toBe(before['t'])
  })

  test('is the same whatever the defaults of role and database are', async () => {
    await user.query(`create table base (); create table t as select now() as a, interval '1 day 2 h' as b, 0.1::float8 as c, '\\xab'::bytea as d,
      12.5::money as e, 'base'::regclass as f; create table same as select * from t`)
    const before = await hashes()
    await superuser.query(`alter role postgres set timezone = 'Asia/Kolkata'; alter role postgres set intervalstyle = 'iso_8601';
      alter role postgres set extra_float_digits = 0; alter role postgres set bytea_output = 'escape';
      alter role postgres set search_path = 'app'; alter role postgres set statement_timeout = '1ms'`)
    try {
      expect(await hashes()).toEqual(before)
    } finally {
      await superuser.query(`alter role postgres reset timezone; alter role postgres reset intervalstyle;
        alter role postgres reset extra_float_digits; alter role postgres reset bytea_output;
        alter role postgres reset search_path; alter role postgres reset statement_timeout`)
    }
  })

  test('of a large table is the same in ranges of its blocks, also when it is rewritten between two of them', async () => {
    await user.query(
      `create table large as select i, repeat(md5(i::text), 30) as words from generate_series(1, 12000) i`,
    )
    await user.query('delete from large where i % 7 = 0')
    const { rows } = await user.query(
      `select count(*)::int as rows, sum(hashtextextended(r::text, 0)::numeric)::text as hash from large r`,
    )
    for (const rewrite of [async () => {}, () => user.query('vacuum full large')])
      await inSnapshot(async (snapshot) => {
        const list = (await listTables(snapshot.lead)).filter(({ name }) => name === 'large')
        const covered: number[] = []
        const hashed = await hashTables({
          tables: list,
          clients: [snapshot.lead],
          async renew(client) {
            await snapshot.renew(client)
            if (covered.length === 0) await rewrite()
          },
          onHashed: (count) => covered.push(count),
        })
        expect(covered.length).toBeGreaterThan(1)
        expect(covered.reduce((sum, count) => sum + count)).toBe(1)
        expect(hashed.get(list[0]?.oid ?? 0)).toMatchObject(rows[0])
      })
    await user.query('drop table large')
  })

  test('of two thousand tables takes a query for every fifty, and keeps no locks', async () => {
    await user.query(`do $$ begin for i in 1..2000 loop
      execute format('create table t%s (id int); insert into t%1$s values (%1$s)', i); end loop; end $$`)
    await inSnapshot(async (snapshot) => {
      const list = (await listTables(snapshot.lead)).filter(({ schema }) => schema === 'app')
      const batches: number[] = []
      const hashed = await hashTables({
        tables: list,
        clients: [snapshot.lead, await snapshot.connect()],
        renew: snapshot.renew,
        onHashed: (count) => batches.push(count),
      })
      expect(list.every(({ oid }) => hashed.get(oid)?.rows === 1)).toBe(true)
      expect(batches.length).toBe(40)
      const { rows } = await snapshot.lead.query(
        `select count(*)::int as locks from pg_locks where pid = pg_backend_pid() and locktype = 'relation'`,
      )
      expect(rows[0].locks).toBeLessThan(50)
    })
    for (let first = 1; first <= 2000; first += 200)
      await user.query(
        `do $$ begin for i in ${first}..${first + 199} loop execute format('drop table app.t%s', i); end loop; end $$`,
      )
  })
})

describe('large objects', () => {
  test('are hashed in pieces, at every size around the piece, and each change is seen', async () => {
    const sizes = [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20]
    for (const [index, size] of sizes.entries())
      await user.query(`select lo_from_bytea($1, decode(repeat('5a', $2), 'hex'))`, [9000 + index, size])
    const client = await connect(parseConnection({ url: platform.databaseUrl }, phase), phase)
    const read = async () => {
      await client.query('begin')
      const rows = await Array.fromAsync(readLargeObjects(client))
      await client.query('commit')
      return rows
    }
    const before = await read()
    expect(before.map(({ bytes }) => bytes)).toEqual(sizes)
    expect(new Set(before.map(({ hash }) => hash)).size).toBe(sizes.length)
    await user.query(`select lo_put(9005, ${(2 << 20) + 5}, 'x')`)
    const after = await read()
    expect(after.map(({ hash }, index) => hash === before[index]?.hash)).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
    ])
    await client.end()
    await user.query(`select lo_unlink(oid) from pg_largeobject_metadata`)
  })
})
