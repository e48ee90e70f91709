import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ambiguousCallFindings } from '../../../src/database/capture/ambiguous-calls.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { openSnapshot } from '../../../src/database/connect/snapshot.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { restoreSelection } from '../../../src/database/restore/selective.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { query } from '../../helpers/database.ts'
import { type DatabasePair, openDatabasePair } from '../../helpers/database-pair.ts'
import { majors } from '../../helpers/majors.ts'

const oddNames = ['"MyF"', '"my f"', '"f""q"', '"größe"', '"a.b(c)"']

/** A column whose default meant the first of the two functions of a name. */
const overloaded = (name: string, index: number) => `
  create function public.${name}(n int, b text default 'b') returns int language sql immutable as 'select 1';
  create table public.odd_${index} (n int default public.${name}(1));
  create function public.${name}(n int, c date default null) returns int language sql immutable as 'select 2'`

const overload = `create function public.f(n int, b text default 'b') returns int language sql immutable as 'select n + 1'`

/** Everything that stores an expression, each calling what another overload, made later, fits as well. */
const ambiguous = `
  create table public.items (n int default public.f(1), g int generated always as (public.f(n)) stored,
    constraint positive check (public.f(n) > 0));
  create table public.plain (n int);
  insert into public.items values (default), (5);
  create index plain_f on public.plain (public.f(n));
  create view public.v as select public.f(n) as x from public.items;
  create materialized view public.m as select public.f(n) as x from public.items;
  alter table public.plain enable row level security;
  create policy p on public.plain using (public.f(n) > 1);
  create policy restricting on public.plain as restrictive using (public.f(n) > 1);
  create domain public.d as int default public.f(2) constraint above check (public.f(value) > 0);
  create table public.ds (d public.d);
  insert into public.ds values (default);
  create function public.standard(n int) returns int language sql immutable begin atomic select public.f(n); end;
  create rule r as on delete to public.plain do also select public.f(1);
  create table public.parted (n int) partition by range (public.f(n));
  create function public.hook() returns trigger language plpgsql as 'begin return new; end';
  create table public.excluded (n int, constraint one_each exclude using btree (public.f(n) with =) where (public.f(n) > 0));
  insert into public.excluded values (1), (2);
  create table public.both (a int default public.f(1), b int, g int generated always as (public.f(a)) stored,
    constraint first check (public.f(a) > 0));
  create table public.divided (n int default public.f(1), b int, constraint early check (public.f(n) > 0)) partition by list (b);
  create domain public.two as int default public.f(2) constraint first check (public.f(value) > 0);
  create trigger t before update on public.plain for each row when (public.f(new.n) > 1) execute function public.hook();
  create function public.whole(n int, b text default 'b') returns int language sql immutable as 'select n';
  create view public.clear as select public.whole(1, 'x') as x, public.f(1, 'x') as y;
  create function public.f(n int, c date default '2024-01-01') returns int language sql immutable as 'select n + 100';
  create function public.whole(n int, c date default '2024-01-01') returns int language sql immutable as 'select n';
  create view public.other as select public.f(1, date '2024-02-02') as x;
  grant execute on function public.f(int, date) to anon;
  alter table public.both alter b set default public.f(1, date '2024-02-02'), add constraint second check (public.f(b, date '2024-02-02') > 0);
  insert into public.both values (default, default);
  alter table public.divided alter b set default public.f(-99, date '2024-02-02'), add constraint late check (public.f(n, date '2024-02-02') > 0);
  create table public.divided_1 partition of public.divided for values in (1); insert into public.divided values (default, default);
  alter domain public.two add constraint second check (public.f(value, date '2024-02-02') > 0);
  ${oddNames.map(overloaded).join(';')}`

/** The same without a word: a function of the very type goes before one of any type. */
const polymorphic = `
  create function public.any_type(a anyelement, b text default 'b') returns int language sql immutable as 'select 1';
  create table public.poly (n int, d int default public.any_type(3), g int generated always as (public.any_type(n)) stored,
    constraint checked check (public.any_type(n) = 1));
  insert into public.poly values (1);
  create view public.poly_v as select public.any_type(n) as x from public.poly;
  create materialized view public.poly_m as select public.any_type(n) as x from public.poly;
  create index poly_i on public.poly (public.any_type(n));
  create policy poly_p on public.poly using (public.any_type(n) = 1);
  create domain public.poly_d as int default public.any_type(2) check (public.any_type(value) = 1);
  create table public.poly_ds (d public.poly_d); insert into public.poly_ds values (7);
  create function public.poly_f(n int) returns int language sql immutable begin atomic select public.any_type(n); end;
  create function public.any_type(n int) returns int language sql immutable as 'select 2';
  create view public.poly_exact as select public.any_type(1) as x`

const facts = `select (select array_agg(n || ' ' || g order by n) from public.items) as items,
  (select array_agg(a || ' ' || b || ' ' || g) from public.both) as both,
  (select array_agg(d || ' ' || g) from public.poly) as poly, (select array_agg(x) from public.poly_m) as poly_m,
  (select x from public.poly_exact) as exact,
  (select array_agg(convalidated) from pg_constraint where conname in ('positive', 'above', 'checked', 'poly_d_check')) as valid,
  (select array_agg(p.oid::regprocedure::text order by p.oid::regprocedure::text desc) from pg_proc p where p.proname ~ '^(f|other_overload.*)$' and pronamespace = 'public'::regnamespace) as functions`

/** Of a partitioned table, which only the newer server lets have one. */
const divided = `
  create table public.divided_excluded (k int, n int, constraint excluded_each exclude using btree (k with =, public.f(n) with =)) partition by list (k);
  create table public.divided_excluded_1 partition of public.divided_excluded for values in (1);
  insert into public.divided_excluded values (1, 1)`

describe.each(majors)('a definition whose call fits a function made later, on a server %i', (major) => {
  let pair: DatabasePair

  beforeAll(async () => {
    pair = await openDatabasePair(
      ({ source }) => query(source.databaseUrl, `${overload}; ${ambiguous}; ${polymorphic}`),
      major,
    )
  })

  afterAll(() => pair?.stop())

  test('is named by the backup, and what spells out all arguments is not', async () => {
    const snapshot = await openSnapshot(parseConnection({ url: pair.source.databaseUrl }, 'test'))
    const [found] = await ambiguousCallFindings(snapshot.lead).finally(() => snapshot.close())
    expect(found).toMatchObject({ severity: 'note', kind: 'call-ambiguous' })
    const names = found?.names?.map((name) => name.split(',')[0])
    expect(names).toEqual([
      'CHECK CONSTRAINT public.both first',
      'CHECK CONSTRAINT public.divided early',
      'CHECK CONSTRAINT public.items positive',
      'DEFAULT public.both a',
      'DEFAULT public.both g',
      'DEFAULT public.divided n',
      'DEFAULT public.divided_1 n',
      'DEFAULT public.items g',
      'DEFAULT public.items n',
      ...oddNames.map((_, index) => `DEFAULT public.odd_${index} n`),
      'DOMAIN public.d',
      'DOMAIN public.d above',
      'DOMAIN public.two',
      'DOMAIN public.two first',
      'FUNCTION public.standard(int4)',
      'INDEX public.one_each',
      'INDEX public.plain_f',
      'MATERIALIZED VIEW public.m',
      'POLICY public.plain p',
      'POLICY public.plain restricting',
      'RULE public.plain r',
      'TABLE public.parted',
      'TRIGGER public.plain t',
      'VIEW public.v',
    ])
    expect(found?.names).toContain(
      'CHECK CONSTRAINT public.items positive, by public.f(integer,text) or public.f(integer,date)',
    )
  })

  test('comes back whole, bound to the function it meant', async () => {
    const restored = await restoreDatabase(pair.options())
    expect(restored.findings.filter(({ severity }) => severity === 'degraded')).toEqual([])
    expect(await verifyDatabase(pair.options())).toMatchObject({ ok: true, differences: [] })
    const [at] = await query(pair.target.databaseUrl, facts)
    expect(at).toEqual({
      items: ['2 3', '5 6'],
      both: ['2 101 3'],
      poly: ['1 1'],
      poly_m: [1],
      exact: 2,
      valid: [true, true, true, true],
      functions: ['f(integer,text)', 'f(integer,date)'],
    })
  })

  test('comes back whole in batches', async () => {
    await restoreDatabase({ ...pair.options(), batches: true })
    expect(await verifyDatabase(pair.options())).toMatchObject({ ok: true, differences: [] })
  })

  test('comes back whole with its table alone', async () => {
    const selection = { schemas: [], tables: [{ schema: 'public', name: 'items' }] }
    await query(
      pair.target.databaseUrl,
      'drop view public.v; drop materialized view public.m; drop table public.items',
    )
    await restoreSelection({ ...pair.options(), selection })
    expect((await query(pair.target.databaseUrl, facts))[0]).toMatchObject({
      valid: [true, true, true, true],
      functions: ['f(integer,text)', 'f(integer,date)'],
    })
  })
})

test('An exclusion constraint of a partition whose call fits a function made later comes back', async () => {
  const later = `create function public.f(n int, c date default null) returns int language sql immutable as 'select 2'`
  const pair = await openDatabasePair(
    ({ source }) => query(source.databaseUrl, `${overload}; ${divided}; ${later}`),
    17,
  )
  const { weakened } = await restoreDatabase(pair.options()).finally(() => pair.stop())
  // A server of before 17.12 does not attach its index.
  expect(weakened.filter(({ name }) => !name.startsWith('INDEX ATTACH '))).toEqual([])
})

test('Hundreds of definitions whose calls fit a function made later are made together', async () => {
  const numbers = Array.from({ length: 60 }, (_, index) => index)
  const views = numbers.map((index) => `create view public.v${index} as select public.f(${index}) as x`)
  const exact = numbers.map(
    (index) => `create view public.w${index} as select public.any_type(${index}) as x`,
  )
  const pair = await openDatabasePair(({ source }) =>
    query(
      source.databaseUrl,
      `${overload}; create function public.any_type(a anyelement, b text default 'b') returns int language sql immutable as 'select 1';
       ${[...views, ...exact].join(';')};
       create function public.f(n int, c date default null) returns int language sql immutable as 'select 2';
       create function public.any_type(n int) returns int language sql immutable as 'select 2';
       create view public.v30b as select public.f(1, null::date) as x`,
    ),
  )
  let started = 0
  const clients = {
    ...pair.clients,
    command(...call: Parameters<typeof pair.clients.command>) {
      if (call[0] === 'pg_restore') started += 1
      return pair.clients.command(...call)
    },
  }
  try {
    await restoreDatabase({ ...pair.options(), clients })
    expect(started).toBeLessThan(40)
    expect(await verifyDatabase(pair.options())).toMatchObject({ ok: true, differences: [] })
  } finally {
    await pair.stop()
  }
})
