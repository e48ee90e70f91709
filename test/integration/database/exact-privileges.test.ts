import { rm } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { restorePart } from '../../../src/database/restore/part.ts'
import type { RestoredPart } from '../../../src/database/restore/restored-part.ts'
import type { Selection } from '../../../src/database/rules/selection.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { majors } from '../../helpers/majors.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

const application = `
CREATE SCHEMA shop; CREATE ROLE reader;
CREATE TABLE public.secret (id int PRIMARY KEY, n int); REVOKE ALL ON public.secret FROM anon, authenticated, service_role;
CREATE TABLE public.by_column (id serial PRIMARY KEY, a int, b int);
REVOKE ALL ON public.by_column FROM anon, authenticated, service_role; GRANT SELECT (a) ON public.by_column TO anon;
REVOKE ALL ON SEQUENCE public.by_column_id_seq FROM anon, authenticated, service_role;
CREATE TYPE shop.state AS ENUM ('new'); REVOKE USAGE ON TYPE shop.state FROM PUBLIC;
CREATE FUNCTION shop.is_new(s shop.state) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT s = ''new''';
REVOKE ALL ON FUNCTION shop.is_new(shop.state) FROM PUBLIC; GRANT EXECUTE ON FUNCTION shop.is_new(shop.state) TO reader;
COMMENT ON FUNCTION shop.is_new(shop.state) IS 'of orders';
GRANT USAGE ON SCHEMA shop TO reader;
CREATE TABLE shop.orders (id int PRIMARY KEY, state shop.state CHECK (shop.is_new(state)));
CREATE VIEW shop.v AS SELECT id FROM shop.orders; GRANT SELECT ON shop.v TO reader WITH GRANT OPTION;
INSERT INTO public.secret VALUES (1, 1); INSERT INTO public.by_column (a) VALUES (1); INSERT INTO shop.orders VALUES (1, 'new');
`

/** What the target gives to whatever is made there. */
const defaults = `
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO anon; ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO anon;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON TYPES TO anon; ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO anon;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO anon; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT ALL ON TABLES TO authenticated WITH GRANT OPTION;
`

const allPrivileges = `
SELECT 'relation ' || c.oid::regclass || ' ' || coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))::text AS acl FROM pg_class c
  WHERE relnamespace IN ('public'::regnamespace, 'shop'::regnamespace) AND relkind IN ('r', 'v', 'S')
UNION ALL SELECT 'column ' || attrelid::regclass || ' ' || attname || attacl::text FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid > 16384
UNION ALL SELECT 'function ' || oid::regprocedure || coalesce(proacl, acldefault('f', proowner))::text FROM pg_proc WHERE pronamespace = 'shop'::regnamespace
UNION ALL SELECT 'type ' || oid::regtype || coalesce(typacl, acldefault('T', typowner))::text FROM pg_type WHERE typnamespace = 'shop'::regnamespace AND typtype = 'e'
UNION ALL SELECT 'schema ' || nspname || coalesce(nspacl, acldefault('n', nspowner))::text FROM pg_namespace WHERE nspname IN ('shop', 'public')
ORDER BY 1`
const defaultPrivileges = `SELECT defaclrole::regrole::text, defaclnamespace::regnamespace::text, defaclobjtype, defaclacl::text
  FROM pg_default_acl ORDER BY 1, 2, 3`

describe.each(majors)('a part restored on PostgreSQL %i', (major) => {
  let source: TestPlatform
  let target: TestPlatform
  let clients: PostgresClients
  let generation: string

  const restore = (selection: Partial<Selection>, intoSchema?: string): Promise<RestoredPart> =>
    restorePart(
      { selection: { schemas: [], tables: [], ...selection }, contents: 'all', intoSchema },
      {
        ...{ generation, clients, log: silentLog },
        target: parseConnection({ url: target.databaseUrl }, 'test'),
      },
    )
  const table = (schema: string, name: string) => ({ tables: [{ schema, name }] })

  beforeAll(async () => {
    ;[source, clients] = await Promise.all([startTestPlatform({ major }), testClients(major)])
    await query(source.databaseUrl, application)
    generation = await backupInto(source.databaseUrl, clients)
  })
  beforeEach(async () => {
    target = await startTestPlatform({ major })
    await query(target.databaseUrl, `${application} ${defaults}`)
  })
  afterEach(() => target?.stop())
  afterAll(async () => {
    await source?.stop()
    await rm(generation, { recursive: true, force: true })
  })

  test.each([
    ['one table', () => restore(table('public', 'secret'))],
    ['one with rights on its columns', () => restore(table('public', 'by_column'))],
    [
      'one table and a view',
      () =>
        restore({
          tables: [
            { schema: 'shop', name: 'orders' },
            { schema: 'shop', name: 'v' },
          ],
        }),
    ],
    ['a schema', () => restore({ schemas: ['shop'] })],
    ['schema public', () => restore({ schemas: ['public'] })],
  ])('has the privileges of the origin: %s', async (_, restored) => {
    const before = await query(target.databaseUrl, defaultPrivileges)
    const { verification } = await restored()
    expect(verification).toMatchObject({ ok: true, differences: [] })
    expect(await query(target.databaseUrl, allPrivileges)).toEqual(
      await query(source.databaseUrl, allPrivileges),
    )
    const after = await query(target.databaseUrl, defaultPrivileges)
    // A schema's own come back with it as the source has them.
    if (_ === 'a schema')
      expect(after).toEqual(before.filter(({ defaclnamespace }) => defaclnamespace !== 'shop'))
    else expect(after).toEqual(before)
  })

  test('has those of the origin with all it needed', async () => {
    await query(target.databaseUrl, 'DROP SCHEMA shop CASCADE')
    const { verification } = await restore(table('shop', 'orders'))
    expect(verification).toMatchObject({ ok: true, differences: [] })
    const rows = (all: Record<string, unknown>[]) =>
      all.filter(({ acl }) => !`${acl}`.startsWith('relation shop.v'))
    expect(rows(await query(target.databaseUrl, allPrivileges))).toEqual(
      rows(await query(source.databaseUrl, allPrivileges)),
    )
    const [comment] = await query(
      target.databaseUrl,
      `SELECT obj_description('shop.is_new(shop.state)'::regprocedure) AS comment`,
    )
    expect(comment).toEqual({ comment: 'of orders' })
  })

  test('has them under another name too', async () => {
    const { verification } = await restore({ schemas: ['shop'] }, 'beside')
    expect(verification).toMatchObject({ ok: true, differences: [] })
    const acl = `SELECT coalesce(relacl, acldefault('r', relowner))::text FROM pg_class WHERE relname IN ('orders', 'v') AND relnamespace = `
    expect(await query(target.databaseUrl, `${acl} 'beside'::regnamespace ORDER BY relname`)).toEqual(
      await query(source.databaseUrl, `${acl} 'shop'::regnamespace ORDER BY relname`),
    )
  })
})
