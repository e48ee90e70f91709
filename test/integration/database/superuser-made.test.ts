import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { restoreSelection } from '../../../src/database/restore/selective.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { query } from '../../helpers/database.ts'
import { type DatabasePair, openDatabasePair } from '../../helpers/database-pair.ts'
import { majors } from '../../helpers/majors.ts'

/** What only a superuser can make, which role postgres was once, and what is made of it. */
const made = `alter role postgres superuser; set role postgres;
  create operator family public.fam using btree; create operator family public.alone using hash;
  create function public.cmp(int, int) returns int language sql immutable as 'select btint4cmp($1, $2)';
  create operator class public.class for type int using btree family public.fam as operator 1 <, operator 2 <=, operator 3 =,
    operator 4 >=, operator 5 >, function 1 public.cmp(int, int);
  create table public.t (a int); create index by_class on public.t (a public.class); insert into public.t values (3);
  create function public.proof(int) returns int language sql immutable leakproof as 'select $1';
  create view public.v as select public.proof(a) as x from public.t;
  create function public.length(text) returns int language internal as 'textlen';
  create table public.d (n text, m int default public.length('x'), constraint longer check (public.length(n) > 0)); insert into public.d values ('a');
  alter table public.d enable row level security; create policy kept on public.d as restrictive using (public.proof(1) > 0);
  create text search parser public.parser (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);
  create text search template public.template (lexize = dsimple_lexize, init = dsimple_init);
  create text search dictionary public.dictionary (template = public.template);
  create text search configuration public.configuration (parser = public.parser);
  create index by_words on public.d using gin (to_tsvector('public.configuration', n));
  create type public.base; create function public.base_in(cstring) returns public.base language internal immutable strict as 'int4in';
  create function public.base_out(public.base) returns cstring language internal immutable strict as 'int4out';
  create type public.base (input = public.base_in, output = public.base_out, like = int4);
  create cast (public.base as int) without function;
  create function public.number_of(boolean) returns bigint language sql immutable as 'select 1::bigint'; create cast (boolean as bigint) with function public.number_of(boolean);
  create view public.cast_to as select true::bigint as x; create table public.casts (b boolean, n bigint default true::bigint); insert into public.casts values (true);
  create trusted language spoken handler plpgsql_call_handler inline plpgsql_inline_handler validator plpgsql_validator;
  create function public.spoken() returns int language spoken as 'begin return 1; end';
  create access method stored type table handler heap_tableam_handler; create transform for int language plpgsql (from sql with function prsd_lextype(internal));
  reset role; alter role postgres nosuperuser`

const eventTriggers = `select evtname::text, evtevent::text, evtfoid::regproc::text, evtenabled::text, evttags, obj_description(oid, 'pg_event_trigger') as comment
  from pg_event_trigger where evtname = 'watching'`

describe.each(majors)('what only a superuser could make at the origin, on a server %i,', (major) => {
  let pair: DatabasePair

  beforeAll(async () => {
    pair = await openDatabasePair(({ source }) => query(source.superuserUrl, made), major)
  })

  afterAll(() => pair?.stop())

  test('is left out with what is made of it and named, and everything else comes back with its rows', async () => {
    const { status, weakened } = await restoreDatabase(pair.options())
    expect(status).toBe('degraded')
    const names = weakened.map(({ name }) => name)
    for (const name of [
      ...['OPERATOR FAMILY public fam', 'OPERATOR CLASS public class', 'INDEX public by_class'],
      ...['FUNCTION public length("text")', 'DEFAULT public d m', 'CHECK CONSTRAINT public d longer'],
      ...[
        'TEXT SEARCH PARSER public parser',
        'TEXT SEARCH TEMPLATE public template',
        'INDEX public by_words',
      ],
      ...['CAST CAST (boolean AS bigint)', 'VIEW public cast_to', 'DEFAULT public casts n'],
      ...['PROCEDURAL LANGUAGE spoken', 'FUNCTION public spoken()', 'ACCESS METHOD stored'],
      ...['SHELL TYPE public base', 'TYPE public base', 'LEAKPROOF of FUNCTION public proof(integer)'],
    ])
      expect(names).toContain(name)
    const rows = await query(
      pair.target.databaseUrl,
      `select (select x from public.v) as x, (select d::text from public.d) as d, (select n from public.casts) as n,
        (select polname::text from pg_policy where polrelid = 'public.d'::regclass) as policy`,
    )
    expect(rows).toEqual([{ x: 3, d: '(a,1)', n: '1', policy: 'kept' }])
    expect((await verifyDatabase({ ...pair.options(), weakened })).differences).toEqual([])
  })

  test('is told as a difference where a function is another than without its being leakproof', async () => {
    const { weakened } = await restoreDatabase(pair.options())
    const proof = weakened.find(({ name }) => name === 'LEAKPROOF of FUNCTION public proof(integer)')
    await query(pair.target.superuserUrl, `${proof?.sql}`)
    expect((await verifyDatabase({ ...pair.options(), weakened })).differences).toEqual([])
    await query(pair.target.databaseUrl, 'alter function public.proof(int) stable')
    expect((await verifyDatabase({ ...pair.options(), weakened })).differences).toMatchObject([
      { kind: 'object', name: 'FUNCTION public proof(integer)' },
    ])
  })
})

test('What only a superuser can own comes back by another than at the origin, whose it stays and is named', async () => {
  const pair = await openDatabasePair(({ source }) =>
    query(
      source.superuserUrl,
      `alter role postgres superuser; set role postgres;
       create function public.watch() returns event_trigger language plpgsql as 'begin end';
       create foreign data wrapper far; grant usage on foreign data wrapper far to anon;
       create event trigger watching on ddl_command_end execute function public.watch(); alter event trigger watching enable always;
       comment on event trigger watching is 'it''s'; create table public.kept (id int); insert into public.kept values (1);
       reset role; alter role postgres nosuperuser`,
    ),
  )
  const target = parseConnection({ url: pair.target.superuserUrl }, 'test')
  try {
    const { weakened } = await restoreDatabase({ ...pair.options(), target })
    expect(weakened.map(({ kind, name }) => [kind, name])).toEqual([
      ['refused', 'owner of FOREIGN DATA WRAPPER far'],
      ['refused', 'owner of EVENT TRIGGER watching'],
    ])
    expect((await verifyDatabase({ ...pair.options(), target, weakened })).differences).toEqual([])
    const without = await verifyDatabase({ ...pair.options(), target })
    expect(without.differences.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['EVENT TRIGGER watching', 'FOREIGN DATA WRAPPER far']),
    )
    // One that calls a function of a schema hangs on it while that is replaced.
    const selection = { schemas: ['public'], tables: [] }
    await query(
      pair.target.superuserUrl,
      "delete from public.kept; drop event trigger watching; create event trigger watching on ddl_command_end when tag in ('CREATE TABLE', 'DROP TABLE') execute function public.watch(); alter event trigger watching enable replica; comment on event trigger watching is 'it''s'",
    )
    const before = await query(pair.target.superuserUrl, eventTriggers)
    await restoreSelection({ ...pair.options(), target, selection })
    expect(await query(pair.target.superuserUrl, eventTriggers)).toEqual(before)
    expect(await query(pair.target.superuserUrl, 'select id from public.kept')).toEqual([{ id: 1 }])
  } finally {
    await pair.stop()
  }
})
