import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { restoreSelection } from '../../../src/database/restore/selective.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { smallApplication } from '../../helpers/application-sql.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let source: TestPlatform
let target: TestPlatform
let clients: PostgresClients
let generation: string

/** What somebody made at a self-hosted stack as its superuser, whom the services and its own scripts connect as. */
const ownedBySuperuser = `
  CREATE SCHEMA IF NOT EXISTS "Old Things";
  CREATE TABLE IF NOT EXISTS public.notes (id bigint PRIMARY KEY, body text);
  ALTER TABLE public.notes OWNER TO CURRENT_USER;
  CREATE TABLE IF NOT EXISTS "Old Things"."a b" (id bigint PRIMARY KEY REFERENCES public.notes);
  CREATE OR REPLACE VIEW public.all_notes AS SELECT * FROM public.notes;
  CREATE OR REPLACE FUNCTION public.old_function() RETURNS int LANGUAGE sql AS 'SELECT 1';
  DO $$ BEGIN CREATE TYPE public.old_kind AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN END $$`

const unusual = `CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; ALTER FUNCTION public.watch() OWNER TO postgres;
  CREATE EVENT TRIGGER watching ON ddl_command_end EXECUTE FUNCTION public.watch();
  CREATE OPERATOR CLASS public.by_length FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =,
    OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);
  CREATE TABLE public.classed (n int); CREATE INDEX by_class ON public.classed (n public.by_length); ALTER TABLE public.classed OWNER TO postgres;
  ALTER OPERATOR CLASS public.by_length USING btree OWNER TO postgres; ALTER OPERATOR FAMILY public.by_length USING btree OWNER TO postgres;
  CREATE AGGREGATE public.os(float8 ORDER BY float8)
  (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_cont_float8_final);
  CREATE TYPE public.span AS RANGE (subtype = int);
  CREATE TABLE public.numbered (id int GENERATED ALWAYS AS IDENTITY);
  REVOKE ALL ON SEQUENCE public.numbered_id_seq FROM anon;
  ALTER TABLE public.numbered OWNER TO postgres; ALTER TYPE public.span OWNER TO postgres; ALTER AGGREGATE public.os(float8 ORDER BY float8) OWNER TO postgres`

const as = (url: string) => ({
  ...{ generation, clients, log: silentLog, disarmed: true },
  target: parseConnection({ url }, 'test'),
})

const owners = (url: string) =>
  query(
    url,
    `SELECT DISTINCT relowner::regrole::text AS owner FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S') ORDER BY 1`,
  )

beforeAll(async () => {
  ;[source, target, clients] = await Promise.all([startTestPlatform(), startTestPlatform(), testClients()])
  await query(source.databaseUrl, smallApplication)
  await query(source.superuserUrl, unusual)
  generation = await backupInto(source.databaseUrl, clients)
})

beforeEach(() => query(target.superuserUrl, ownedBySuperuser))

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()])
  await rm(generation, { recursive: true, force: true })
})

test('A target with objects of its superuser is restored by the superuser, with the owners of the backup', async () => {
  await restoreDatabase(as(target.superuserUrl))
  expect((await verifyDatabase(as(target.superuserUrl))).differences).toEqual([])
  expect(await owners(target.superuserUrl)).toEqual(await owners(source.superuserUrl))
  const multirange = `SELECT typowner::regrole::text AS owner FROM pg_type WHERE typname = 'span_multirange'`
  expect(await query(target.superuserUrl, multirange)).toEqual([{ owner: 'postgres' }])
  const again = await restoreDatabase(as(target.superuserUrl))
  expect(again.findings.filter(({ severity }) => severity === 'degraded')).toEqual([])
  expect(again.findings.find(({ kind }) => kind === 'event-triggers-left-out')?.names).toEqual(['watching'])
})

test('A target with objects of its superuser is refused to postgres with what to do, and left as it was', async () => {
  await expect(restoreDatabase(as(target.databaseUrl))).rejects.toMatchObject({
    code: 'DB_STATEMENT_FAILED',
    suggestion: expect.stringMatching(/OWNER TO postgres.*supabase_admin/),
  })
  const there = await query(target.superuserUrl, `SELECT to_regclass('"Old Things"."a b"')::text AS name`)
  expect(there).toEqual([{ name: '"Old Things"."a b"' }])
})

test('A target restored in part by its superuser keeps what this role grants by default', async () => {
  const defaults = `SELECT defaclnamespace::regnamespace::text AS schema, defaclobjtype AS type, defaclacl::text AS acl
    FROM pg_default_acl WHERE defaclrole = 'supabase_admin'::regrole ORDER BY 1, 2`
  const before = await query(target.superuserUrl, defaults)
  expect(before.filter(({ schema }) => schema === 'public')).toHaveLength(3)
  await query(target.superuserUrl, 'DROP SCHEMA "Old Things" CASCADE')
  const selection = { schemas: ['public'], tables: [] }
  await restoreSelection({ ...as(target.superuserUrl), selection })
  expect(await query(target.superuserUrl, defaults)).toEqual(before)
  expect((await verifyDatabase(as(target.superuserUrl))).differences).toEqual([])
})

test('A user mapping whose options only the superuser reads is no difference to it', async () => {
  const wrapper =
    'CREATE EXTENSION postgres_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO postgres WITH GRANT OPTION'
  await query(source.superuserUrl, wrapper)
  await query(
    source.databaseUrl,
    `CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
     CREATE USER MAPPING FOR authenticated SERVER far OPTIONS (user 'reader', password 'not-to-be-shown')`,
  )
  const withMapping = await backupInto(source.databaseUrl, clients)
  const options = { ...as(target.superuserUrl), generation: withMapping }
  await restoreDatabase(options)
  const { differences } = await verifyDatabase(options)
  await rm(withMapping, { recursive: true, force: true })
  expect(differences).toEqual([])
})

test('Extensions whose functions the superuser of the target closes by default are named', async () => {
  const another = await startTestPlatform()
  await query(another.superuserUrl, 'ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC')
  await query(source.databaseUrl, 'CREATE EXTENSION hstore SCHEMA public')
  const withExtension = await backupInto(source.databaseUrl, clients)
  const options = { ...as(another.superuserUrl), generation: withExtension }
  const { status, findings } = await restoreDatabase(options)
  await query(source.superuserUrl, 'ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC')
  const asClosed = await backupInto(source.databaseUrl, clients)
  await query(another.superuserUrl, 'DROP EXTENSION hstore')
  const alike = await restoreDatabase({ ...options, generation: asClosed })
  await another.stop()
  await Promise.all([withExtension, asClosed].map((folder) => rm(folder, { recursive: true, force: true })))
  expect(status).toBe('degraded')
  expect(findings.find(({ kind }) => kind === 'extension-closed')?.names).toContain(
    'hstore (made by supabase_admin)',
  )
  expect(alike.findings.map(({ kind }) => kind)).not.toContain('extension-closed')
})

test('Who may use the foreign data wrapper of an extension may so again, where the target lets it be granted, and is named where not', async () => {
  await query(
    source.superuserUrl,
    `DROP EXTENSION IF EXISTS postgres_fdw CASCADE; SET ROLE supabase_admin; CREATE EXTENSION postgres_fdw;
     GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO postgres WITH GRANT OPTION;
     SET ROLE postgres; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO authenticated`,
  )
  const withWrapper = await backupInto(source.databaseUrl, clients)
  const options = (url: string) => ({ ...as(url), generation: withWrapper })
  const grants = () =>
    query(
      target.superuserUrl,
      `SELECT x.grantee::regrole::text AS to, is_grantable AS grantable FROM pg_foreign_data_wrapper, aclexplode(fdwacl) x
       WHERE x.grantee <> fdwowner ORDER BY 1`,
    )
  await restoreDatabase(options(target.superuserUrl))
  expect(await grants()).toEqual([
    { to: 'authenticated', grantable: false },
    { to: 'postgres', grantable: true },
  ])
  expect((await verifyDatabase(options(target.superuserUrl))).differences).toEqual([])
  await query(
    target.superuserUrl,
    'REVOKE ALL ON FOREIGN DATA WRAPPER postgres_fdw FROM postgres, authenticated',
  )
  const missing = (await verifyDatabase(options(target.superuserUrl))).differences.map(({ name }) => name)
  expect(missing).toEqual([
    'USAGE on foreign data wrapper postgres_fdw to authenticated',
    'USAGE on foreign data wrapper postgres_fdw to postgres',
  ])
  const fresh = await startTestPlatform()
  await query(fresh.superuserUrl, 'SET ROLE supabase_admin; CREATE EXTENSION postgres_fdw')
  const { findings, weakened } = await restoreDatabase(options(fresh.databaseUrl))
  const refused = findings.find(({ kind }) => kind === 'refused-by-target')?.names ?? []
  expect(refused.filter((name) => name.startsWith('grant USAGE on foreign data wrapper '))).toHaveLength(2)
  const verified = await verifyDatabase({ ...options(fresh.databaseUrl), weakened })
  expect(verified.differences).toEqual([])
  await fresh.stop()
  await rm(withWrapper, { recursive: true, force: true })
})
