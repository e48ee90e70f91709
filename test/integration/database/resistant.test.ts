import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { findClients } from '../../../src/database/connect/clients.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { type DatabaseRestore, restoreDatabase } from '../../../src/database/restore/restore.ts'
import { restoreRows } from '../../../src/database/restore/rows-only.ts'
import { restoreSelection } from '../../../src/database/restore/selective.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { prepareClients17 } from '../../helpers/clients-17.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

/** Functions that look up names where the session says, and what is made of them. */
const unqualified = `
CREATE SCHEMA shop;
CREATE SCHEMA lex;
ALTER DATABASE postgres SET search_path = shop, public, extensions, lex;
CREATE EXTENSION pg_trgm SCHEMA lex;
SET search_path = lex;
CREATE FUNCTION near(t text) RETURNS real LANGUAGE sql IMMUTABLE AS 'SELECT similarity(t, ''abc'')';
CREATE TABLE nearness (t text, n real GENERATED ALWAYS AS (near(t)) STORED);
INSERT INTO nearness (t) VALUES ('abcd');
CREATE TABLE bound (t text, n real GENERATED ALWAYS AS (similarity(t, 'abc')) STORED);
RESET search_path;
CREATE FUNCTION public.f2(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper(t)';
CREATE FUNCTION public.f1(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT f2(t)';
CREATE TABLE public.chained (id int, b text, v text GENERATED ALWAYS AS (f1(b)) STORED);
INSERT INTO public.chained (id, b) VALUES (1, 'x');
SET search_path = shop, public, extensions;
CREATE FUNCTION strip(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT trim(t)';
CREATE FUNCTION key(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(strip(t))';
CREATE TABLE items (id int PRIMARY KEY, name text, kind regclass, CHECK (key(name) <> ''));
CREATE TABLE counted (id int, name text);
CREATE DOMAIN word AS text CHECK (strip(VALUE) = VALUE);
CREATE TABLE words (w word DEFAULT strip(' a '));
INSERT INTO items VALUES (1, ' A', 'shop.items'), (2, 'b ', 'public.chained');
INSERT INTO words DEFAULT VALUES;
CREATE POLICY p ON items USING (key(name) = 'a');
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE UPDATE ON items FOR EACH ROW WHEN (key(NEW.name) <> key(OLD.name)) EXECUTE FUNCTION touch();
RESET search_path;
`

/** PostgreSQL 17 looks up names in pg_catalog alone while it builds an index or fills a materialized view. */
const unqualifiedBefore17 = `
SET search_path = shop, public, extensions;
ALTER TABLE items ADD EXCLUDE USING btree (key(name) WITH =);
CREATE UNIQUE INDEX items_key ON items (key(name)) WHERE key(name) <> 'none';
CREATE MATERIALIZED VIEW keys AS SELECT key(name) AS key FROM items;
CREATE STATISTICS counted_key ON key(name), id FROM counted;
RESET search_path;
`

async function clientsOf17(): Promise<PostgresClients> {
  const { binDirectory } = await prepareClients17()
  return findClients({
    environment: process.env,
    serverMajor: 17,
    pgBinDir: binDirectory,
    log: silentLog,
    phase: 'test',
  })
}

/** What its own rows and definitions contradict. */
const contradicted = `
CREATE TABLE public.bookings (id int PRIMARY KEY, starts_at timestamptz CONSTRAINT in_future CHECK (starts_at > now()), CHECK (id > 0));
COMMENT ON CONSTRAINT in_future ON public.bookings IS 'when booked';
CREATE DOMAIN public.coming AS timestamptz CONSTRAINT still_coming CHECK (VALUE > now());
CREATE DOMAIN public.soon AS public.coming;
CREATE TABLE public.meetings (id int, at public.soon);
CREATE TABLE public.parent (n int CONSTRAINT small CHECK (n < extract(epoch FROM now()) - 1e9));
CREATE TABLE public.child (CONSTRAINT small CHECK (n < extract(epoch FROM now()) - 1e9)) INHERITS (public.parent);
INSERT INTO public.bookings VALUES (1, now() + interval '2 seconds');
INSERT INTO public.meetings VALUES (1, now() + interval '2 seconds');
CREATE TABLE public.slots (id int, at timestamptz CONSTRAINT slot_in_future CHECK (at > now())) PARTITION BY LIST (id);
CREATE TABLE public.slots_1 PARTITION OF public.slots FOR VALUES IN (1) PARTITION BY RANGE (at);
CREATE TABLE public.slots_1_all PARTITION OF public.slots_1 DEFAULT;
INSERT INTO public.slots VALUES (1, now() + interval '2 seconds');
CREATE TABLE public.limits (most int);
INSERT INTO public.limits VALUES (10);
CREATE FUNCTION public.most() RETURNS int LANGUAGE sql STABLE AS 'SELECT most FROM limits';
CREATE TABLE public.amounts (n int CONSTRAINT within CHECK (n <= public.most()));
INSERT INTO public.amounts VALUES (9);
UPDATE public.limits SET most = 5;
CREATE TABLE public.owners (id int PRIMARY KEY);
CREATE TABLE public.owned (id int PRIMARY KEY, owner int CONSTRAINT has_owner REFERENCES public.owners ON DELETE CASCADE);
CREATE TABLE public.owned_parts (id int, owner int CONSTRAINT part_has_owner REFERENCES public.owners) PARTITION BY RANGE (id);
CREATE TABLE public.owned_part PARTITION OF public.owned_parts DEFAULT;
CREATE TYPE public.kind AS ENUM ('a', 'b', 'c', 'd');
CREATE TABLE public.by_kind (k public.kind, n int) PARTITION BY HASH (k);
CREATE TABLE public.by_kind_0 PARTITION OF public.by_kind FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE public.by_kind_1 PARTITION OF public.by_kind FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE public.by_kind_2 PARTITION OF public.by_kind FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE public.by_kind_3 PARTITION OF public.by_kind FOR VALUES WITH (MODULUS 4, REMAINDER 3);
INSERT INTO public.by_kind SELECT (enum_range(NULL::public.kind))[1 + n % 4], n FROM generate_series(0, 39) n;
CREATE FUNCTION public.era(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n';
CREATE TABLE public.eras (n int) PARTITION BY RANGE (public.era(n));
CREATE TABLE public.eras_low PARTITION OF public.eras FOR VALUES FROM (0) TO (100);
CREATE TABLE public.eras_high PARTITION OF public.eras FOR VALUES FROM (100) TO (200);
INSERT INTO public.eras VALUES (1), (150);
CREATE TABLE public.ages (n int, at date, g int GENERATED ALWAYS AS (n + 1) STORED) PARTITION BY RANGE (public.era(n));
CREATE TABLE public.ages_low (g int GENERATED ALWAYS AS (n + 1) STORED, gone int, at date, n int) PARTITION BY LIST (at);
ALTER TABLE public.ages_low DROP COLUMN gone;
CREATE TABLE public.ages_low_all (at date, n int, g int GENERATED ALWAYS AS (n + 1) STORED);
ALTER TABLE public.ages_low ATTACH PARTITION public.ages_low_all DEFAULT;
ALTER TABLE public.ages ATTACH PARTITION public.ages_low FOR VALUES FROM (0) TO (100);
CREATE TABLE public.ages_high (at date, gone text, n int, g int GENERATED ALWAYS AS (n + 1) STORED);
ALTER TABLE public.ages_high DROP COLUMN gone;
ALTER TABLE public.ages ATTACH PARTITION public.ages_high FOR VALUES FROM (100) TO (200);
INSERT INTO public.ages (n, at) VALUES (1, '2024-01-01'), (2, NULL), (150, '2025-01-01');
CREATE OR REPLACE FUNCTION public.era(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 199 - n';
CREATE FUNCTION public.spelt(a text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT a || '-x'$$;
CREATE TABLE public.spellings (a text, "the v" text GENERATED ALWAYS AS (public.spelt(a)) STORED);
CREATE TABLE public.parted_spellings (LIKE public.spellings INCLUDING GENERATED) PARTITION BY LIST (a);
CREATE TABLE public.spellings_k PARTITION OF public.parted_spellings FOR VALUES IN ('k');
INSERT INTO public.spellings VALUES ('k'), ('l');
INSERT INTO public.parted_spellings VALUES ('k');
CREATE OR REPLACE FUNCTION public.spelt(a text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT a || '@x'$$;
CREATE TABLE public.elder (z int);
CREATE TABLE public.younger (own text, other int) INHERITS (public.elder);
CREATE TABLE public.youngest () INHERITS (public.younger);
INSERT INTO public.younger VALUES (1, 'x', 2);
INSERT INTO public.youngest VALUES (3, 'y', 4);
ALTER TABLE public.elder ADD COLUMN added date DEFAULT '2024-01-01';
CREATE TABLE public.sibling (other int, z int) INHERITS (public.elder);
CREATE TABLE public.adopted (n int, added date, z int);
ALTER TABLE public.adopted INHERIT public.elder;
CREATE DOMAIN public.filled AS text NOT NULL;
CREATE DOMAIN public.refilled AS public.filled CONSTRAINT not_empty CHECK (VALUE <> '');
CREATE TABLE public.fillings (id int, v public.refilled, whole public.filled);
INSERT INTO public.fillings VALUES (1, 'x', 'y');
INSERT INTO public.fillings SELECT 2, 'z', (SELECT whole FROM public.fillings WHERE false);
CREATE DOMAIN public.within AS int NOT NULL;
CREATE TYPE public.holds AS (w public.within);
CREATE TABLE public.holding (h public.holds, l public.within[]);
INSERT INTO public.holding SELECT ROW(1)::public.holds, ARRAY[(SELECT (h).w FROM public.holding WHERE false)];
CREATE DOMAIN public.untouched AS int NOT NULL;
CREATE TABLE public.touching (n public.untouched);
INSERT INTO public.touching VALUES (1);
CREATE DOMAIN public.late AS int;
CREATE TABLE public.lates (l public.late, a public.late[]);
INSERT INTO public.lates VALUES (-1, '{-2}');
ALTER DOMAIN public.late ADD CONSTRAINT not_late CHECK (VALUE > 0) NOT VALID;
COMMENT ON CONSTRAINT not_late ON DOMAIN public.late IS 'from now on';
CREATE VIEW public.itself AS SELECT 1 AS x;
CREATE OR REPLACE VIEW public.itself AS SELECT x FROM public.itself;
CREATE VIEW public.over_itself AS SELECT x + 1 AS y FROM public.itself;
COMMENT ON VIEW public.over_itself IS 'broken as well';
GRANT SELECT ON public.over_itself TO anon;
CREATE FUNCTION public.half(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n / 2';
CREATE TABLE public.halves (n int);
CREATE UNIQUE INDEX halves_unique ON public.halves (public.half(n));
CREATE INDEX halves_broken ON public.halves ((public.half(n) + public.half(1)));
INSERT INTO public.halves VALUES (2), (4);
CREATE OR REPLACE FUNCTION public.half(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1 / (n / n - 1); END';
CREATE TABLE public.last_of_all (n int PRIMARY KEY);
CREATE VIEW public.sound AS SELECT n FROM public.last_of_all;
INSERT INTO public.last_of_all VALUES (1);
CREATE FUNCTION public.trace() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE public.traced (n int) PARTITION BY RANGE (n);
CREATE TABLE public.traced_1 PARTITION OF public.traced FOR VALUES FROM (0) TO (10);
CREATE TABLE public.traced_2 PARTITION OF public.traced FOR VALUES FROM (10) TO (20);
CREATE TABLE public.traced_3 PARTITION OF public.traced FOR VALUES FROM (20) TO (30);
CREATE TABLE public.traced_4 PARTITION OF public.traced FOR VALUES FROM (30) TO (40);
CREATE TRIGGER traces AFTER INSERT ON public.traced FOR EACH ROW EXECUTE FUNCTION public.trace();
ALTER TABLE public.traced_1 DISABLE TRIGGER traces;
ALTER TABLE public.traced_2 ENABLE REPLICA TRIGGER traces;
ALTER TABLE public.traced_3 ENABLE ALWAYS TRIGGER traces;
`

/** As another version of the services has them. */
const otherServices = `
CREATE TABLE storage.iceberg_tables (id int);
CREATE TABLE storage.closed (id int);
INSERT INTO storage.closed VALUES (1);
CREATE TABLE storage.kept_full (id int PRIMARY KEY);
INSERT INTO storage.kept_full VALUES (1);
CREATE TABLE storage.hidden (id int);
INSERT INTO storage.hidden VALUES (1);
GRANT SELECT ON storage.iceberg_tables, storage.closed, storage.kept_full, storage.hidden TO postgres;
`

/** One may be filled and not emptied, one not be seen without a policy. */
const otherServicesAtTarget = `
CREATE TABLE storage.closed (id int);
CREATE TABLE storage.kept_full (id int PRIMARY KEY);
INSERT INTO storage.kept_full VALUES (1);
GRANT SELECT, INSERT ON storage.kept_full TO postgres;
CREATE TABLE storage.hidden (id int);
ALTER TABLE storage.hidden ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.hidden FORCE ROW LEVEL SECURITY;
GRANT ALL ON storage.hidden TO postgres;
`

/** Rows of the user's that nobody sees by right. */
const closedToAll = `
CREATE TABLE public.sealed (id int);
INSERT INTO public.sealed VALUES (1);
ALTER TABLE public.sealed ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.sealed FORCE ROW LEVEL SECURITY;
CREATE POLICY nobody ON public.sealed AS RESTRICTIVE USING (false);
CREATE TABLE public.renounced (id int);
INSERT INTO public.renounced VALUES (1);
REVOKE ALL ON public.renounced FROM PUBLIC, postgres, anon, authenticated, service_role;
`

/** Wrappers: one that another superuser owns, one whose validator is code of the backup's. */
const wrappers = `
CREATE ROLE keeper SUPERUSER;
CREATE FOREIGN DATA WRAPPER kept;
ALTER FOREIGN DATA WRAPPER kept OWNER TO keeper;
CREATE FUNCTION public.no_options(text[], oid) RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
CREATE FOREIGN DATA WRAPPER odd VALIDATOR public.no_options;
CREATE SERVER far FOREIGN DATA WRAPPER odd;
`

const loginTrigger = `
CREATE SCHEMA hooks;
CREATE FUNCTION hooks.greet() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE EVENT TRIGGER greets ON login EXECUTE FUNCTION hooks.greet();
`

/** As a replica, or a restore of others, lets them in. */
const orphans = `
SET session_replication_role = replica;
INSERT INTO public.owned VALUES (1, 7);
INSERT INTO public.owned_parts VALUES (1, 7);
`

describe.each([15, 17] as const)('a restore on PostgreSQL %s', (major) => {
  let source: TestPlatform
  let target: TestPlatform
  let clients: PostgresClients
  let generation: string
  let restored: DatabaseRestore

  const options = () => ({
    ...{ generation, clients, log: silentLog },
    target: parseConnection({ url: target.databaseUrl }, 'test'),
    superuser: parseConnection({ url: target.superuserUrl }, 'test'),
  })

  beforeAll(async () => {
    ;[source, target, clients] = await Promise.all([
      startTestPlatform({ major }),
      startTestPlatform({ major }),
      major === 15 ? testClients() : clientsOf17(),
    ])
    await query(source.databaseUrl, unqualified)
    await query(source.databaseUrl, contradicted)
    await query(source.databaseUrl, orphans)
    await query(source.superuserUrl, otherServices)
    await query(source.databaseUrl, closedToAll)
    await query(target.superuserUrl, otherServicesAtTarget)
    await query(source.superuserUrl, 'ALTER ROLE postgres SUPERUSER')
    await query(source.databaseUrl, wrappers)
    if (major >= 17) await query(source.databaseUrl, loginTrigger)
    await query(source.superuserUrl, 'ALTER ROLE postgres NOSUPERUSER')
    if (major < 17) await query(source.databaseUrl, unqualifiedBefore17)
    await sleep(2_500)
    generation = await backupInto(source.databaseUrl, clients)
    restored = await restoreDatabase(options())
  })

  afterAll(async () => {
    await Promise.all([source?.stop(), target?.stop()])
    await rm(generation, { recursive: true, force: true })
  })

  test('looks up names in functions where the origin did', async () => {
    expect(await query(target.databaseUrl, 'SELECT v FROM public.chained')).toEqual([{ v: 'X' }])
    const { differences } = await verifyDatabase({ ...options(), weakened: restored.weakened })
    expect(differences).toEqual([])
  })
  const named = (kind: string) =>
    restored.weakened.filter((each) => each.kind === kind).map(({ name }) => name)

  test('makes constraints that its own rows violate NOT VALID, and names them', async () => {
    expect(named('not-valid').sort()).toEqual([
      'CHECK CONSTRAINT public amounts within',
      'CHECK CONSTRAINT public bookings in_future',
      'CHECK CONSTRAINT public coming still_coming',
      'CHECK CONSTRAINT public filled filled_not_null',
      'CHECK CONSTRAINT public slots slot_in_future',
      'CHECK CONSTRAINT public slots_1 slot_in_future',
      'CHECK CONSTRAINT public slots_1_all slot_in_future',
      'CHECK CONSTRAINT public within within_not_null',
      'FK CONSTRAINT public owned has_owner',
    ])
    expect(restored.status).toBe('degraded')
    const insert = query(target.databaseUrl, `INSERT INTO public.bookings VALUES (2, '2001-01-01')`)
    await expect(insert).rejects.toThrow('in_future')
    const comment = `SELECT obj_description(oid, 'pg_constraint') AS text FROM pg_constraint WHERE conname = 'in_future'`
    expect(await query(target.databaseUrl, comment)).toEqual([{ text: 'when booked' }])
  })

  test('keeps new nulls from a domain whose rows hold some', async () => {
    const insert = query(target.databaseUrl, `INSERT INTO public.fillings VALUES (3, 'x', NULL)`)
    await expect(insert).rejects.toThrow('filled_not_null')
    const domains = `SELECT typname::text AS name FROM pg_type WHERE typnotnull AND typtype = 'd' AND typnamespace = 'public'::regnamespace`
    expect(await query(target.databaseUrl, domains)).toEqual([{ name: 'untouched' }])
  })

  test('leaves out what cannot be made, with what depends on it, and nothing else', async () => {
    expect(named('left-out').sort()).toEqual([
      'ACL public TABLE "itself"',
      'ACL public TABLE "over_itself"',
      'COMMENT public VIEW "over_itself"',
      'FK CONSTRAINT public owned_parts part_has_owner',
      'FOREIGN DATA WRAPPER odd',
      'INDEX public halves_broken',
      'INDEX public halves_unique',
      'SERVER far',
      'TABLE DATA storage closed',
      'TABLE DATA storage kept_full',
      'VIEW public itself',
      'VIEW public over_itself',
    ])
    expect(await query(target.databaseUrl, 'SELECT n FROM public.sound')).toEqual([{ n: 1 }])
  })

  test('brings back a wrapper whose owner it may not set, and names the owner', async () => {
    expect(named('refused')).toContain('owner of FOREIGN DATA WRAPPER kept')
    const there = `SELECT fdwname::text, fdwowner::regrole::text AS owner FROM pg_foreign_data_wrapper WHERE fdwname = 'kept'`
    expect(await query(target.databaseUrl, there)).toEqual([{ fdwname: 'kept', owner: 'postgres' }])
  })

  test('computes generated columns anew where the origin kept what their expression no longer gives, and names them', async () => {
    const entries = ['TABLE DATA public spellings', 'TABLE DATA public spellings_k']
    expect(named('recomputed')).toEqual(entries)
    const finding = restored.findings.find(({ kind }) => kind === 'generated-column-recomputed')
    expect(finding?.names?.[0]).toContain('UPDATE "public"."spellings" SET "the v" = DEFAULT')
    const unnamed = restored.weakened.filter(({ kind }) => kind !== 'recomputed')
    const { differences } = await verifyDatabase({ ...options(), weakened: unnamed })
    expect(differences.map(({ name }) => name).sort()).toEqual(['public.spellings', 'public.spellings_k'])
  })

  test('counts a changed value in another column of such a table as a difference', async () => {
    const change = (from: string, to: string) =>
      query(target.databaseUrl, `UPDATE public.spellings SET a = '${to}' WHERE a = '${from}'`)
    await change('l', 'changed')
    const { differences } = await verifyDatabase({ ...options(), weakened: restored.weakened })
    expect(differences.map(({ name }) => name)).toEqual(['public.spellings'])
    await change('changed', 'l')
  })

  test('names tables that got columns with their parents later, whose order no dump can tell', async () => {
    expect(named('reordered').sort()).toEqual([
      'TABLE public adopted',
      'TABLE public younger',
      'TABLE public youngest',
    ])
    const change = (to: number) => query(target.databaseUrl, `UPDATE public.youngest SET other = ${to}`)
    await change(5)
    const { differences } = await verifyDatabase({ ...options(), weakened: restored.weakened })
    expect(differences.map(({ name }) => name)).toEqual(['public.youngest'])
    await change(4)
  })

  test('of the rows of such a table alone names it as well', async () => {
    const selection = { schemas: [], tables: [{ schema: 'public', name: 'spellings' }] }
    const result = await restoreRows({ ...options(), selection })
    expect(result.findings.map(({ kind }) => kind)).toEqual(['generated-column-recomputed'])
  })

  test('keeps the state that triggers have on each partition', async () => {
    const states = `SELECT tgrelid::regclass::text AS table, tgenabled::text FROM pg_trigger WHERE tgname = 'traces' ORDER BY 1`
    expect((await query(target.databaseUrl, states)).map(({ tgenabled }) => tgenabled).join('')).toBe('ODRAO')
  })

  test('beside what is there finds the functions of an extension, or refuses what names them with their schema', async () => {
    const lex = { selection: { schemas: ['lex'], tables: [] }, intoSchema: 'lex_as_it_was' }
    await expect(restoreSelection({ ...options(), ...lex })).rejects.toMatchObject({
      code: 'INTO_SCHEMA_INVALID',
      detail: 'TABLE lex bound',
    })
    await restoreSelection({ ...options(), ...lex, leaveOut: ['TABLE lex bound'] })
    const rows = (schema: string) => query(target.databaseUrl, `SELECT * FROM ${schema}.nearness`)
    expect(await rows('lex_as_it_was')).toEqual(await rows('lex'))
    await query(target.databaseUrl, 'DROP SCHEMA lex_as_it_was CASCADE')
  })

  test('of one schema, and of its rows alone, looks up names in the same way', async () => {
    const selection = { schemas: ['shop'], tables: [] }
    await query(target.databaseUrl, 'SET search_path = shop; DELETE FROM items; DELETE FROM words')
    await restoreRows({ ...options(), selection })
    const rows = 'SET search_path = shop; SELECT name FROM items ORDER BY id'
    expect(await query(target.databaseUrl, rows)).toEqual([{ name: ' A' }, { name: 'b ' }])
    await restoreSelection({ ...options(), selection })
    const { differences } = await verifyDatabase({ ...options(), weakened: restored.weakened })
    expect(differences).toEqual([])
  })

  test('of one schema goes without what cannot be made there', async () => {
    const { weakened, status } = await restoreSelection({
      ...options(),
      selection: { schemas: ['public'], tables: [] },
    })
    const names = (all: typeof weakened) => new Set(all.map(({ name }) => name))
    const elsewhere = new Set([
      'TABLE DATA storage closed',
      'TABLE DATA storage kept_full',
      'FOREIGN DATA WRAPPER odd',
      'SERVER far',
    ])
    // It brings no event triggers.
    const refused = new Set([...named('refused'), ...named('asleep')])
    expect(names(weakened)).toEqual(names(restored.weakened).difference(elsewhere).difference(refused))
    expect(status).toBe('degraded')
  })

  test('goes without the entries it is told to leave out, and what depends on them', async () => {
    const { weakened } = await restoreDatabase({ ...options(), leaveOut: ['TABLE public last_of_all'] })
    const names = weakened.filter(({ reason }) => /asked|last_of_all/.test(reason)).map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining([
        'TABLE public last_of_all',
        'TABLE DATA public last_of_all',
        'VIEW public sound',
      ]),
    )
    const there = `SELECT to_regclass('public.last_of_all') AS table, to_regclass('public.sound') AS view`
    expect(await query(target.databaseUrl, there)).toEqual([{ table: null, view: null }])
    const { differences } = await verifyDatabase({ ...options(), weakened })
    expect(differences).toEqual([])
    const unknown = restoreDatabase({ ...options(), leaveOut: ['VIEW public last_of_all'] })
    await expect(unknown).rejects.toMatchObject({ code: 'LEAVE_OUT_UNKNOWN' })
  })

  test('in batches goes without the same, and names it', async () => {
    const inBatches = await restoreDatabase({ ...options(), batches: true })
    const sorted = (all: typeof restored.weakened) => all.map(({ kind, name }) => `${kind} ${name}`).sort()
    expect(sorted(inBatches.weakened)).toEqual(sorted(restored.weakened))
    expect(inBatches.status).toBe('degraded')
    const { differences } = await verifyDatabase({ ...options(), weakened: inBatches.weakened })
    expect(differences).toEqual([])
  })

  test('puts the rows of partitions where they belong now', async () => {
    const rows = 'SELECT k::text, count(*)::int, sum(n)::int FROM public.by_kind GROUP BY k ORDER BY 1'
    expect(await query(target.databaseUrl, rows)).toEqual(await query(source.databaseUrl, rows))
    expect(await query(target.databaseUrl, 'SELECT n FROM public.eras_low')).toEqual([{ n: 150 }])
    expect(await query(target.databaseUrl, 'SELECT n, g FROM public.ages_low_all')).toEqual([
      { n: 150, g: 151 },
    ])
  })
})
