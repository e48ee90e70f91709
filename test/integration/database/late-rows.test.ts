import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { openPsql } from '../../../src/database/connect/psql.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { restoreSelection } from '../../../src/database/restore/selective.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

/** Rows that name an index and a view which is made after the rows; what refers to them; a view whose query writes. */
const application = `
CREATE TABLE public.things (id int PRIMARY KEY, name text);
INSERT INTO public.things VALUES (1, 'a'), (2, 'b');
CREATE INDEX by_name ON public.things (name);
CREATE VIEW public.grouped AS SELECT id, name FROM public.things GROUP BY id;
CREATE TABLE public.watched (what regclass PRIMARY KEY, thing int REFERENCES public.things, CHECK (thing > 0));
INSERT INTO public.watched VALUES ('public.by_name', 1), ('public.grouped', 2), ('public.things_pkey', NULL);
CREATE TABLE public.notes (what regclass CONSTRAINT of_watched REFERENCES public.watched, note text);
COMMENT ON CONSTRAINT of_watched ON public.notes IS 'a key';
INSERT INTO public.notes VALUES ('public.by_name', 'x');
CREATE MATERIALIZED VIEW public.watching AS SELECT what FROM public.watched;
CREATE TABLE public.elder (id int NOT NULL); CREATE TABLE public.heir () INHERITS (public.elder);
ALTER TABLE ONLY public.heir ALTER id DROP NOT NULL; INSERT INTO public.heir VALUES (NULL);
CREATE TABLE public.log (n bigint); CREATE SEQUENCE public.counter;
CREATE FUNCTION public.writes() RETURNS bigint LANGUAGE plpgsql
  AS 'BEGIN INSERT INTO public.log VALUES (1); RETURN nextval(''public.counter''); END';
CREATE MATERIALIZED VIEW public.writing AS SELECT public.writes() AS n;
`

/** A function that a table is divided by, and that was changed since. */
const divided = `
CREATE FUNCTION public.place(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT left(t, 1)';
CREATE TABLE public.placed (t text) PARTITION BY LIST (public.place(t));
CREATE TABLE public.placed_a PARTITION OF public.placed FOR VALUES IN ('a');
CREATE TABLE public.placed_b PARTITION OF public.placed FOR VALUES IN ('b');
INSERT INTO public.placed VALUES ('a1'), ('b1'), ('b2');
CREATE OR REPLACE FUNCTION public.place(t text) RETURNS text LANGUAGE sql IMMUTABLE
  AS $$SELECT CASE WHEN t LIKE 'a%' THEN 'a' ELSE 'nowhere' || t END$$;
`

let source: TestPlatform
let target: TestPlatform
let clients: PostgresClients
const generations: string[] = []

const options = (generation: string) => ({
  ...{ generation, clients, log: silentLog },
  target: parseConnection({ url: target.databaseUrl }, 'test'),
})
async function backUp(): Promise<string> {
  const generation = await backupInto(source.databaseUrl, clients)
  generations.push(generation)
  return generation
}
const watched = () => query(target.databaseUrl, 'SELECT what::text, thing FROM public.watched ORDER BY 1')

beforeAll(async () => {
  ;[source, target, clients] = await Promise.all([startTestPlatform(), startTestPlatform(), testClients()])
  await query(source.databaseUrl, application)
})
afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()])
  for (const generation of generations) await rm(generation, { recursive: true, force: true })
})

test('What a script prints is told as it comes, and nothing of what comes after it', async () => {
  const session = await openPsql({
    clients,
    connection: options('').target,
    ownTransactions: true,
    phase: 'test',
  })
  const printed: string[] = []
  const script = ['SELECT 1 AS a;\n\\echo one\n', 'SELECT;\n\\echo two\n']
  expect(await session.attempt(script, (line) => printed.push(line))).toBeUndefined()
  expect(await session.attempt(['\\echo three\n', 'SELECT nonsense;\n'])).toMatchObject({ sqlState: '42703' })
  await session.close()
  expect(printed).toEqual(expect.arrayContaining(['one', 'two']))
  expect(printed).not.toContain('three')
})

test('Rows that name an index or a view are loaded once these are there, and what refers to them is valid', async () => {
  const generation = await backUp()
  const { weakened, findings } = await restoreDatabase(options(generation))
  expect(weakened).toEqual([])
  expect(await watched()).toEqual([
    { what: 'by_name', thing: 1 },
    { what: 'grouped', thing: 2 },
    { what: 'things_pkey', thing: null },
  ])
  // A view that writes is not filled, since what it writes is in the backup already.
  expect(findings.find(({ kind }) => kind === 'view-unfilled')?.names).toEqual([
    'public.writing: its query writes rows of tables',
  ])
  expect(await query(target.databaseUrl, 'SELECT last_value FROM public.counter')).toEqual([
    { last_value: '1' },
  ])
  expect((await verifyDatabase(options(generation))).differences).toEqual([])
  await query(
    target.databaseUrl,
    `DELETE FROM public.notes; UPDATE public.watched SET what = 'public.log' WHERE thing = 1`,
  )
  expect((await verifyDatabase(options(generation))).differences).toMatchObject([
    { name: 'public.notes' },
    { name: 'public.watched' },
  ])
})

test('Rows that name what comes later come back in a restore of chosen tables as well', async () => {
  const [generation = ''] = generations
  const selection = { schemas: ['public'], tables: [] }
  await restoreSelection({ ...options(generation), selection })
  expect(await watched()).toHaveLength(3)
  expect((await verifyDatabase(options(generation))).differences).toEqual([])
})

test('Rows that no partition takes any more are named with the way to do without them, which works as typed', async () => {
  await query(source.databaseUrl, divided)
  const generation = await backUp()
  const flag = 'TABLE DATA public placed_b'
  await expect(restoreDatabase(options(generation))).rejects.toMatchObject({
    code: 'DB_STATEMENT_FAILED',
    message: expect.stringMatching(/no partition of relation "placed".*: TABLE DATA public placed_b\.$/),
    suggestion: expect.stringContaining(`--leave-out '${flag}' `),
  })
  const { weakened, status } = await restoreDatabase({ ...options(generation), leaveOut: [flag] })
  expect(status).toBe('degraded')
  expect(weakened).toMatchObject([{ kind: 'left-out', name: flag }])
  expect(await query(target.databaseUrl, 'SELECT t FROM public.placed')).toEqual([{ t: 'a1' }])
  expect((await verifyDatabase({ ...options(generation), weakened })).differences).toEqual([])
})
