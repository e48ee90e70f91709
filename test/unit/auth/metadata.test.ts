import { expect, test } from 'vitest'
import { updateOf } from '../../../src/auth/restore/attributes.ts'
import { apiUserSchema, type User, userOfApi } from '../../../src/auth/users/user.ts'

/** A user as the answer of the admin API with these metadata tells of one. */
function userWith(metadata: string): User {
  const id = '00000001-0000-4000-8000-000000000000'
  const text = `{"id":"${id}","created_at":"2026-01-01T00:00:00Z","email":"a@b.example","user_metadata":${metadata}}`
  return userOfApi(apiUserSchema.parse(JSON.parse(text)))
}

const named = '{"__proto__":{"a":1},"constructor":"x","toString":"y","n":1}'

test('Metadata of a user have keys named like members of every object', () => {
  expect(JSON.stringify(userWith(named).userMetadata)).toBe(named)
})

test('Metadata of a user get and lose such keys', () => {
  const update = (user: User, target: User) => JSON.stringify(updateOf(user, target, 0)?.user_metadata)
  expect(update(userWith(named), userWith('{"n":1}'))).toBe(
    '{"__proto__":{"a":1},"constructor":"x","toString":"y"}',
  )
  expect(update(userWith('{"n":1}'), userWith(named))).toBe(
    '{"__proto__":null,"constructor":null,"toString":null}',
  )
  expect(updateOf(userWith(named), userWith(named), 0)).toBeUndefined()
})
