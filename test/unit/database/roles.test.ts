import { parse } from 'libpg-query'
import { describe, expect, test } from 'vitest'
import type { Membership, Role, Setting } from '../../../src/database/facts/all.ts'
import {
  type RoleFacts,
  renderRoles,
  roleFindings,
  roleStatements,
} from '../../../src/database/rules/roles.ts'

const role = (name: string, fields: Partial<Role> = {}): Role => ({
  name,
  superuser: false,
  inherit: true,
  createRole: false,
  createDatabase: false,
  login: false,
  replication: false,
  bypassRls: false,
  connectionLimit: -1,
  validUntil: null,
  password: null,
  comment: null,
  ...fields,
})

const membership = (name: string, member: string, fields: Partial<Membership> = {}): Membership => ({
  role: name,
  member,
  admin: false,
  inherit: null,
  set: null,
  ...fields,
})

const setting = (fields: Partial<Setting>): Setting => ({
  role: null,
  database: null,
  name: 'work_mem',
  value: '8MB',
  context: 'user',
  ...fields,
})

function sql(
  facts: Partial<RoleFacts>,
  target: { serverVersion?: number; existing?: string[] } = {},
): string[] {
  return roleStatements(
    { roles: [], memberships: [], settings: [], ...facts },
    {
      serverVersion: target.serverVersion ?? 150_000,
      database: 'postgres',
      user: 'postgres',
      existing: new Set(target.existing),
    },
  ).map((statement) => statement.sql)
}

describe('a custom role', () => {
  test('comes with positive attributes only', () => {
    expect(sql({ roles: [role('plain')] })).toEqual(['CREATE ROLE "plain" WITH INHERIT'])
    expect(
      sql({
        roles: [
          role('full', {
            login: true,
            inherit: false,
            createRole: true,
            createDatabase: true,
            connectionLimit: 5,
            validUntil: '2030-01-01T00:00:00.000000Z',
            password: 'SCRAM-SHA-256$4096:x',
          }),
        ],
      }),
    ).toEqual([
      `CREATE ROLE "full" WITH NOINHERIT LOGIN CREATEDB CREATEROLE CONNECTION LIMIT 5 VALID UNTIL '2030-01-01T00:00:00.000000Z' PASSWORD 'SCRAM-SHA-256$4096:x'`,
    ])
  })

  test('has REPLICATION and BYPASSRLS in statements that may be refused, and never SUPERUSER', () => {
    const statements = roleStatements(
      {
        roles: [role('strong', { superuser: true, replication: true, bypassRls: true })],
        memberships: [],
        settings: [],
      },
      { serverVersion: 150_000, database: 'postgres', user: 'postgres', existing: new Set() },
    )
    expect(statements).toEqual([
      { name: 'role strong', sql: 'CREATE ROLE "strong" WITH INHERIT', optional: false },
      { name: 'role strong: replication', sql: 'ALTER ROLE "strong" WITH REPLICATION', optional: true },
      { name: 'role strong: bypassRls', sql: 'ALTER ROLE "strong" WITH BYPASSRLS', optional: true },
    ])
  })

  test('that exists is altered, and loses what the backup does not give it', () => {
    expect(sql({ roles: [role('there')] }, { existing: ['there'] })).toEqual([
      'ALTER ROLE "there" WITH INHERIT NOLOGIN NOCREATEDB NOCREATEROLE CONNECTION LIMIT -1',
      'ALTER ROLE "there" WITH NOREPLICATION',
      'ALTER ROLE "there" WITH NOBYPASSRLS',
      'COMMENT ON ROLE "there" IS NULL',
    ])
  })

  test('of any name is one parseable statement', async () => {
    for (const name of [
      'a"b',
      "it's",
      'two words',
      'semi;colon',
      'x\ny',
      'GRANT postgres TO x',
      'ünï',
      '\\',
    ]) {
      const statements = sql({ roles: [role(name, { comment: `${name} -- '"\\`, password: name })] })
      const tree = await parse(statements.join(';\n'))
      expect(tree.stmts).toHaveLength(2)
      expect(tree.stmts?.[0]?.stmt).toMatchObject({ CreateRoleStmt: { role: name } })
    }
  })
})

describe('a membership', () => {
  test('has no grantor', () => {
    expect(sql({ memberships: [membership('writer', 'app', { admin: true })] })).toEqual([
      'GRANT "writer" TO "app" WITH ADMIN OPTION',
    ])
  })

  test('keeps its options from PostgreSQL 16 on', () => {
    const facts = { memberships: [membership('writer', 'app', { inherit: false, set: true })] }
    expect(sql(facts, { serverVersion: 170_000 })).toEqual([
      'GRANT "writer" TO "app" WITH ADMIN FALSE, INHERIT FALSE, SET TRUE',
    ])
    expect(sql(facts, { serverVersion: 150_000 })).toEqual(['GRANT "writer" TO "app"'])
  })

  test('of the restoring role is granted without ADMIN, which it got by creating the role', () => {
    const own = (fields: Partial<Membership>) =>
      sql(
        { memberships: [membership('app', 'postgres', { admin: true, ...fields })] },
        { serverVersion: 170_000 },
      )
    expect(own({ inherit: false, set: false })).toEqual([])
    expect(own({ inherit: true, set: true })).toEqual([
      'GRANT "app" TO "postgres" WITH INHERIT TRUE, SET TRUE',
    ])
  })

  test('in a reserved role is left to a person', () => {
    const memberships = [membership('supabase_admin', 'app'), membership('anon', 'app')]
    expect(sql({ memberships })).toEqual(['GRANT "anon" TO "app"'])
    expect(roleFindings({ roles: [], memberships, settings: [] }, { passwordsReadable: true })).toMatchObject(
      [{ kind: 'membership-reserved', severity: 'manual', names: ['supabase_admin to app'] }],
    )
  })
})

describe('a setting', () => {
  test.each([
    [setting({ role: 'app' }), `ALTER ROLE "app" SET "work_mem" TO '8MB'`],
    [
      setting({ role: 'app', database: 'source' }),
      `ALTER ROLE "app" IN DATABASE "postgres" SET "work_mem" TO '8MB'`,
    ],
    [setting({ database: 'source' }), `ALTER DATABASE "postgres" SET "work_mem" TO '8MB'`],
    [
      setting({ role: 'anon', name: 'statement_timeout', value: '3s' }),
      `ALTER ROLE "anon" SET "statement_timeout" TO '3s'`,
    ],
    [
      setting({ role: 'authenticator', name: 'pgrst.db_schemas', value: 'public,app', context: null }),
      `ALTER ROLE "authenticator" SET "pgrst"."db_schemas" TO 'public,app'`,
    ],
    [
      setting({ role: 'app', name: 'search_path', value: '"$user", public, "a ""b"", c"' }),
      `ALTER ROLE "app" SET "search_path" TO '$user', 'public', 'a "b", c'`,
    ],
    [setting({ role: 'app', name: 'search_path', value: '""' }), `ALTER ROLE "app" SET "search_path" TO ''`],
    [
      setting({ role: 'app', name: 'application_name', value: "it's" }),
      `ALTER ROLE "app" SET "application_name" TO 'it''s'`,
    ],
  ])('is made in the current database: %#', (fact, expected) => {
    expect(sql({ settings: [fact] })).toEqual([expected])
  })

  test.each([
    ['a parameter of the application', setting({ role: 'app', name: 'app.key', context: null }), true],
    ['a superuser parameter', setting({ name: 'log_parser_stats', context: 'superuser' }), true],
    [
      'a setting the platform made',
      setting({ role: 'postgres', name: 'safeupdate.enabled', context: null }),
      false,
    ],
    [
      'its database setting',
      setting({ database: 'source', name: 'app.settings.jwt_exp', context: null }),
      false,
    ],
    ['a setting of a role nobody may touch', setting({ role: 'supabase_auth_admin' }), false],
    [
      'a database set to be read only',
      setting({ database: 'source', name: 'default_transaction_read_only', value: 'on' }),
      false,
    ],
  ])('%s is not restored', (_, fact, told) => {
    expect(sql({ settings: [fact] })).toEqual([])
    const findings = roleFindings(
      { roles: [], memberships: [], settings: [fact] },
      { passwordsReadable: true },
    )
    expect(findings.map(({ kind }) => kind)).toEqual(told ? ['setting-unrestorable'] : [])
  })
})

test('passwords that cannot be read are a manual step for every role that logs in', () => {
  const roles = [role('app', { login: true }), role('group')]
  expect(roleFindings({ roles, memberships: [], settings: [] }, { passwordsReadable: false })).toMatchObject([
    { kind: 'role-password-unreadable', severity: 'manual', names: ['app'] },
  ])
})

test('roles.sql is a script of whole statements', async () => {
  const text = renderRoles(
    roleStatements(
      {
        roles: [role('a'), role('b', { comment: 'one; two' })],
        memberships: [membership('a', 'b')],
        settings: [],
      },
      { serverVersion: 150_000, database: 'postgres', user: 'postgres', existing: new Set() },
    ),
  )
  expect((await parse(text)).stmts).toHaveLength(4)
})
