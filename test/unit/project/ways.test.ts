import { expect, test } from 'vitest'
import { networkOf } from '../../../src/management-api/database-login.ts'
import { databaseOf, openTarget } from '../../../src/project/project.ts'

const ref = 'abcdefghijklmnopqrst'
const url = 'postgresql://someone:of-the-string@127.0.0.1:5444/postgres'
const everything = { PROJECT_REF: ref, DB_URL: url, DB_PASSWORD: 'of-the-variable', ACCESS_TOKEN: 'sbp_0' }

function databaseWithout(...names: (keyof typeof everything)[]) {
  return databaseOf(
    openTarget(
      Object.fromEntries(Object.entries(everything).filter(([name]) => !names.some((one) => one === name))),
    ),
  )
}

test('the way to a database is its connection string, then its password, then the access token', () => {
  expect(databaseWithout()).toMatchObject({ user: 'someone', password: 'of-the-string' })
  const byPassword = databaseWithout('DB_URL')
  expect(byPassword).toMatchObject({ user: 'postgres', password: 'of-the-variable' })
  expect(byPassword.login).toBeUndefined()
  const byToken = databaseWithout('DB_URL', 'DB_PASSWORD')
  expect(byToken).toMatchObject({ role: 'postgres', sslMode: 'verify-full', login: expect.anything() })
})

test('a token without a project reference is no way to a database', () => {
  expect(() => databaseWithout('DB_URL', 'DB_PASSWORD', 'PROJECT_REF')).toThrow(
    expect.objectContaining({ code: 'TARGET_INCOMPLETE' }),
  )
})

test('the platform has fixed hosts, whatever path or port its address is written with', () => {
  for (const address of [
    'https://api.supabase.com',
    'https://api.supabase.com/',
    'https://API.supabase.com:443/v1',
  ]) {
    const network = networkOf(address)
    expect(network.poolerDomain).toBe('supabase.com')
    expect(network.directHost(ref)).toBe(`db.${ref}.supabase.co`)
  }
})

test('another API can lead to no host but its own', () => {
  for (const [address, host] of [
    ['http://127.0.0.1:8099', '127.0.0.1'],
    ['http://api.supabase.com', 'api.supabase.com'],
    ['https://api.supabase.com.example.org', 'api.supabase.com.example.org'],
  ] as const) {
    const network = networkOf(address)
    expect(network.poolerDomain).toBe(host)
    expect(network.directHost(ref)).toBeUndefined()
  }
})
