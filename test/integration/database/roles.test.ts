import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect, parseConnection } from '../../../src/database/connect/connection.ts'
import {
  databaseSettings,
  describeServer,
  type Fact,
  memberships,
  readFact,
  roleSettings,
  rolesFact,
} from '../../../src/database/facts/all.ts'
import { type RoleFacts, roleFindings, roleStatements } from '../../../src/database/rules/roles.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

/** What the facts say as role `postgres`. */
async function factsOf(platform: TestPlatform, passwords = true): Promise<RoleFacts> {
  const client = await connect(parseConnection({ url: platform.databaseUrl }, 'test'), 'test')
  await client.query('begin')
  const server = await describeServer(client)
  const read = <Row>(fact: Fact<Row>) => Array.fromAsync(readFact(client, fact, server))
  const facts = {
    roles: await read(rolesFact({ passwords })),
    memberships: await read(memberships),
    settings: [...(await read(roleSettings)), ...(await read(databaseSettings))],
  }
  await client.end()
  return facts
}

async function statementsFor(facts: RoleFacts, platform: TestPlatform): Promise<string> {
  const client = await connect(parseConnection({ url: platform.databaseUrl }, 'test'), 'test')
  const { version: serverVersion } = await describeServer(client)
  await client.end()
  const target = { serverVersion, database: 'postgres', user: 'postgres', existing: new Set<string>() }
  return roleStatements(facts, target)
    .map(({ sql }) => sql)
    .join(';\n')
}

const roles = `
  create role "app ""owner""" login password 'pässword of the app' connection limit 7 valid until '2035-05-05 05:05:05+02';
  create role app_writer noinherit; create role "role with space"; create role supabase_myapp login createdb;
  comment on role app_writer is E'may write\\n-- and says so';
  grant app_writer to "app ""owner""" with admin option;
  grant "role with space" to app_writer; grant anon to app_writer; grant app_writer to authenticated;
  alter role app_writer set search_path to app, "odd ""schema""", '$user', public;
  alter role app_writer set statement_timeout = '17s';
  alter role app_writer in database postgres set work_mem = '9MB';
  alter role "app ""owner""" set application_name = 'it''s = "mine"';
  alter role authenticated set statement_timeout = '13s';
  alter database postgres set lock_timeout = '4s'`

describe.each([15, 17] as const)('custom roles of a server %i', (major) => {
  let source: TestPlatform
  let target: TestPlatform

  beforeAll(async () => {
    source = await startTestPlatform({ major })
    target = await startTestPlatform({ major })
    const user = new pg.Client(source.databaseUrl)
    await user.connect()
    await user.query(roles)
    await user.end()
  })

  afterAll(async () => {
    await source?.stop()
    await target?.stop()
  })

  test('come back in an empty project, made by role postgres, with everything that belongs to them', async () => {
    const facts = await factsOf(source)
    expect(facts.roles.map(({ name }) => name)).toEqual([
      'app "owner"',
      'app_writer',
      'role with space',
      'supabase_myapp',
    ])
    const postgres = new pg.Client(target.databaseUrl)
    await postgres.connect()
    await postgres.query(await statementsFor(facts, target))
    await postgres.end()
    expect(await factsOf(target)).toEqual(facts)
  })

  test('log in with the password they had', async () => {
    const owner = new pg.Client(target.server.url('app "owner"', 'pässword of the app'))
    await owner.connect()
    const { rows } = await owner.query(
      `select current_user::text as name, current_setting('application_name') as app`,
    )
    expect(rows[0]).toEqual({ name: 'app "owner"', app: `it's = "mine"` })
    await owner.end()
  })

  test('are told apart from a role that lost an attribute, a membership or a setting', async () => {
    const facts = await factsOf(target)
    const postgres = new pg.Client(target.databaseUrl)
    await postgres.connect()
    for (const change of [
      'alter role supabase_myapp nocreatedb',
      'revoke app_writer from authenticated',
      'alter role app_writer in database postgres reset work_mem',
      `alter role "app ""owner""" password 'another'`,
      'comment on role app_writer is null',
    ]) {
      await postgres.query(`begin; ${change}; commit`)
      const changed = await factsOf(target)
      expect(changed, change).not.toEqual(facts)
      Object.assign(facts, changed)
    }
    await postgres.end()
  })

  test('without the right to read verifiers leave a step to do by hand', async () => {
    const facts = await factsOf(source, false)
    expect(facts.roles.every(({ password }) => password === null)).toBe(true)
    expect(roleFindings(facts, { passwordsReadable: false })).toContainEqual(
      expect.objectContaining({ kind: 'role-password-unreadable', names: ['app "owner"', 'supabase_myapp'] }),
    )
  })
})
