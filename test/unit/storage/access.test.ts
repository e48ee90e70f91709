import { describe, expect, test } from 'vitest'
import { signToken } from '../../../src/standin/storage-api/tokens.ts'
import { checkServiceRoleKey } from '../../../src/storage/api/access.ts'

const secret = 'a-secret-of-at-least-thirty-two-characters'

describe('a key', () => {
  test.each([signToken({ role: 'service_role' }, secret), 'sb_secret_abcdefghijklmnop'])(
    'that may see everything is taken',
    (key) => {
      expect(() => checkServiceRoleKey(key)).not.toThrow()
    },
  )

  test.each([
    ['KEY_WEAK', signToken({ role: 'anon' }, secret)],
    ['KEY_WEAK', signToken({ role: 'authenticated', sub: 'x' }, secret)],
    ['KEY_WEAK', 'sb_publishable_abcdefghijklmnop'],
    ['KEY_EXPIRED', signToken({ role: 'service_role' }, secret, 1_000_000)],
    ['KEY_MALFORMED', 'not.a.token'],
  ])('is refused as %s before anything is asked with it', (code, key) => {
    expect(() => checkServiceRoleKey(key)).toThrow(expect.objectContaining({ code, exitCode: 78 }))
  })
})
