import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { restoreRows } from '../../../src/database/restore/rows-only.ts'
import { restoreSelection } from '../../../src/database/restore/selective.ts'
import type { Selection } from '../../../src/database/rules/selection.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { backupInto, contentsText, query, schemaText, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

const application = `
CREATE ROLE reader; CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO reader;
CREATE TYPE shop.state AS ENUM ('new', 'paid');
CREATE TABLE shop.customers (id int PRIMARY KEY, name text, user_id uuid REFERENCES auth.users (id));
CREATE TABLE shop."Orders" (id serial PRIMARY KEY, customer int REFERENCES shop.customers, state shop.state DEFAULT 'new');
CREATE INDEX ON shop."Orders" (state); ALTER TABLE shop."Orders" ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON shop."Orders" FOR SELECT TO reader USING (true); GRANT SELECT ON shop."Orders" TO reader;
COMMENT ON COLUMN shop."Orders".state IS 'of payment';
CREATE TYPE shop.price AS (amount int, currency text);
CREATE FUNCTION shop.text_of(shop.price) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ($1).amount || ($1).currency';
CREATE CAST (shop.price AS text) WITH FUNCTION shop.text_of(shop.price) AS ASSIGNMENT; COMMENT ON CAST (shop.price AS text) IS 'as written';
CREATE TABLE shop.lines (order_id int REFERENCES shop."Orders", n int);
CREATE TABLE shop.log (at date, what text) PARTITION BY RANGE (at);
CREATE TABLE shop.log_2024 PARTITION OF shop.log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE FUNCTION shop.on_user() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER shop_user AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION shop.on_user();
CREATE TABLE public.notes (id int PRIMARY KEY, customer int REFERENCES shop.customers);
CREATE VIEW public.note_view AS SELECT id FROM public.notes;
INSERT INTO shop.customers SELECT n, 'customer ' || n FROM generate_series(1, 10) n;
INSERT INTO shop."Orders" (customer) SELECT n FROM generate_series(1, 10) n; INSERT INTO shop.lines SELECT n, n FROM generate_series(1, 10) n;
INSERT INTO shop.log SELECT '2024-05-01', 'entry ' || n FROM generate_series(1, 10) n; INSERT INTO public.notes VALUES (1, 1), (2, 9);
`

let source: TestPlatform
let target: TestPlatform
let clients: PostgresClients
let generation: string

const options = () => ({
  generation,
  target: parseConnection({ url: target.databaseUrl }, 'test'),
  clients,
  log: silentLog,
})

const select = (selection: Partial<Selection>, more: { intoSchema?: string } = {}) =>
  restoreSelection({ ...options(), selection: { schemas: [], tables: [], ...selection }, ...more })

const differences = async () =>
  (await verifyDatabase(options())).differences.map(({ kind, name }) => `${kind} ${name}`)

const fingerprint = async () =>
  `${await schemaText(target.databaseUrl, clients)}\n${await contentsText(target.databaseUrl)}`

beforeAll(async () => {
  ;[source, target, clients] = await Promise.all([startTestPlatform(), startTestPlatform(), testClients()])
  await query(source.databaseUrl, application)
  generation = await backupInto(source.databaseUrl, clients)
})

beforeEach(async () => {
  await restoreDatabase(options())
})

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()])
  await rm(generation, { recursive: true, force: true })
})

describe('a restore of some tables', () => {
  const orders = { schema: 'shop', name: 'Orders' }

  test('replaces a changed table with its indexes, policies, grants and sequence, and nothing else', async () => {
    await query(
      target.databaseUrl,
      `DELETE FROM shop."Orders" WHERE id > 5 AND id NOT IN (SELECT order_id FROM shop.lines); UPDATE shop."Orders" SET state = 'paid';
      DROP POLICY readable ON shop."Orders"; REVOKE ALL ON shop."Orders" FROM reader; DROP INDEX shop."Orders_state_idx";
      ALTER TABLE shop."Orders" DROP COLUMN state, ADD COLUMN other text; SELECT nextval('shop."Orders_id_seq"'); INSERT INTO public.notes VALUES (3, 3)`,
    )
    await select({ tables: [orders] })
    expect(await differences()).toEqual(['table public.notes'])
  })

  test('brings a dropped table back, with the type it is made of', async () => {
    await query(target.databaseUrl, 'DROP TABLE shop.lines, shop."Orders"; DROP TYPE shop.state')
    await select({ tables: [orders, { schema: 'shop', name: 'lines' }] })
    expect(await differences()).toEqual([])
  })

  test('brings partitions with their table', async () => {
    await query(target.databaseUrl, 'DELETE FROM shop.log_2024')
    await select({ tables: [{ schema: 'shop', name: 'log' }] })
    expect(await differences()).toEqual([])
  })

  test('checks the foreign keys into it again, and changes nothing when they fail', async () => {
    await query(
      target.databaseUrl,
      `INSERT INTO shop.customers VALUES (11, 'new'); INSERT INTO public.notes VALUES (4, 11)`,
    )
    const before = await fingerprint()
    await expect(select({ tables: [{ schema: 'shop', name: 'customers' }] })).rejects.toMatchObject({
      code: 'DB_STATEMENT_FAILED',
      sqlState: '23503',
    })
    expect(await fingerprint()).toBe(before)
  })

  test('refuses a table that a view outside of the selection is made of', async () => {
    const before = await fingerprint()
    await expect(select({ tables: [{ schema: 'public', name: 'notes' }] })).rejects.toMatchObject({
      code: 'SELECTION_HAS_DEPENDENTS',
      detail: 'VIEW public note_view',
    })
    expect(await fingerprint()).toBe(before)
    await query(target.databaseUrl, 'DELETE FROM public.notes')
    await select({
      tables: [
        { schema: 'public', name: 'notes' },
        { schema: 'public', name: 'note_view' },
      ],
    })
    expect(await differences()).toEqual([])
  })
})

describe('a restore of a schema', () => {
  test('replaces all of it; triggers and foreign keys of other tables stay', async () => {
    await query(
      target.databaseUrl,
      `CREATE TABLE shop.surplus (a int); DROP TABLE shop.lines; UPDATE shop.customers SET name = 'x'; INSERT INTO public.notes VALUES (5, 5)`,
    )
    await select({ schemas: ['shop'] })
    expect(await differences()).toEqual(['table public.notes'])
  })

  test('brings back what public holds', async () => {
    await query(
      target.databaseUrl,
      'DROP VIEW public.note_view; CREATE TABLE public.surplus (a int); UPDATE shop.customers SET name = NULL',
    )
    await select({ schemas: ['public'] })
    expect(await differences()).toEqual(['table shop.customers'])
  })

  test('can go beside what is there, under another name', async () => {
    await query(target.databaseUrl, 'DELETE FROM shop.lines')
    const before = await fingerprint()
    await select({ schemas: ['shop'] }, { intoSchema: 'shop as it was' })
    const rows =
      'SELECT (SELECT count(*) FROM "shop as it was".lines) AS lines, (SELECT count(*) FROM "shop as it was"."Orders") AS orders'
    expect(await query(target.databaseUrl, rows)).toEqual([{ lines: '10', orders: '10' }])
    await query(target.databaseUrl, 'DROP SCHEMA "shop as it was" CASCADE')
    expect(await fingerprint()).toBe(before)
  })

  test('refuses a name that is taken, a schema of the platform, and one the backup does not have', async () => {
    await expect(select({ schemas: ['shop'] }, { intoSchema: 'public' })).rejects.toMatchObject({
      code: 'INTO_SCHEMA_INVALID',
    })
    await expect(select({ schemas: ['auth'] })).rejects.toMatchObject({ code: 'SELECTION_MANAGED' })
    await expect(select({ schemas: ['shoop'] })).rejects.toMatchObject({ code: 'SELECTION_EMPTY' })
  })

  test('refuses a name that only the target has beside others, and does not drop what it has', async () => {
    await query(target.databaseUrl, 'CREATE TABLE shop.later (id int); INSERT INTO shop.later VALUES (1)')
    const tables = ['lines', 'later'].map((name) => ({ schema: 'shop', name }))
    const refusal = { code: 'SELECTION_EMPTY', message: expect.stringContaining('names: table shop.later.') }
    await expect(select({ tables })).rejects.toMatchObject(refusal)
    const rows = restoreRows({ ...options(), selection: { schemas: [], tables } })
    await expect(rows).rejects.toMatchObject(refusal)
    expect(await query(target.databaseUrl, 'SELECT id FROM shop.later')).toEqual([{ id: 1 }])
    await query(target.databaseUrl, 'DROP TABLE shop.later')
  })
})

describe('a restore of rows alone', () => {
  const rows = (selection: Partial<Selection>) =>
    restoreRows({ ...options(), selection: { schemas: [], tables: [], ...selection } })

  test('replaces the rows of a schema and leaves its definitions as they are', async () => {
    await query(
      target.databaseUrl,
      `UPDATE shop.customers SET name = 'x'; DELETE FROM shop.lines; DELETE FROM shop.log_2024; SELECT setval('shop."Orders_id_seq"', 99);
      CREATE INDEX extra ON shop.lines (n)`,
    )
    await rows({ schemas: ['shop'] })
    expect(await differences()).toEqual(['index INDEX shop extra'])
  })

  test('changes nothing when other rows would lose what they point at', async () => {
    await query(
      target.databaseUrl,
      `INSERT INTO shop.customers VALUES (11, 'new'); INSERT INTO public.notes VALUES (4, 11)`,
    )
    const before = await fingerprint()
    await expect(rows({ schemas: ['shop'] })).rejects.toMatchObject({
      code: 'RESTORE_FOREIGN_KEYS_BROKEN',
      detail: 'public.notes.notes_customer_fkey: 1 rows',
    })
    expect(await fingerprint()).toBe(before)
  })

  test('names the tables that the target does not have', async () => {
    await query(target.databaseUrl, 'DROP TABLE shop.lines')
    await expect(rows({ schemas: ['shop'] })).rejects.toMatchObject({
      code: 'TARGET_TABLES_MISSING',
      detail: 'TABLE DATA shop lines',
    })
  })
})

describe('a restore of definitions alone', () => {
  test('of a schema leaves its tables empty', async () => {
    await query(target.databaseUrl, 'DROP TABLE shop.lines; DELETE FROM public.notes')
    await restoreSelection({ ...options(), selection: { schemas: ['shop'], tables: [] }, schemaOnly: true })
    expect(await schemaText(target.databaseUrl, clients)).toBe(await schemaText(source.databaseUrl, clients))
    expect(await query(target.databaseUrl, 'SELECT FROM shop.customers')).toEqual([])
  })

  test('of everything leaves a project without rows', async () => {
    await restoreDatabase({ ...options(), schemaOnly: true })
    expect(await schemaText(target.databaseUrl, clients)).toBe(await schemaText(source.databaseUrl, clients))
    expect(
      await query(target.databaseUrl, 'SELECT FROM shop.customers UNION ALL SELECT FROM auth.users'),
    ).toEqual([])
  })
})
