import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { flattenCatalog, readCatalog } from '../../helpers/platform-catalog.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

function functionEntries(name: string): string[] {
  const privileges = ['=X/supabase_admin', 'postgres=X*/supabase_admin', 'supabase_admin=X/supabase_admin']
  return ['', ' kind', ' language', ' owner', ' returns', ' securityDefiner', ' volatility']
    .concat(privileges.map((privilege) => ` acl ${privilege}`))
    .map((field) => `+ functions extensions ${name}${field}`)
}

function eventTriggerEntries(name: string): string[] {
  return ['', ' enabled', ' event', ' function', ' owner'].map((field) => `+ eventTriggers ${name}${field}`)
}

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
      ...functionEntries('refuse_platform_ddl'),
      ...eventTriggerEntries('refuse_platform_ddl'),
      ...eventTriggerEntries('refuse_platform_drop'),
    ],
  },
  {
    reason: 'Nor grant what is the services’ to grant: on the platform that only warns.',
    majors: [15, 17],
    entries: [
      'platform_privileges',
      'remember_platform_privileges',
      'restore_platform_privileges',
      'undo_platform_grants',
    ]
      .flatMap(functionEntries)
      .concat(['remember_platform_privileges', 'undo_platform_grants'].flatMap(eventTriggerEntries))
      .concat(
        ['remember_platform_privileges', 'undo_platform_grants'].map(
          (name) => `+ eventTriggers ${name} tags`,
        ),
      ),
  },
  {
    reason: 'The platform was recorded on major 15; a newer server brings newer contrib modules.',
    majors: [17],
    entries: ['~ extensions extensions pg_stat_statements version'],
  },
  {
    reason: 'From major 16 on the platform gives postgres roles with the right to grant them.',
    majors: [17],
    entries: [
      ...['anon', 'authenticated', 'service_role', 'pg_monitor', 'pg_read_all_data', 'pg_signal_backend'].map(
        (role) => `~ memberships ${role} postgres admin`,
      ),
      ...['authenticator', 'pg_create_subscription'].flatMap((role) => [
        `+ memberships ${role} postgres`,
        `+ memberships ${role} postgres admin`,
      ]),
    ],
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

  test('has the roles in the order in which the platform makes them, and their memberships from whom they are', async () => {
    const client = new pg.Client({ connectionString: platform.superuserUrl })
    await client.connect()
    const { rows: roles } = await client.query<{ rolname: string }>(
      `SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY oid`,
    )
    const { rows: memberships } = await client.query<{ entry: string }>(
      `SELECT format('%s in %s by %s %s', member::regrole, roleid::regrole, grantor::regrole,
          to_jsonb(pg_auth_members) - '{oid,roleid,member,grantor}'::text[]) AS entry
        FROM pg_auth_members
        WHERE member::regrole::text IN ('authenticator', 'postgres') AND roleid::regrole::text IN ('anon', 'authenticator', 'pg_monitor')
        ORDER BY 1`,
    )
    await client.end()
    expect(roles.map(({ rolname }) => rolname).join(' ')).toBe(
      'supabase_admin postgres supabase_replication_admin supabase_etl_admin supabase_read_only_user anon authenticated service_role authenticator supabase_auth_admin supabase_storage_admin dashboard_user pgbouncer supabase_functions_admin supabase_superuser cli_login_postgres supabase_realtime_admin',
    )
    const admin = '{"set_option": true, "admin_option": true, "inherit_option": true}'
    expect(memberships.map(({ entry }) => entry)).toEqual(
      major === 15
        ? [
            'authenticator in anon by postgres {"admin_option": false}',
            'postgres in anon by supabase_admin {"admin_option": false}',
            'postgres in pg_monitor by supabase_admin {"admin_option": false}',
          ]
        : [
            'authenticator in anon by supabase_admin {"set_option": true, "admin_option": false, "inherit_option": false}',
            `postgres in anon by supabase_admin ${admin}`,
            `postgres in authenticator by supabase_admin ${admin}`,
            `postgres in pg_monitor by supabase_admin ${admin}`,
          ],
    )
  })

  test('comments on the services’ tables, columns, indexes and functions as the services do', async () => {
    const client = new pg.Client({ connectionString: platform.superuserUrl })
    await client.connect()
    const { rows } = await client.query<{ type: string; comments: number }>(
      `SELECT type, count(*)::integer AS comments
        FROM pg_description, LATERAL pg_identify_object(classoid, objoid, objsubid)
        WHERE schema IN ('auth', 'storage') GROUP BY 1 ORDER BY 1`,
    )
    await client.end()
    expect(rows).toEqual([
      { type: 'function', comments: 3 },
      { type: 'index', comments: 2 },
      { type: 'table', comments: 16 },
      { type: 'table column', comments: 9 },
    ])
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
