import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { parseVersion, supportsRestrictKey } from '../../../src/database/connect/client-version.ts'
import {
  isManagedSchema,
  isReservedMembership,
  isReservedRole,
  isRestorableSetting,
} from '../../../src/database/rules/platform.ts'

const catalog = z.object({
  roles: z.array(z.object({ name: z.string() })),
  schemas: z.array(z.object({ name: z.string() })),
})

test("every role and schema of a hosted platform's catalog is the platform's, but for public", async () => {
  const path = new URL('../../fixtures/platform-catalog.json', import.meta.url)
  const { roles, schemas } = catalog.parse(JSON.parse(await readFile(path, 'utf8')))
  expect(roles.map(({ name }) => name).filter((name) => !isReservedRole(name))).toEqual([])
  expect(schemas.map(({ name }) => name).filter((name) => !isManagedSchema(name))).toEqual(['public'])
})

test('a role or schema that merely resembles the platform is the user’s', () => {
  for (const name of ['supabase_myapp', 'anonymous', 'postgres_exporter', 'pgbouncer2'])
    expect(isReservedRole(name)).toBe(false)
  for (const name of ['public', 'authentication', 'supabase_migrations', 'storage2', 'my_realtime'])
    expect(isManagedSchema(name)).toBe(false)
  for (const name of ['pg_toast', 'pg_monitor', '_timescaledb_internal', 'timescaledb_information'])
    expect(isManagedSchema(name)).toBe(true)
})

test('membership in API roles and predefined readers may be granted, in the platform’s own not', () => {
  for (const name of ['anon', 'service_role', 'pg_read_all_data', 'supabase_myapp'])
    expect(isReservedMembership(name)).toBe(false)
  for (const name of ['supabase_admin', 'pg_read_server_files', 'dashboard_user', 'authenticator'])
    expect(isReservedMembership(name)).toBe(true)
})

test('settings of user level and those supautils allows are restorable', () => {
  expect(isRestorableSetting('work_mem', 'user')).toBe(true)
  expect(isRestorableSetting('pgaudit.log', 'superuser')).toBe(true)
  expect(isRestorableSetting('pgrst.db_schemas', null)).toBe(true)
  expect(isRestorableSetting('session_replication_role', 'superuser')).toBe(true)
  expect(isRestorableSetting('app.settings.jwt_secret', null)).toBe(false)
  expect(isRestorableSetting('session_preload_libraries', 'superuser')).toBe(false)
})

test('the version of client programs is read from what they print', () => {
  expect(parseVersion('pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n')).toBe('15.14')
  expect(parseVersion('psql (PostgreSQL) 19beta1')).toBe('19')
  expect(parseVersion('bash: pg_dump: command not found')).toBeUndefined()
})

test.each([
  ['15.13', false],
  ['15.14', true],
  ['16.9', false],
  ['16.10', true],
  ['17.6', true],
  ['18.0', true],
  ['12.22', false],
])('clients %s know --restrict-key: %s', (version, expected) => {
  expect(supportsRestrictKey(version)).toBe(expected)
})
