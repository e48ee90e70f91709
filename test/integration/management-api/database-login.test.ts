import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Log, silentLog } from '../../../src/common/log.ts'
import { backupDatabase } from '../../../src/database/capture/backup.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { findClients } from '../../../src/database/connect/clients.ts'
import { connect, type DatabaseConnection } from '../../../src/database/connect/connection.ts'
import { openPsql } from '../../../src/database/connect/psql.ts'
import { openSnapshot } from '../../../src/database/connect/snapshot.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { type LoginOptions, openDatabaseLogin } from '../../../src/management-api/database-login.ts'
import { openTarget } from '../../../src/project/project.ts'
import { smallApplication } from '../../helpers/application-sql.ts'
import { query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'
import { startTokenOnlyProject, type TokenOnlyProject } from '../../helpers/token-only.ts'

const ref = 'abcdefghijklmnopqrst'
const phase = 'test'

let platform: TestPlatform
let project: TokenOnlyProject

beforeAll(async () => {
  platform = await startTestPlatform()
})
afterAll(async () => {
  await platform?.stop()
})
beforeEach(async () => {
  project = await startTokenOnlyProject({ ref, superuserUrl: platform.superuserUrl })
})
afterEach(async () => {
  await project.stop()
})

const endpoint = () => ({ url: project.api.url, token: project.token })
const open = (options: Partial<LoginOptions> = {}) =>
  openDatabaseLogin({ endpoint: endpoint(), ref, pauses: [1, 1, 1, 1], ...options })
const asked = (path: string) => project.api.requests.filter((request) => request.endsWith(path)).length
const passwordsMade = () => asked('/cli/login-role')

async function whoAmI(client: pg.Client) {
  const { rows } = await client.query('select session_user::text as login, current_user::text as role')
  return rows[0]
}

describe('a connection with an access token only', () => {
  test('asks for project, pooler and password once, and works as postgres', async () => {
    const connection = open()
    const [one, other] = await Promise.all([connect(connection, phase), connect(connection, phase)])
    expect(await whoAmI(one)).toEqual({ login: 'cli_login_postgres', role: 'postgres' })
    expect(project.pooler.users).toEqual([`cli_login_postgres.${ref}`, `cli_login_postgres.${ref}`])
    await one.end()
    await other.end()
    const path = `/v1/projects/${ref}`
    expect(project.api.requests).toEqual([
      `GET ${path}`,
      `GET ${path}/config/database/pooler`,
      `POST ${path}/cli/login-role`,
    ])
  })

  test('has one owner in a process, however often the project is opened', async () => {
    for (const target of [openTarget(project.settings), openTarget(project.settings)]) {
      if (target.database === undefined) throw new Error('no way to the database')
      await (await connect(target.database, phase)).end()
    }
    expect(passwordsMade()).toBe(1)
  })

  test('of a paused project ends before any host is dialled or password made', async () => {
    project.state.status = 'INACTIVE'
    await expect(connect(open(), phase)).rejects.toMatchObject({ code: 'PROJECT_PAUSED', exitCode: 1 })
    expect(project.pooler.users).toEqual([])
    expect(passwordsMade()).toBe(0)
  })

  test('asks again after a failure: a project that has woken up is found', async () => {
    const connection = open()
    project.state.status = 'COMING_UP'
    await expect(connect(connection, phase)).rejects.toMatchObject({ code: 'PROJECT_NOT_READY' })
    project.state.status = 'ACTIVE_HEALTHY'
    await (await connect(connection, phase)).end()
  })

  test('takes the direct host where that answers, whose users have no suffix', async () => {
    const network = {
      directHost: () => project.pooler.host,
      poolerDomain: 'example.com',
      answers: async () => true,
    }
    await (await connect(open({ network }), phase)).end()
    expect(project.pooler.users).toEqual(['cli_login_postgres'])
    expect(asked('/config/database/pooler')).toBe(0)
  })

  test('takes the pooler where the direct host does not answer', async () => {
    const dialled: string[] = []
    const network = {
      directHost: (of: string) => `db.${of}.example.com`,
      poolerDomain: project.pooler.host,
      answers: async (host: string, port: number) => {
        dialled.push(`${host}:${port}`)
        return false
      },
    }
    await (await connect(open({ network }), phase)).end()
    expect(dialled).toEqual([`db.${ref}.example.com:5432`])
    expect(project.pooler.users).toEqual([`cli_login_postgres.${ref}`])
  })

  test('sends no password to a pooler of another host than the API', async () => {
    project.state.pooler.host = 'aws-0-us-east-1.pooler.example.com'
    await expect(connect(open(), phase)).rejects.toMatchObject({ code: 'POOLER_UNTRUSTED' })
    expect(passwordsMade()).toBe(0)
  })

  test('of a token that may not make passwords says so', async () => {
    project.api.faults.push({ path: '/cli/login-role', status: 403, message: 'Forbidden' })
    await expect(connect(open(), phase)).rejects.toMatchObject({ code: 'API_TOKEN_TOO_WEAK', exitCode: 78 })
  })
})

describe('a password that the pooler refuses at first', () => {
  test('is tried again, and no other is made', async () => {
    project.pooler.refusals = 1
    await (await connect(open(), phase)).end()
    expect(project.pooler.users.length).toBe(2)
    expect(passwordsMade()).toBe(1)
  })

  test('twice is given up for a new one: somebody else may have had one made', async () => {
    const connection = open()
    await (await connect(connection, phase)).end()
    await query(platform.superuserUrl, `ALTER ROLE cli_login_postgres PASSWORD 'of somebody else'`)
    await (await connect(connection, phase)).end()
    expect(passwordsMade()).toBe(2)
  })

  test('each time ends the run, and is never expired for others', async () => {
    project.pooler.refusals = 100
    await expect(connect(open(), phase)).rejects.toMatchObject({
      code: 'DB_LOGIN_REFUSED',
      message: expect.stringContaining('5 times'),
    })
    expect(project.api.requests.filter((request) => request.startsWith('DELETE'))).toEqual([])
  })
})

describe('a password whose time is nearly over', () => {
  test('is replaced for new sessions, while those that have begun go on', async () => {
    let now = Date.now()
    const connection = open({ now: () => now })
    const old = await connect(connection, phase)
    now += 239_000
    await (await connect(connection, phase)).end()
    expect(passwordsMade()).toBe(1)
    now += 2_000
    const fresh = await connect(connection, phase)
    expect(passwordsMade()).toBe(2)
    expect(await whoAmI(old)).toEqual(await whoAmI(fresh))
    await old.end()
    await fresh.end()
  })
})

describe('a psql session', () => {
  test('works as postgres, and its password lies in a file of ours alone until the clients are closed', async () => {
    const runDirectory = await mkdtemp(join(tmpdir(), 'supabase-run-'))
    const clients = await findClients({
      environment: process.env,
      serverMajor: platform.server.major,
      log: silentLog,
      phase,
      runDirectory,
    })
    const session = await openPsql({ clients, connection: open(), phase })
    const [directory = ''] = await readdir(runDirectory)
    const file = join(runDirectory, directory, 'pgpass')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readFile(file, 'utf8')).toMatch(
      new RegExp(`^${project.pooler.host}:5432:postgres:cli_login_postgres\\.${ref}:.+\n$`),
    )
    await session.run('CREATE TABLE public.made_by_login (); RESET ROLE;\n')
    await session.close()
    await clients.close()
    expect(await readdir(runDirectory)).toEqual([])
    await rm(runDirectory, { recursive: true })
    const owner = `SELECT tableowner FROM pg_tables WHERE tablename = 'made_by_login'`
    expect(await query(platform.databaseUrl, owner)).toEqual([{ tableowner: 'postgres' }])
    await query(platform.databaseUrl, 'DROP TABLE public.made_by_login')
  })
})

describe('a project of which only the token is known', () => {
  let clients: PostgresClients
  let generation: string

  async function backUp(connection: DatabaseConnection, log: Log = silentLog) {
    const snapshot = await openSnapshot(connection)
    try {
      return await backupDatabase({ snapshot, connection, clients, generation, jobs: 2, log })
    } finally {
      await snapshot.close()
    }
  }

  beforeAll(async () => {
    clients = await testClients()
    await query(platform.databaseUrl, smallApplication)
  })
  afterAll(async () => {
    await clients?.close()
  })
  beforeEach(async () => {
    generation = await mkdtemp(join(tmpdir(), 'generation-'))
  })
  afterEach(async () => {
    await rm(generation, { recursive: true, force: true })
  })

  test('is backed up, restored into one of which only the token is known, and equal to the backup', async () => {
    expect(await backUp(open())).toMatchObject({ status: 'complete' })
    const other = await startTestPlatform()
    const target = await startTokenOnlyProject({
      ref: 'bcdefghijklmnopqrstu',
      superuserUrl: other.superuserUrl,
    })
    try {
      const connection = openTarget(target.settings).database
      if (connection === undefined) throw new Error('no way to the target')
      const options = { generation, target: connection, clients, log: silentLog }
      const { status, weakened } = await restoreDatabase(options)
      expect(status).toBe('complete')
      expect(await verifyDatabase({ ...options, weakened })).toMatchObject({ ok: true, differences: [] })
      await query(other.databaseUrl, 'CREATE TABLE public.of_nobody ()')
      expect(await verifyDatabase({ ...options, weakened })).toMatchObject({ ok: false })
    } finally {
      await target.stop()
      await other.stop()
    }
  })

  test('is dumped over one connection where the password ends before the helpers of pg_dump log in', async () => {
    const warnings: string[] = []
    const log: Log = { ...silentLog, warn: (text) => void warnings.push(text) }
    const holder = new pg.Client(platform.databaseUrl)
    await holder.connect()
    await holder.query('CREATE TABLE public.held (); INSERT INTO public.held DEFAULT VALUES')
    await holder.query('BEGIN; LOCK TABLE public.held IN ACCESS EXCLUSIVE MODE')
    const connection = open()
    const running = backUp(connection, log)
    // pg_dump has read what there is, and waits for the lock.
    await expect
      .poll(
        () =>
          query(
            platform.superuserUrl,
            `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~* '^LOCK TABLE'`,
          ),
        { timeout: 120_000 },
      )
      .toEqual([{ waiting: 1 }])
    await query(platform.superuserUrl, `ALTER ROLE cli_login_postgres VALID UNTIL '2000-01-01'`)
    await holder.query('COMMIT')
    expect(await running).toMatchObject({ status: 'complete' })
    expect(warnings.join()).toContain('one table at once')
    expect(passwordsMade()).toBe(2)
    await holder.query('DROP TABLE public.held')
    await holder.end()
  })
})
