import { describe, expect, it } from 'vitest'
import { serviceKeyProblem } from '../../../src/config/keys.ts'
import { type Need, ruleProblems } from '../../../src/config/rules.ts'
import { settingsSchema } from '../../../src/config/variables.ts'

const now = new Date('2026-11-20T03:00:00Z')

function token(claims: Record<string, unknown>): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${encode({ alg: 'HS256' })}.${encode(claims)}.signature`
}

function codes(values: Record<string, string>, needed: Need[] = []): string[] {
  return ruleProblems(settingsSchema.parse(values), needed, now).map((problem) => problem.code)
}

describe('a service key', () => {
  const check = (key: string) => serviceKeyProblem('KEY', key, { ref: 'a'.repeat(20), now })?.code

  it.each([
    ['a secret key', 'sb_secret_x', undefined],
    [
      'a service_role token',
      token({ role: 'service_role', exp: 1_900_000_000, ref: 'a'.repeat(20) }),
      undefined,
    ],
    ['a self-hosted one without project', token({ role: 'service_role' }), undefined],
    ['a publishable key', 'sb_publishable_x', 'KEY_WEAK'],
    ['an anon token', token({ role: 'anon', exp: 1_900_000_000 }), 'KEY_WEAK'],
    ['a token without a role', token({}), 'KEY_WEAK'],
    ['an expired token', token({ role: 'service_role', exp: 1_700_000_000 }), 'KEY_EXPIRED'],
    [
      'a token of another project',
      token({ role: 'service_role', ref: 'b'.repeat(20) }),
      'KEY_OF_OTHER_PROJECT',
    ],
    ['half a token', token({ role: 'service_role' }).split('.').slice(0, 2).join('.'), 'KEY_MALFORMED'],
    ['anything else', 'hunter2', 'KEY_MALFORMED'],
  ])('%s: %s → %s', (_what, key, expected) => {
    expect(check(key)).toBe(expected)
  })
})

describe('the connection', () => {
  it.each([
    ['postgresql://u:p@h:5432/db', []],
    ['postgresql://u:p@h/db', []],
    ['postgresql://u:p@h:6543/db', ['DB_TRANSACTION_POOLER']],
    ['postgresql://u:[YOUR-PASSWORD]@h:5432/db', ['DB_URL_PLACEHOLDER']],
    ['postgresql://u:a/b@h:5432/db', ['DB_URL_MALFORMED']],
  ])('%s → %j', (url, expected) => {
    expect(codes({ SUPABASE_DB_URL: url })).toEqual(expected)
    expect(codes({ TEST_SUPABASE_DB_URL: url })).toEqual(expected)
  })
})

describe('the Management API', () => {
  it.each([
    ['https://api.example.com', []],
    ['http://127.0.0.1:54321', []],
    ['http://localhost', []],
    ['http://[::1]:8000', []],
    ['http://api.example.com', ['API_URL_PLAIN']],
    ['http://127.0.0.1.example.com', ['API_URL_PLAIN']],
    ['http://localhost.example.com', ['API_URL_PLAIN']],
  ])('at %s: %j', (address, problems) => {
    expect(codes({ SUPABASE_API_URL: address })).toEqual(problems)
    expect(codes({ TEST_SUPABASE_API_URL: address })).toEqual(problems)
  })
})

describe('what a command needs', () => {
  it('is asked for by name, and only when it is needed', () => {
    expect(codes({})).toEqual([])
    expect(codes({}, ['database', 'storage', 'repository'])).toEqual([
      'DB_MISSING',
      'STORAGE_MISSING',
      'BORG_REPO_MISSING',
      'BORG_PASSPHRASE_MISSING',
    ])
  })

  it('is a way to the database also by an access token, with a project reference', () => {
    const token = { SUPABASE_ACCESS_TOKEN: 'sbp_0' }
    expect(codes(token, ['database'])).toEqual(['DB_MISSING'])
    expect(codes({ ...token, SUPABASE_PROJECT_REF: 'abcdefghijklmnopqrst' }, ['database'])).toEqual([])
  })

  it('is satisfied by a reference with a password, by a passcommand, or by saying that no encryption is wanted', () => {
    const reference = { SUPABASE_PROJECT_REF: 'a'.repeat(20), SUPABASE_DB_PASSWORD: 'p' }
    expect(codes(reference, ['database'])).toEqual([])
    expect(codes({ BORG_REPO: '/r', BORG_PASSCOMMAND: 'pass' }, ['repository'])).toEqual([])
    expect(codes({ BORG_REPO: '/r', BORG_ENCRYPTION: 'none' }, ['repository'])).toEqual([])
  })

  it('in clear does not go with the values of the vault’s secrets', () => {
    const clear = { BORG_REPO: '/r', BORG_ENCRYPTION: 'none' }
    expect(codes({ ...clear, VAULT_MODE: 'decrypted' })).toEqual(['CONFIG_CONFLICT'])
    expect(codes({ ...clear, VAULT_MODE: 'root-key' })).toEqual(['CONFIG_CONFLICT'])
    expect(codes({ ...clear, VAULT_MODE: 'skip' })).toEqual([])
    expect(codes({ BORG_REPO: '/r', VAULT_MODE: 'decrypted' })).toEqual([])
  })

  it('must not be given twice', () => {
    expect(codes({ BORG_PASSPHRASE: 'x', BORG_PASSCOMMAND: 'y' })).toEqual(['CONFIG_CONFLICT'])
    expect(codes({ BORG_REPO: '/r', BORG_REPOS: '/r /s' })).toEqual(['CONFIG_CONFLICT'])
  })
})
