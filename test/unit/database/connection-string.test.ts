import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { redact } from '../../../src/common/redact.ts'
import { libpqArguments, libpqEnvironment } from '../../../src/database/connect/connection.ts'
import {
  parseConnection,
  platformAuthorities,
  referenceOf,
  renderConnection,
} from '../../../src/database/connect/connection-string.ts'

const ref = 'abcdefghijklmnopqrst'
const phase = 'test'

const parse = (url: string, password?: string) => parseConnection({ url, password }, phase)

describe('a connection string', () => {
  test('of the session pooler is taken apart', () => {
    expect(
      parse(`postgresql://postgres.${ref}:s%40cret%2F1@aws-0-eu-central-1.pooler.supabase.com:5432/postgres`),
    ).toEqual({
      host: 'aws-0-eu-central-1.pooler.supabase.com',
      port: 5432,
      user: `postgres.${ref}`,
      password: 's@cret/1',
      database: 'postgres',
      sslMode: 'verify-full',
      sslRootCert: platformAuthorities,
      role: undefined,
    })
  })

  test('may leave out port, database and user', () => {
    expect(parse('postgres://db.example.org')).toMatchObject({
      port: 5432,
      database: 'postgres',
      user: 'postgres',
    })
  })

  test('may leave the password to a variable of its own', () => {
    expect(parse('postgresql://postgres@db.example.org/postgres', 'elsewhere').password).toBe('elsewhere')
    expect(parse('postgresql://postgres:inside@db.example.org/postgres', 'elsewhere').password).toBe('inside')
  })

  test('may name an IPv6 address', () => {
    const connection = parse('postgresql://postgres:pass@[2001:db8::1]:5433/postgres')
    expect(connection).toMatchObject({ host: '2001:db8::1', port: 5433 })
    expect(renderConnection(connection)).toBe('postgresql://postgres:[PASSWORD]@[2001:db8::1]:5433/postgres')
  })

  test.each([
    ['postgresql://postgres:pa#ss@db.example.org/postgres', 'a # that is not encoded'],
    ['postgresql://postgres:100%@db.example.org/postgres', 'a % that is not encoded'],
    ['https://db.example.org', 'another protocol'],
    ['postgresql:///postgres', 'no host'],
    ['host=db.example.org user=postgres', 'key and value pairs'],
    ['postgresql://postgres:pass@db.example.org/postgres?sslmode=strict', 'an unknown sslmode'],
  ])('%s is refused for %s, without repeating the password', (url) => {
    try {
      parse(url)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'DB_URL_INVALID', exitCode: 78 })
      expect(JSON.stringify(error)).not.toMatch(/pa#ss|100%/)
    }
  })
})

describe('the transaction pooler', () => {
  test.each([
    [`postgresql://postgres.${ref}:pass@aws-0-eu-central-1.pooler.supabase.com:6543/postgres`],
    [`postgresql://postgres:pass@db.${ref}.supabase.co:6543/postgres`],
  ])('is refused with the string to use instead: %s', (url) => {
    expect(() => parse(url)).toThrowError(
      expect.objectContaining({
        code: 'DB_TRANSACTION_POOLER',
        message: expect.stringContaining('snapshot'),
        suggestion: expect.stringContaining(url.replace(':pass@', ':[PASSWORD]@').replace(':6543', ':5432')),
        exitCode: 78,
      }),
    )
  })
})

describe('a reference and a password', () => {
  test('make a direct connection', () => {
    expect(parseConnection({ ref, password: 'pass' }, phase)).toMatchObject({
      host: `db.${ref}.supabase.co`,
      port: 5432,
      user: 'postgres',
      sslMode: 'verify-full',
    })
  })

  test('make a connection through the session pooler where its host is known', () => {
    const pooler = 'aws-1-eu-west-3.pooler.supabase.com'
    expect(parseConnection({ ref, password: 'pass', pooler }, phase)).toMatchObject({
      host: pooler,
      port: 5432,
      user: `postgres.${ref}`,
    })
  })

  test('are both needed', () => {
    expect(() => parseConnection({ ref }, phase)).toThrowError(
      expect.objectContaining({ code: 'DB_URL_MISSING', exitCode: 78 }),
    )
  })

  test('are read off a Supabase host or pooler user', () => {
    expect(referenceOf({ host: `db.${ref}.supabase.co`, user: 'postgres' })).toBe(ref)
    expect(referenceOf({ host: 'aws-0-x.pooler.supabase.com', user: `postgres.${ref}` })).toBe(ref)
    expect(referenceOf({ host: 'localhost', user: 'postgres' })).toBeUndefined()
  })
})

describe('TLS', () => {
  test('of the platform is verified against its own authorities, whose fingerprints are known', async () => {
    const hosted = parse(`postgresql://postgres:pass@db.${ref}.supabase.co/postgres`)
    expect(hosted).toMatchObject({ sslMode: 'verify-full', sslRootCert: platformAuthorities })
    const pooler = parseConnection(
      { ref, password: 'pass', pooler: 'aws-0-eu-west-1.pooler.supabase.com' },
      phase,
    )
    expect(pooler).toMatchObject({ sslMode: 'verify-full', sslRootCert: platformAuthorities })
    const certificates =
      (await readFile(platformAuthorities, 'utf8')).match(/-----BEGIN.+?END CERTIFICATE-----/gs) ?? []
    const known = certificates.map((text) => new X509Certificate(text))
    expect(known.map(({ fingerprint256 }) => fingerprint256)).toEqual([
      expect.stringMatching(/^80:70:25:AD:50:D4:ED:21:.*:CA:FA$/),
      expect.stringMatching(/^5F:9B:77:95:.*:9A:E2$/),
    ])
    for (const authority of known) expect(authority.verify(authority.publicKey)).toBe(true)
  })

  test('of the platform is as the connection string says, where it does', () => {
    const url = `postgresql://postgres:pass@db.${ref}.supabase.co/postgres`
    expect(parse(`${url}?sslmode=require`)).toMatchObject({ sslMode: 'require', sslRootCert: undefined })
    expect(parse(`${url}?sslrootcert=/etc/ca.crt`)).toMatchObject({
      sslMode: 'verify-full',
      sslRootCert: '/etc/ca.crt',
    })
  })

  test('is demanded of other machines, and may be missing on this one', () => {
    expect(parse('postgresql://postgres:pass@10.0.0.5/postgres').sslMode).toBe('require')
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '%2Fvar%2Frun%2Fpostgresql'])
      expect(parse(`postgresql://postgres:pass@${host}/postgres`).sslMode, host).toBe('prefer')
    expect(parse('postgresql://postgres:pass@10.0.0.5/postgres?sslmode=disable').sslMode).toBe('disable')
  })

  test('is verified in full where the certificate authority is given', () => {
    const url = 'postgresql://postgres:pass@db.example.org/postgres?sslrootcert=/etc/ca.crt'
    expect(parse(url)).toMatchObject({ sslMode: 'verify-full', sslRootCert: '/etc/ca.crt' })
    expect(parse(`${url}&sslmode=verify-ca`).sslMode).toBe('verify-ca')
  })

  test('cannot be verified without one', () => {
    expect(() =>
      parse('postgresql://postgres:pass@db.example.org/postgres?sslmode=verify-full'),
    ).toThrowError(expect.objectContaining({ code: 'DB_CERTIFICATE_MISSING', exitCode: 78 }))
  })
})

describe('programs', () => {
  const connection = parse(
    'postgresql://cli_login_postgres:a-secret-word@db.example.org:5444/other?sslmode=require',
  )

  test('get the connection by environment, and no secret by argument', () => {
    expect(libpqEnvironment(connection)).toMatchObject({
      PGHOST: 'db.example.org',
      PGPORT: '5444',
      PGUSER: 'cli_login_postgres',
      PGPASSWORD: 'a-secret-word',
      PGDATABASE: 'other',
      PGSSLMODE: 'require',
    })
    expect(libpqArguments.join(' ')).not.toContain('a-secret-word')
  })

  test('work as postgres where the login role of the CLI has no rights of its own', () => {
    expect(connection.role).toBe('postgres')
  })

  test('have the password masked in whatever they print', () => {
    expect(redact('refused: a-secret-word')).toBe('refused: *****')
  })
})
