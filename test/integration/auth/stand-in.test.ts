import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { AuthRefusal } from '../../../src/auth/api/errors.ts'
import { type AuthPlace, addUser, idOf, makeAuthPlace } from '../../helpers/auth.ts'

let place: AuthPlace
beforeEach(async () => {
  place = await makeAuthPlace()
})
afterEach(() => place.stop())

const bodySchema = z.looseObject({ users: z.array(z.unknown()).optional() })
const bcrypt = `$2a$10$${'a'.repeat(53)}`

async function asked(path: string, init: RequestInit & { key?: string } = {}) {
  const { key = place.api.serviceRoleKey, ...request } = init
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const response = await fetch(`${place.api.url}${path}`, { ...request, headers })
  const body = bodySchema.parse(await response.json())
  return { status: response.status, headers: response.headers, body }
}

async function refusal(work: Promise<unknown>): Promise<AuthRefusal> {
  const error: unknown = await work.catch((thrown: unknown) => thrown)
  if (!(error instanceof AuthRefusal)) throw new Error('It was not refused', { cause: error })
  return error
}

describe('the stand-in of the admin API, by the facts of the real one,', () => {
  it('lists fifty users, newest first, without identities and factors, and says how many there are', async () => {
    for (let number = 1; number <= 60; number += 1)
      addUser(place.api, number, { factors: [{ factor_type: 'totp' }] })
    const { status, headers, body } = await asked('/admin/users')
    expect(status).toBe(200)
    expect(headers.get('x-total-count')).toBe('60')
    expect(headers.get('link')).toMatch(/page=2.*rel="next", <.*page=2.*>; rel="last"/)
    expect(body).toMatchObject({ aud: 'authenticated' })
    expect(body.users).toHaveLength(50)
    expect(body.users?.[0]).toMatchObject({ id: idOf(60), identities: null })
    expect(body.users?.[0]).not.toHaveProperty('factors')
    expect(body.users?.[0]).not.toHaveProperty('encrypted_password')
    const one = await asked(`/admin/users/${idOf(60)}`)
    expect(one.body).toMatchObject({
      identities: [{ provider: 'email' }],
      factors: [{ factor_type: 'totp' }],
    })
  })

  it('refuses without a key, with another, and whom it does not know', async () => {
    expect(await asked('/admin/users', { key: 'another' })).toMatchObject({
      status: 403,
      body: { code: 'not_admin' },
    })
    expect(await asked(`/admin/users/${idOf(1)}`)).toMatchObject({
      status: 404,
      body: { code: 'user_not_found' },
    })
  })

  it('gives an address and a number to one user only: refused by name where it creates, an error where it updates', async () => {
    for (const number of [1, 2]) addUser(place.api, number, { phone: `49151123450${number}` })
    addUser(place.api, 3, { aud: 'other' })
    const create = (attributes: { email?: string; phone?: string }) =>
      refusal(place.client.create({ id: idOf(9), ...attributes }))
    expect(await create({ email: 'user1@example.com' })).toMatchObject({ status: 422, code: 'email_exists' })
    expect(await create({ phone: '491511234502' })).toMatchObject({ status: 422, code: 'phone_exists' })
    expect(await create({ email: 'user3@example.com' })).toMatchObject({ status: 500 })
    for (const attributes of [{ email: 'USER1@example.com' }, { phone: '+491511234501' }])
      expect(await refusal(place.client.update(idOf(2), attributes))).toMatchObject({ status: 500 })
    expect(await place.client.update(idOf(2), { email: 'user2@example.com' })).toMatchObject({ id: idOf(2) })
  })

  it('creates with the given id and answers 200, with an identity of its own making', async () => {
    const created = await place.client.create({
      ...{ id: idOf(7), email: 'Seven@Example.com', email_confirm: true, password_hash: bcrypt },
      ...{ app_metadata: { tier: 'gold' }, user_metadata: { name: 'Seven' }, ban_duration: '24h' },
    })
    expect(created).toMatchObject({
      id: idOf(7),
      email: 'seven@example.com',
      app_metadata: { provider: 'email', providers: ['email'], tier: 'gold' },
      user_metadata: { name: 'Seven', email_verified: true },
      identities: [{ provider: 'email', user_id: idOf(7) }],
    })
    expect(Date.parse(created.banned_until ?? '')).toBeGreaterThan(Date.now() + 86_000_000)
    expect(place.api.users.get(idOf(7))?.encrypted_password).toBe(bcrypt)
  })

  it('needs an address or number, which no other has, and takes a hash only of a kind that it knows', async () => {
    addUser(place.api, 1, { phone: '491701234567' })
    const create = (fields: object) => refusal(place.client.create({ id: idOf(2), ...fields }))
    expect(await create({})).toMatchObject({ status: 400, code: 'validation_failed' })
    expect(await create({ email: 'user1@example.com' })).toMatchObject({ status: 422, code: 'email_exists' })
    expect(await create({ phone: '+491701234567' })).toMatchObject({ status: 422, code: 'phone_exists' })
    const hash = place.client.create({ id: idOf(2), email: 'a@b.c', password_hash: 'md5:x' })
    await expect(hash).rejects.toMatchObject({ status: 500 })
  })

  it('merges metadata, takes a key away for null, ignores a hash, and lifts a ban', async () => {
    const user = addUser(place.api, 1, { banned_until: '2099-01-01T00:00:00Z' })
    const changed = await place.client.update(user.id, {
      user_metadata: { name: null, city: 'Ulm' },
      ban_duration: 'none',
    })
    expect(changed.user_metadata).toEqual({ city: 'Ulm' })
    expect(changed.banned_until).toBeUndefined()
    await asked(`/admin/users/${user.id}`, { method: 'PUT', body: JSON.stringify({ password_hash: bcrypt }) })
    expect(user.encrypted_password).toBe('hash of 1')
  })

  it('removes a user for good', async () => {
    const { id } = addUser(place.api, 1)
    await place.client.remove(id)
    expect(await place.client.find(id)).toBeUndefined()
    await place.client.remove(id)
  })
})
