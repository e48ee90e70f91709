import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { restoreSelection } from '../../../src/database/restore/selective.ts'
import type { Weakening } from '../../../src/database/restore/weakened.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { query } from '../../helpers/database.ts'
import { type DatabasePair, openDatabasePair } from '../../helpers/database-pair.ts'
import { majors } from '../../helpers/majors.ts'

/** As older projects let anybody do; no new project takes it. */
const absent = `create function auth.mine() returns int language sql immutable as 'select 5';
  alter function auth.mine() owner to postgres`

/** Everything that a table or domain holds and can be without, beside what it keeps. */
const application = `
  create table public.t (id int primary key, n int default auth.mine(), "m,)" int default 3,
    constraint ck check ("m,)" > auth.mine()), constraint kept check (id > 0));
  insert into public.t values (1, default, 10), (2, 7, 20);
  comment on constraint ck on public.t is 'more than mine'; comment on column public.t.n is 'mine';
  create view public.v as select * from public.t;
  create table public.ref (id int references public.t); insert into public.ref values (1);
  create table public.gen (id int, g int generated always as (id + auth.mine()) stored not null,
    h int generated always as (id + 1) stored not null);
  insert into public.gen values (1);
  create table public.part (id int, k int default auth.mine(), constraint pck check (k >= auth.mine())) partition by list (id);
  create table public.part1 partition of public.part for values in (1); insert into public.part values (1);
  create function public.through() returns int language sql immutable begin atomic select auth.mine(); end;
  create function public.plain() returns int language sql as 'select 3';
  create table public.uses (id int, n int default public.plain()); insert into public.uses values (1);
  create sequence public.numbers; create table public.numbered (id int, n int default nextval('public.numbers')); insert into public.numbered values (1, 4);
  alter default privileges in schema public grant select on tables to pg_monitor;
  create table public.calls (id int, n int default public.through()); insert into public.calls values (1, 2);
  create collation public.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  create table public.people (id int, email text collate public.ci default ('x' || auth.mine()), kind text collate public.ci default 'user' not null,
    low text collate "C" generated always as ('x' || auth.mine()) stored not null);
  create unique index on public.people (email); insert into public.people values (1, 'Ann@x.y');
  create table public.lists (id int, email text collate "C", k text) partition by list (id);
  create table public.lists1 partition of public.lists (email default ('x' || auth.mine())) for values in (1); insert into public.lists values (1, 'a');
  create table public.parent (id int, n int default auth.mine());
  create table public.child (n int default 3) inherits (public.parent); alter table public.child alter n drop default;
  insert into public.child values (1, 2);
  create type public.ty as (a int, b text);
  create table public.typed of public.ty (constraint tck check (a > auth.mine())); insert into public.typed values (7, 'x');
  create table public.typed2 of public.ty (a with options default auth.mine(), b default 'b'); insert into public.typed2 values (8, 'y');
  create table public.over (id int, g int generated always as (id + auth.mine()) stored);
  create table public.under (constraint uck check (id > auth.mine()), constraint uck2 check (id > auth.mine() + 1)) inherits (public.over);
  insert into public.under values (9);
  create table public.below () inherits (public.under); insert into public.below values (8);
  create table public.divided (id int) partition by list ((id + auth.mine()));
  create domain public.dom as int default auth.mine() check (value > auth.mine()) constraint whole check (value > 1);
  create table public.du (a public.dom, b int); insert into public.du values (8, 1);
  create table public.dua (a public.dom[]); insert into public.dua values ('{8,9}');
  alter table public.t enable row level security; create policy p on public.t using (id > 0);
  grant select (id) on public.t to anon`

const rows = `select (select array_agg(t::text order by id) from public.t t) as t, (select array_agg(gen::text) from public.gen) as gen,
  (select array_agg(p::text) from public.part1 p) as part, (select array_agg(c::text) from public.calls c) as calls,
  (select array_agg(c::text) from public.child c) as child, (select array_agg(p::text) from public.people p) as people,
  (select array_agg(l::text) from public.lists1 l) as lists,
  (select array_agg(format('%s.%s %s', attrelid::regclass, attname, collname) order by attrelid::regclass::text, attnum) from pg_attribute
    join pg_collation c on c.oid = attcollation where attrelid in ('public.people'::regclass, 'public.lists1'::regclass)) as collations, (select array_agg(d::text) from public.du d) as du,
  (select array_agg(t::text) from (select t::text from public.typed t union all select u::text from public.typed2 u order by 1) t (t)) as typed,
  (select array_agg(o::text order by id) from public.over o) as over`

const lost = [
  'ACL public FUNCTION "through"()',
  'CHECK CONSTRAINT public dom dom_check',
  'CHECK CONSTRAINT public part pck',
  'CHECK CONSTRAINT public part1 pck',
  'CHECK CONSTRAINT public t ck',
  'CHECK CONSTRAINT public typed tck',
  'CHECK CONSTRAINT public under uck',
  'CHECK CONSTRAINT public under uck2',
  'COMMENT public CONSTRAINT "ck" ON "t"',
  'DEFAULT public below g',
  'DEFAULT public calls n',
  'DEFAULT public dom',
  'DEFAULT public gen g',
  'DEFAULT public lists1 email',
  'DEFAULT public over g',
  'DEFAULT public parent n',
  'DEFAULT public part k',
  'DEFAULT public part1 k',
  'DEFAULT public people email',
  'DEFAULT public people low',
  'DEFAULT public t n',
  'DEFAULT public typed2 a',
  'DEFAULT public under g',
  'FUNCTION public through()',
]

describe.each(majors)(
  'a table or domain that calls what the target cannot have, on a server %i,',
  (major) => {
    let pair: DatabasePair

    const leftOut = (weakened: readonly Weakening[]) =>
      weakened
        .flatMap(({ kind, name }) => (kind === 'left-out' && !/divided|TABLE DATA/.test(name) ? [name] : []))
        .sort()
    const differences = async (weakened: readonly Weakening[]) =>
      (await verifyDatabase({ ...pair.options(), weakened })).differences.map(
        ({ kind, name }) => `${kind} ${name}`,
      )

    beforeAll(async () => {
      pair = await openDatabasePair(async ({ source }) => {
        await query(source.superuserUrl, absent)
        await query(source.databaseUrl, application)
      }, major)
    })

    afterAll(() => pair?.stop())

    const kept = {
      t: ['(1,5,10)', '(2,7,20)'],
      gen: ['(1,,2)'],
      part: ['(1,5)'],
      calls: ['(1,2)'],
      child: ['(1,2)'],
      people: ['(1,Ann@x.y,user,)'],
      lists: ['(1,a,)'],
      collations: ['lists1.email C', 'lists1.k default', 'people.email ci', 'people.kind ci', 'people.low C'],
      du: ['(8,1)'],
      typed: ['(7,x)', '(8,y)'],
      over: ['(8,)', '(9,)'],
    }

    test.each([
      ['in one transaction', {}],
      ['in batches', { batches: true }],
    ])('comes back with all its rows %s, without what calls it, which is named', async (_, how) => {
      const { status, weakened } = await restoreDatabase({ ...pair.options(), ...how })
      expect(status).toBe('degraded')
      expect(leftOut(weakened)).toEqual(lost)
      expect(weakened.find(({ name }) => name === 'DEFAULT public t n')).toMatchObject({
        within: 'TABLE public t',
        sql: 'ALTER TABLE ONLY "public"."t" ALTER COLUMN "n" SET DEFAULT "auth"."mine"()',
      })
      expect(await query(pair.target.databaseUrl, rows)).toEqual([kept])
      expect(await differences(weakened)).toEqual([])
    })

    test('comes back so with its schema alone', async () => {
      const selection = { schemas: ['public'], tables: [] }
      const leaveOut = ['TABLE public divided']
      const { weakened } = await restoreSelection({ ...pair.options(), selection, leaveOut })
      expect(leftOut(weakened)).toEqual(lost)
      expect(await query(pair.target.databaseUrl, rows)).toEqual([kept])
      expect(await differences(weakened)).toEqual([])
    })

    test('comes back with its rows without a function that was asked to be left out', async () => {
      const leaveOut = ['FUNCTION public plain()']
      const { weakened } = await restoreDatabase({ ...pair.options(), leaveOut })
      expect(leftOut(weakened)).toEqual(
        [...lost, 'ACL public FUNCTION "plain"()', 'DEFAULT public uses n', 'FUNCTION public plain()'].sort(),
      )
      expect(await query(pair.target.databaseUrl, 'select * from public.uses')).toEqual([{ id: 1, n: 3 }])
      expect(await differences(weakened)).toEqual([])
    })

    test('comes back with its rows without a sequence, and empty without its rows, that were asked to be left out', async () => {
      const asked = [
        'SEQUENCE public numbers',
        'TABLE DATA public uses',
        'DEFAULT ACL public DEFAULT PRIVILEGES FOR TABLES',
      ]
      const { weakened } = await restoreDatabase({ ...pair.options(), leaveOut: asked })
      expect(leftOut(weakened)).toEqual(
        expect.arrayContaining(['DEFAULT public numbered n', asked[0], asked[2]]),
      )
      expect(await query(pair.target.databaseUrl, 'select * from public.numbered')).toEqual([{ id: 1, n: 4 }])
      expect(await query(pair.target.databaseUrl, 'select * from public.uses')).toEqual([])
      expect(await differences(weakened)).toEqual([])
      await query(pair.target.databaseUrl, 'insert into public.uses values (9)')
      expect(await differences(weakened)).toEqual(['table public.uses'])
    })

    test('is told as different where it lacks more than was left out, or has another default', async () => {
      const { weakened } = await restoreDatabase(pair.options())
      await query(
        pair.target.databaseUrl,
        `alter table public.t drop constraint kept; alter table public.part1 alter k set default 9;
       alter table public.du alter b set default 1; alter domain public.dom drop constraint whole`,
      )
      expect(await differences(weakened)).toEqual(
        [
          'object TABLE public t',
          'object TABLE public part1',
          'object DOMAIN public dom',
          'object TABLE public du',
        ].sort(),
      )
    })

    test('is no difference where what was left out is made by hand, and each statement that is given for it works', async () => {
      const { weakened } = await restoreDatabase(pair.options())
      await query(pair.target.superuserUrl, absent)
      // What that one calls was left out itself.
      const given = weakened.filter(({ name, sql }) => name !== 'DEFAULT public calls n' && sql !== undefined)
      for (const { sql } of given) await query(pair.target.databaseUrl, `${sql}`)
      expect(await differences(weakened)).toEqual([])
      const [there] = await query(pair.target.databaseUrl, rows)
      const { gen, over } = there as typeof kept
      // A server of before 17 gives no column another expression.
      expect({ gen, over }).toEqual(
        major === 15 ? { gen: kept.gen, over: kept.over } : { gen: ['(1,6,2)'], over: ['(8,13)', '(9,14)'] },
      )
      // A column that was left out keeps its nulls, whatever is set to its default.
      const recomputed = weakened.filter(({ kind }) => kind === 'recomputed')
      expect(recomputed.map(({ name, sql }) => [name, sql])).toContainEqual([
        'TABLE DATA public gen',
        undefined,
      ])
    })
  },
)
