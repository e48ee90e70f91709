import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { flattenCatalog, readCatalog } from '../../helpers/platform-catalog.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

const differently: { reason: string; majors: readonly number[]; entries: string[] }[] = [
  {
    reason: 'supautils and safeupdate do not exist here, and a login that preloads them would fail.',
    majors: [15, 17],
    entries: [
      '- roles authenticator settings session_preload_libraries="supautils, safeupdate"',
      '- roles postgres settings session_preload_libraries=supautils, safeupdate',
    ],
  },
  {
    reason: 'Without supautils, policies and triggers on a service’s tables need membership in their owner.',
    majors: [15, 17],
    entries: ['auth', 'realtime', 'storage'].flatMap((service) => [
      `+ memberships supabase_${service}_admin postgres`,
      `+ memberships supabase_${service}_admin postgres admin`,
    ]),
  },
  {
    reason: 'Membership in the owner must not let postgres write what the services keep for themselves.',
    majors: [15, 17],
    entries: [
      ['auth', 'schema_migrations'],
      ['storage', 'migrations'],
      ['storage', 'buckets_vectors'],
      ['storage', 'vector_indexes'],
    ].flatMap(([schema, table]) => [
      `- relations ${schema} ${table} acl supabase_${schema}_admin=arwdDxt/supabase_${schema}_admin`,
      `+ relations ${schema} ${table} acl supabase_${schema}_admin=rxt/supabase_${schema}_admin`,
    ]),
  },
  {
    reason: 'Nor change what the services own: supautils refuses that DDL, here two event triggers do.',
    majors: [15, 17],
    entries: [
      ...[
        '',
        ' acl =X/supabase_admin',
        ' acl postgres=X*/supabase_admin',
        ' acl supabase_admin=X/supabase_admin',
      ]
        .concat([' kind', ' language', ' owner', ' returns', ' securityDefiner', ' volatility'])
        .map((field) => `+ functions extensions refuse_platform_ddl${field}`),
      ...['refuse_platform_ddl', 'refuse_platform_drop'].flatMap((name) =>
        ['', ' enabled', ' event', ' function', ' owner'].map((field) => `+ eventTriggers ${name}${field}`),
      ),
    ],
  },
  {
    reason: 'The platform was recorded on major 15; a newer server brings newer contrib modules.',
    majors: [17],
    entries: ['~ extensions extensions pg_stat_statements version'],
  },
  {
    reason: 'Without supautils, settings of authenticator need ADMIN of it from major 16 on.',
    majors: [17],
    entries: ['+ memberships authenticator postgres', '+ memberships authenticator postgres admin'],
  },
  {
    reason: 'From major 16 on the platform gives postgres the API roles with the right to grant them.',
    majors: [17],
    entries: ['anon', 'authenticated', 'service_role'].map((role) => `~ memberships ${role} postgres admin`),
  },
]

/** What the sandbox lacks (`-`), adds (`+`) or has otherwise (`~`), as `sign path`. */
function compare(expected: Map<string, string>, actual: Map<string, string>): string[] {
  const lacking = [...expected.keys()].filter((path) => !actual.has(path)).map((path) => `- ${path}`)
  const added = [...actual.keys()].filter((path) => !expected.has(path)).map((path) => `+ ${path}`)
  const changed = [...expected].filter(([path, facts]) => actual.has(path) && actual.get(path) !== facts)
  return [...lacking, ...added, ...changed.map(([path]) => `~ ${path}`)]
}

describe.each([15, 17] as const)('the sandbox of major %i', (major) => {
  let platform: TestPlatform
  let expected: Map<string, string>
  let differences: string[]

  beforeAll(async () => {
    platform = await startTestPlatform({ major })
    const client = new pg.Client({ connectionString: platform.superuserUrl })
    await client.connect()
    const actual = flattenCatalog(await readCatalog(client))
    await client.end()
    const fixture = await readFile(new URL('../../fixtures/platform-catalog.json', import.meta.url), 'utf8')
    expected = flattenCatalog(z.record(z.string(), z.unknown()).parse(JSON.parse(fixture)))
    differences = compare(expected, actual)
  })
  afterAll(() => platform.stop())

  test('differs from the recorded platform exactly where a reason is given', () => {
    const reasons = differently.filter(({ majors }) => majors.includes(major))
    expect(differences.toSorted()).toEqual(reasons.flatMap(({ entries }) => entries).toSorted())
  })

  test('is seen to differ when a column, a right or a trigger changes', async () => {
    const client = new pg.Client({ connectionString: platform.superuserUrl })
    await client.connect()
    await client.query(`
      ALTER TABLE auth.users ALTER COLUMN phone SET NOT NULL;
      REVOKE DELETE ON storage.objects FROM anon;
      DROP TRIGGER protect_objects_delete ON storage.objects`)
    const changed = compare(expected, flattenCatalog(await readCatalog(client)))
    await client.end()
    expect(changed.filter((entry) => !differences.includes(entry)).toSorted()).toEqual(
      [
        '+ relations auth users columns phone notNull',
        '+ relations storage objects acl anon=arwDxt/supabase_storage_admin',
        '- relations storage objects acl anon=arwdDxt/supabase_storage_admin',
        ...['', ' events', ' function', ' level', ' timing'].map(
          (field) => `- relations storage objects triggers protect_objects_delete${field}`,
        ),
      ].toSorted(),
    )
  })
})
