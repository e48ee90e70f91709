import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { runProgram, startProgram } from '../../../src/common/process.ts'
import { connect, parseConnection, sessionSettings } from '../../../src/database/connect/connection.ts'
import { platformAuthorities } from '../../../src/database/connect/connection-string.ts'
import { openPsql } from '../../../src/database/connect/psql.ts'
import { freePort } from '../../../src/drill/postgres.ts'
import { testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let platform: TestPlatform
let folder: string

beforeAll(async () => {
  platform = await startTestPlatform()
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-connect-'))
})

afterAll(async () => {
  await platform?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Connects with parts of the URL replaced. */
async function connectWith(change: (url: URL) => void): Promise<pg.Client> {
  const url = new URL(platform.databaseUrl)
  change(url)
  return connect(parseConnection({ url: url.href }, 'test'), 'test')
}

describe('a connection', () => {
  test('has no time limits and prints values one way, whatever the role is set to', async () => {
    const superuser = new pg.Client(platform.superuserUrl)
    await superuser.connect()
    await superuser.query(
      `alter role postgres set statement_timeout = '2s'; alter role postgres set timezone = 'Asia/Tokyo'`,
    )
    const client = await connectWith(() => {})
    const { rows } = await client.query(`select name, setting from pg_settings where name = any ($1)`, [
      Object.keys(sessionSettings),
    ])
    const settings = Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
    expect(settings).toMatchObject({
      statement_timeout: '0',
      idle_in_transaction_session_timeout: '0',
      TimeZone: 'UTC',
      DateStyle: 'ISO, YMD',
      extra_float_digits: '3',
      search_path: 'pg_catalog',
      row_security: 'off',
    })
    // All but those that PostgreSQL 16 and 17 brought.
    expect(Object.keys(sessionSettings).filter((name) => !(name in settings))).toEqual([
      'transaction_timeout',
      'createrole_self_grant',
    ])
    await client.end()
    await superuser.query('alter role postgres reset statement_timeout; alter role postgres reset timezone')
    await superuser.end()
  })

  test('through the temporary login role of the CLI works as postgres', async () => {
    const superuser = new pg.Client(platform.superuserUrl)
    await superuser.connect()
    await superuser.query(`alter role cli_login_postgres password 'temporary-password'`)
    await superuser.end()
    const client = await connectWith((url) => {
      url.username = 'cli_login_postgres'
      url.password = 'temporary-password'
    })
    const { rows } = await client.query('select current_user::text as role')
    expect(rows).toEqual([{ role: 'postgres' }])
    await client.end()
  })

  test('that dies while idle does not end the process; the next query says so', async () => {
    const client = await connectWith(() => {})
    const { rows } = await client.query('select pg_backend_pid() as pid')
    const superuser = new pg.Client(platform.superuserUrl)
    await superuser.connect()
    await superuser.query('select pg_terminate_backend($1)', [rows[0].pid])
    await superuser.end()
    await expect(client.query('select 1')).rejects.toThrow(/terminat|not queryable|connection error/)
  })
})

describe('what bad input gets', () => {
  test('a wrong password', async () => {
    const wrong = connectWith((url) => {
      url.password = 'not-the-password'
    })
    await expect(wrong).rejects.toMatchObject({ code: 'DB_PASSWORD_WRONG', exitCode: 78 })
    await expect(wrong).rejects.not.toMatchObject({ detail: expect.stringContaining('not-the-password') })
  })

  test('no password', async () => {
    const none = connectWith((url) => {
      url.password = ''
    })
    await expect(none).rejects.toMatchObject({ code: expect.stringMatching(/^DB_PASSWORD_/), exitCode: 78 })
  })

  test('a database that does not exist', async () => {
    const missing = connectWith((url) => {
      url.pathname = '/elsewhere'
    })
    await expect(missing).rejects.toMatchObject({ code: 'DB_MISSING', exitCode: 78 })
  })

  test('a port where nothing listens', async () => {
    const port = await freePort()
    const refused = connectWith((url) => {
      url.port = String(port)
    })
    await expect(refused).rejects.toMatchObject({ code: 'DB_REFUSED' })
  })

  test('a role that may not log in', async () => {
    const refused = connectWith((url) => {
      url.username = 'anon'
    })
    await expect(refused).rejects.toMatchObject({
      code: expect.stringMatching(/^DB_(NOT_ADMITTED|PASSWORD_WRONG)$/),
    })
  })

  test('TLS demanded of a server that has none', async () => {
    const refused = connectWith((url) => {
      url.searchParams.set('sslmode', 'require')
    })
    await expect(refused).rejects.toMatchObject({ code: 'DB_SSL_UNSUPPORTED', exitCode: 78 })
  })

  test('a certificate authority that is not there', async () => {
    const refused = connectWith((url) => {
      url.searchParams.set('sslrootcert', join(folder, 'missing.crt'))
    })
    await expect(refused).rejects.toMatchObject({ code: 'DB_CERTIFICATE_MISSING', exitCode: 78 })
  })

  test('no connection left', async () => {
    const superuser = new pg.Client(platform.superuserUrl)
    await superuser.connect()
    await superuser.query('alter role postgres connection limit 0')
    try {
      await expect(connectWith(() => {})).rejects.toMatchObject({ code: 'DB_TOO_MANY_CONNECTIONS' })
    } finally {
      await superuser.query('alter role postgres connection limit -1')
      await superuser.end()
    }
  })
})

describe('a server with TLS', () => {
  beforeAll(async () => {
    await makeCertificate('server', 'localhost')
    await makeCertificate('stranger', 'localhost')
    const data = await stat(join(platform.directory, 'data'))
    for (const name of ['server.key', 'server.crt']) await chown(join(folder, name), data.uid, data.gid)
    await chmod(folder, 0o755)
    const superuser = new pg.Client(platform.superuserUrl)
    await superuser.connect()
    for (const setting of [
      `ssl_cert_file = '${folder}/server.crt'`,
      `ssl_key_file = '${folder}/server.key'`,
      'ssl = on',
    ])
      await superuser.query(`alter system set ${setting}`)
    await superuser.query('select pg_reload_conf(), pg_sleep(0.5)')
    await superuser.end()
  })

  async function makeCertificate(name: string, host: string): Promise<void> {
    const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)]
    await runProgram({
      program: 'openssl',
      args: ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${host}`].concat(
        ['-addext', `subjectAltName=DNS:${host}`],
        files,
      ),
      env: { PATH: process.env['PATH'] },
      phase: 'test',
      suggestion: 'Install openssl.',
    })
    await chmod(join(folder, `${name}.key`), 0o600)
  }

  const isEncrypted = async (parameters: Record<string, string>, host = 'localhost') => {
    const client = await connectWith((url) => {
      url.hostname = host
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    })
    const { rows } = await client.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()')
    await client.end()
    return rows[0].ssl
  }

  test('is used by default, and not where it is switched off', async () => {
    expect(await isEncrypted({})).toBe(true)
    expect(await isEncrypted({ sslmode: 'disable' })).toBe(false)
  })

  test('is verified against its own authority, by name too', async () => {
    const sslrootcert = join(folder, 'server.crt')
    expect(await isEncrypted({ sslmode: 'verify-full', sslrootcert })).toBe(true)
    expect(await isEncrypted({ sslmode: 'verify-ca', sslrootcert }, '127.0.0.1')).toBe(true)
    await expect(isEncrypted({ sslmode: 'verify-full', sslrootcert }, '127.0.0.1')).rejects.toMatchObject({
      code: 'DB_CERTIFICATE_UNTRUSTED',
    })
  })

  test('is refused where another authority signed it', async () => {
    await expect(
      isEncrypted({ sslmode: 'verify-full', sslrootcert: join(folder, 'stranger.crt') }),
    ).rejects.toMatchObject({ code: 'DB_CERTIFICATE_UNTRUSTED', exitCode: 78 })
  })

  test.each([
    ['itself, under its name', 'localhost', 'server.crt', true],
    ['itself, under another name', '127.0.0.1', 'server.crt', false],
    ['an authority that another certificate is of', 'localhost', 'stranger.crt', false],
    ['the platform, as a hosted project is', 'localhost', platformAuthorities, false],
  ])('is seen alike by the programs and by ourselves, verified by %s', async (_by, host, file, isTrusted) => {
    const url = new URL(platform.databaseUrl)
    url.hostname = host
    const whole = parseConnection({ url: url.href }, 'test')
    const connection = { ...whole, sslMode: 'verify-full' as const, sslRootCert: resolve(folder, file) }
    const byUs = () => connect(connection, 'test').then((client) => client.end())
    const byProgram = async () => {
      const session = await openPsql({ clients: await testClients(), connection, phase: 'test' })
      const ssl = z.object({ ssl: z.boolean() })
      return session
        .rows('select ssl from pg_stat_ssl where pid = pg_backend_pid()', ssl)
        .finally(() => session.close())
    }
    if (isTrusted) {
      await byUs()
      expect(await byProgram()).toEqual([{ ssl: true }])
      return
    }
    const refused = byUs()
    await expect(refused).rejects.toMatchObject({ code: 'DB_CERTIFICATE_UNTRUSTED' })
    await expect(refused).rejects.not.toMatchObject({ detail: expect.stringContaining('Node.js') })
    await expect(byProgram()).rejects.toMatchObject({ detail: expect.stringMatching(/certificate/) })
  })

  test.each([
    ['that this machine trusts', 'server.crt', 0],
    ['that it does not', 'stranger.crt', 78],
  ])('is seen by sslrootcert=system as of an authority %s', async (_which, file, code) => {
    const url = new URL(platform.databaseUrl)
    url.hostname = 'localhost'
    url.search = 'sslmode=verify-full&sslrootcert=system'
    const modules = resolve(import.meta.dirname, '../../../src/database/connect/connection.ts')
    const program = `
      const { connect, parseConnection } = await import(${JSON.stringify(modules)})
      await connect(parseConnection({ url: process.env.ADDRESS }, 'test'), 'test')
        .then((client) => client.end(), ({ exitCode }) => process.exit(exitCode))`
    const ended = await startProgram({
      program: process.execPath,
      args: ['--import', 'tsx', '--input-type=module', '--eval', program],
      env: { PATH: process.env['PATH'], SSL_CERT_FILE: join(folder, file), ADDRESS: url.href },
      phase: 'test',
    }).ended
    expect(ended).toMatchObject({ code })
  })

  test('is refused where the authority’s file is not a certificate', async () => {
    await writeFile(join(folder, 'text.crt'), 'not a certificate')
    await expect(
      isEncrypted({ sslmode: 'verify-full', sslrootcert: join(folder, 'text.crt') }),
    ).rejects.toMatchObject({ code: 'DB_CERTIFICATE_UNTRUSTED' })
  })
})
