import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { clutter, smallApplication } from '../../helpers/application-sql.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let source: TestPlatform
let target: TestPlatform
let clients: PostgresClients
let generation: string

const options = () => ({
  ...{ generation, clients, log: silentLog, disarmed: true },
  target: parseConnection({ url: target.databaseUrl }, 'test'),
})

/** The tables of auth and storage that have new files since they were listed. */
async function files(): Promise<Map<string, string>> {
  const rows = await query(
    target.databaseUrl,
    `SELECT oid::regclass::text AS name, relfilenode::text AS file FROM pg_class
     WHERE relkind = 'r' AND relnamespace::regnamespace::text IN ('auth', 'storage')`,
  )
  return new Map(rows.map(({ name, file }) => [String(name), String(file)]))
}

beforeAll(async () => {
  ;[source, target, clients] = await Promise.all([startTestPlatform(), startTestPlatform(), testClients()])
  await query(source.databaseUrl, smallApplication)
  generation = await backupInto(source.databaseUrl, clients)
})

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()])
  await rm(generation, { recursive: true, force: true })
})

test('Of the tables of the services only those that hold something, or refer to such, get new files', async () => {
  await query(target.databaseUrl, clutter)
  await query(target.databaseUrl, `INSERT INTO storage.buckets (id, name) VALUES ('old', 'old')`)
  const before = await files()
  await restoreDatabase(options())
  const after = await files()
  const renewed = [...after].filter(([name, file]) => before.get(name) !== file).map(([name]) => name)
  expect(renewed).toEqual(expect.arrayContaining(['auth.users', 'auth.identities', 'storage.buckets']))
  expect(renewed).not.toContain('auth.custom_oauth_providers')
  expect(renewed).not.toContain('auth.audit_log_entries')
  expect((await verifyDatabase(options())).differences).toEqual([])
})

test('Nobody can write to the others either while the target is restored', async () => {
  const locked = new Set<unknown>()
  await restoreDatabase({
    ...options(),
    async beforeCommit() {
      const rows = await query(
        target.superuserUrl,
        `SELECT relnamespace::regnamespace || '.' || relname AS name
         FROM pg_locks JOIN pg_class c ON c.oid = relation WHERE mode = 'AccessExclusiveLock' AND granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      )
      for (const { name } of rows) locked.add(name)
    },
  })
  for (const table of ['auth.users', 'auth.sessions', 'auth.custom_oauth_providers', 'storage.objects'])
    expect(locked).toContain(table)
  expect(locked).not.toContain('storage.migrations')
})

test('Types of the user and what comes with them go from schema public', async () => {
  await query(
    target.databaseUrl,
    `CREATE TYPE public.span AS RANGE (subtype = float8, multirange_type_name = public.spans);
     CREATE DOMAIN public.positive_span AS public.span CHECK (lower(VALUE) > 0);
     CREATE TYPE public.holder AS (s public.span, p public.positive_span[]);
     CREATE FUNCTION public.widen(public.spans) RETURNS public.holder LANGUAGE sql AS 'SELECT NULL::public.holder';
     CREATE CAST (public.span AS text) WITH INOUT`,
  )
  await restoreDatabase(options())
  expect((await verifyDatabase(options())).differences).toEqual([])
})
