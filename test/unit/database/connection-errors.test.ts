import { describe, expect, test } from 'vitest'
import { classifyConnectionError } from '../../../src/database/connect/connection-errors.ts'
import { parseConnection } from '../../../src/database/connect/connection-string.ts'

const ref = 'abcdefghijklmnopqrst'
const direct = parseConnection({ ref, password: 'pass' }, 'test')
const other = parseConnection({ url: 'postgresql://me:pass@db.example.org/shop' }, 'test')

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

const classify = (error: unknown, connection = direct) => classifyConnectionError(error, connection, 'test')

describe('a failed connection', () => {
  test.each([
    ['28P01', 'password authentication failed for user "postgres"', 'DB_PASSWORD_WRONG', 78, false],
    ['28000', 'no pg_hba.conf entry for host', 'DB_NOT_ADMITTED', 78, false],
    ['3D000', 'database "shop" does not exist', 'DB_MISSING', 78, false],
    ['53300', 'sorry, too many clients already', 'DB_TOO_MANY_CONNECTIONS', 1, true],
    ['XX000', 'MaxClientsInSessionMode: max clients reached', 'DB_TOO_MANY_CONNECTIONS', 1, true],
    ['XX000', 'Tenant or user not found', 'DB_TENANT_UNKNOWN', 78, false],
    ['57P03', 'the database system is starting up', 'DB_STARTING', 1, true],
    ['ENOTFOUND', `getaddrinfo ENOTFOUND db.${ref}.supabase.co`, 'DB_HOST_UNKNOWN', 1, false],
    ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN', 'DB_DNS_FAILED', 1, true],
    ['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:5432', 'DB_REFUSED', 1, true],
    ['ETIMEDOUT', 'connect ETIMEDOUT 10.0.0.1:5432', 'DB_UNREACHABLE', 1, true],
    ['', 'timeout expired', 'DB_UNREACHABLE', 1, true],
    ['EHOSTUNREACH', 'connect EHOSTUNREACH 10.0.0.1:5432', 'DB_UNREACHABLE', 1, true],
    ['ENETUNREACH', 'connect ENETUNREACH 2a05:d014::1:5432', 'DB_IPV6_ONLY', 1, false],
    ['ECONNRESET', 'read ECONNRESET', 'DB_CONNECTION_LOST', 1, true],
    ['', 'Connection terminated unexpectedly', 'DB_CONNECTION_LOST', 1, true],
    ['', 'The server does not support SSL connections', 'DB_SSL_UNSUPPORTED', 78, false],
    [
      'SELF_SIGNED_CERT_IN_CHAIN',
      'self-signed certificate in certificate chain',
      'DB_CERTIFICATE_UNTRUSTED',
      78,
      false,
    ],
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      "Hostname/IP does not match certificate's altnames",
      'DB_CERTIFICATE_UNTRUSTED',
      78,
      false,
    ],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number', 'DB_SSL_FAILED', 1, false],
    ['', 'something nobody thought of', 'DB_CONNECTION_FAILED', 1, false],
  ])('with %s "%s" is %s', (code, message, expected, exitCode, transient) => {
    const error = classify(failure(code, message))
    expect(error).toMatchObject({ code: expected, exitCode, transient, detail: message })
    expect(error.suggestion).toMatch(/\w{3}/)
  })

  test('over several addresses is judged by all of them', () => {
    const error = new AggregateError([
      failure('ENETUNREACH', 'connect ENETUNREACH 2a05:d014::1:5432 - Local (:::0)'),
      failure('ETIMEDOUT', 'connect ETIMEDOUT 10.0.0.1:5432'),
    ])
    expect(classify(error).code).toBe('DB_IPV6_ONLY')
  })

  test('to an IPv6-only host names the session pooler with the user of this project', () => {
    const error = classify(failure('ENETUNREACH', 'connect ENETUNREACH 2a05:d014::1:5432'))
    expect(error.suggestion).toContain(
      `postgresql://postgres.${ref}:[PASSWORD]@aws-0-REGION.pooler.supabase.com:5432/postgres`,
    )
  })

  test('that a firewall swallowed names the session pooler too, where the host is the direct one', () => {
    expect(classify(failure('', 'timeout expired')).suggestion).toContain(
      `postgres.${ref}:[PASSWORD]@aws-0-REGION`,
    )
    expect(classify(failure('', 'timeout expired'), other).suggestion).not.toContain('pooler')
  })

  test('to an unknown host speaks of a paused project only where there is a project', () => {
    expect(classify(failure('ENOTFOUND', 'getaddrinfo')).suggestion).toContain('paused')
    expect(classify(failure('ENOTFOUND', 'getaddrinfo'), other).suggestion).not.toContain('paused')
  })

  test('never shows the password', () => {
    for (const code of ['28P01', '3D000', 'ENETUNREACH', 'ECONNREFUSED'])
      expect(JSON.stringify(classify(failure(code, 'refused 2a05:d014::1')))).not.toContain('"pass"')
  })
})
