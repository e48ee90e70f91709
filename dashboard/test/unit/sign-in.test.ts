import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { matchTotp, newTotpSecret, totpCode, totpStep } from '../../src/server/auth/totp.ts'
import { sessions, users } from '../../src/server/db/schema/index.ts'
import { openTestApp, origin, password, type TestApp } from '../helpers/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await openTestApp()
})
afterAll(() => app.remove())

const from = (address: string) => ({ address, userAgent: 'a test' })

describe('the first run', () => {
  test('makes the first admin by its link, once, and then no more', async () => {
    const earlier = app.firstRun.renew()
    const secret = app.firstRun.renew()
    const nobody = app.as(undefined)
    const person = { email: 'First@Example.com', name: 'First', password }
    expect(await nobody.session.state()).toMatchObject({ isSetUp: false, user: null })
    expect(await nobody.session.isLinkGood({ secret })).toBe(true)
    await expect(nobody.session.setUp({ ...person, secret: earlier })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
    await expect(nobody.session.setUp({ ...person, secret, password: 'short' })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    })
    await nobody.session.setUp({ ...person, secret })
    expect(app.people.findByEmail('first@example.com')).toMatchObject({ role: 'admin' })
    expect(await nobody.session.isLinkGood({ secret })).toBe(false)
    await expect(nobody.session.setUp({ ...person, email: 'b@example.com', secret })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
  })

  test('makes one admin of two who come at once', async () => {
    const other = await openTestApp()
    const secret = other.firstRun.renew()
    const outcomes = await Promise.allSettled(
      ['a@example.com', 'b@example.com'].map((email) =>
        other.firstRun.makeAdmin(secret, { email, name: 'Somebody', password }),
      ),
    )
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(other.database.select().from(users).all()).toHaveLength(1)
    await other.remove()
  })
})

describe('signing in', () => {
  test('takes address and password, and gives a session that nobody finds in the database', async () => {
    await app.person('viewer', 'eve@example.com')
    const result = await app.signIn.signIn({ email: 'eve@example.com', password }, origin)
    const secret = result === 'code' ? '' : result.secret
    expect(app.sessions.find(secret, origin)).toMatchObject({ email: 'eve@example.com', role: 'viewer' })
    expect(JSON.stringify(app.database.select().from(sessions).all())).not.toContain(secret)
  })

  test('says the same of a wrong password and of an account that is not there', async () => {
    await app.person('viewer', 'mallory@example.com')
    const errors = await Promise.all(
      ['mallory@example.com', 'nobody@example.com'].map((email) =>
        app.signIn.signIn({ email, password: 'something else' }, origin).catch((error: unknown) => error),
      ),
    )
    expect(errors[0]).toMatchObject({ code: 'SIGN_IN_WRONG' })
    expect(errors[1]).toEqual(errors[0])
  })

  test('is refused after ten failed attempts on an account, also all at once, and also with the right password', async () => {
    await app.person('viewer', 'guessed@example.com')
    const attempt = (password: string, address: string) =>
      app.signIn
        .signIn({ email: 'guessed@example.com', password }, from(address))
        .catch((error: unknown) => error)
    const errors = await Promise.all(
      Array.from({ length: 12 }, (_, n) => attempt(`guess ${n}`, `198.51.100.${n}`)),
    )
    const codes = errors.map((error) => (error instanceof Error && 'code' in error ? error.code : undefined))
    expect(codes.filter((code) => code === 'SIGN_IN_WRONG')).toHaveLength(10)
    expect(codes.filter((code) => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(2)
    expect(await attempt(password, '198.51.100.99')).toMatchObject({ code: 'TOO_MANY_ATTEMPTS' })
    // Others are not kept out by it.
    await app.person('viewer', 'other@example.com')
    expect(await app.signIn.signIn({ email: 'other@example.com', password }, origin)).toHaveProperty('secret')
  })

  test('is limited by address, of IPv6 by network', () => {
    for (let n = 0; n < 50; n += 1) app.limits.attempt(`a${n}@example.com`, `2001:db8:1:2::${n.toString(16)}`)
    expect(() => app.limits.attempt('z@example.com', '2001:db8:1:2:ffff::1')).toThrow(/too many/)
    expect(() => app.limits.attempt('z@example.com', '2001:db8:1:3::1')).not.toThrow()
  })

  test('is possible again when the failed attempts are a quarter of an hour old', () => {
    const then = new Date(Date.now() - 16 * 60_000)
    for (let n = 0; n < 10; n += 1) app.limits.attempt('patient@example.com', '203.0.113.5', then)
    expect(() => app.limits.attempt('patient@example.com', '203.0.113.5', then)).toThrow(/too many/)
    expect(() => app.limits.attempt('patient@example.com', '203.0.113.5')).not.toThrow()
  })
})

test('a clock that was wrong keeps nobody out when it is right again', () => {
  const now = new Date()
  const tomorrow = new Date(now.getTime() + 86_400_000)
  for (let n = 0; n < 10; n += 1) app.limits.attempt('ahead@example.com', '203.0.113.77', tomorrow)
  expect(() => app.limits.attempt('ahead@example.com', '203.0.113.77', tomorrow)).toThrow(/too many/)
  expect(() => app.limits.attempt('ahead@example.com', '203.0.113.77', now)).not.toThrow()
  const secret = newTotpSecret()
  const step = totpStep(now)
  const match = (lastStep: number) => matchTotp({ secret, code: totpCode(secret, step), now, lastStep })
  expect(match(totpStep(tomorrow))).toBe(step)
  // And none is taken twice, also by a clock that is a little ahead.
  expect(match(step)).toBeUndefined()
  expect(match(step + 1)).toBeUndefined()
})

describe('the second factor', () => {
  test('is set up with a code, asked for from then on, taken once, and sealed in the database', async () => {
    const user = await app.person('operator', 'two@example.com')
    const offer = await app.as(user).account.beginTotp({ current: password })
    await expect(app.as(user).account.confirmTotp({ sealed: offer.sealed, code: '000000' })).rejects.toThrow()
    const step = totpStep(new Date())
    await app.as(user).account.confirmTotp({ sealed: offer.sealed, code: totpCode(offer.secret, step) })
    expect(JSON.stringify(app.database.select().from(users).all())).not.toContain(offer.secret)
    const signIn = (code?: string) => app.signIn.signIn({ email: user.email, password, code }, origin)
    expect(await signIn()).toBe('code')
    await expect(signIn(totpCode(offer.secret, step))).rejects.toMatchObject({ code: 'CODE_WRONG' })
    expect(await signIn(totpCode(offer.secret, step + 1))).toHaveProperty('secret')
    await app.as(user).account.removeTotp({ current: password })
    expect(await signIn()).toHaveProperty('secret')
  })

  test('offered to one is of no use to another', async () => {
    const [one, other] = [await app.person('viewer'), await app.person('viewer')]
    const { sealed, secret } = await app.as(one).account.beginTotp({ current: password })
    const code = totpCode(secret, totpStep(new Date()))
    await expect(app.as(other).account.confirmTotp({ sealed, code })).rejects.toThrow(/cannot be opened/)
  })
})

describe('sessions', () => {
  test('of others end when the password is changed, and the old one is wrong from then on', async () => {
    const user = await app.person('viewer', 'changing@example.com')
    const elsewhere = app.sessions.begin(user.id, origin)
    await expect(
      app.as(user).account.changePassword({ current: 'wrong one', next: 'another set of words' }),
    ).rejects.toThrow()
    await app.as(user).account.changePassword({ current: password, next: 'another set of words' })
    expect(app.sessions.find(elsewhere, origin)).toBeUndefined()
    expect(app.sessions.list(user.id).map(({ id }) => id)).toEqual([user.sessionId])
    await expect(app.signIn.signIn({ email: user.email, password }, origin)).rejects.toThrow()
  })

  test('end after a week without use, and after a month with it', () => {
    const user = app.people.findByEmail('changing@example.com')
    const begun = new Date()
    const secret = app.sessions.begin(user?.id ?? '', origin, begun)
    const foundAfter = (days: number) =>
      app.sessions.find(secret, origin, new Date(begun.getTime() + days * 86_400_000))
    expect(foundAfter(6.9)).toBeDefined()
    for (let day = 13; day < 30; day += 6) expect(foundAfter(day)).toBeDefined()
    expect(foundAfter(30.1)).toBeUndefined()
    const idle = app.sessions.begin(user?.id ?? '', origin, begun)
    expect(app.sessions.find(idle, origin, new Date(begun.getTime() + 7.1 * 86_400_000))).toBeUndefined()
  })

  test('of somebody else cannot be ended', async () => {
    const [one, other] = [await app.person('viewer'), await app.person('admin')]
    await expect(app.as(other).account.endSession({ sessionId: one.sessionId })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })
})

test('a token that has expired is nobody’s', () => {
  const now = new Date()
  const token = app.tokens.add({ name: 'ci', role: 'viewer', expiresAt: new Date(now.getTime() + 1000) })
  expect(app.tokens.find(token, now)).toMatchObject({ kind: 'token', role: 'viewer' })
  expect(app.tokens.find(token, new Date(now.getTime() + 2000))).toBeUndefined()
  expect(app.tokens.find('sbd_something')).toBeUndefined()
})

test('a password that is guessed at once is refused', async () => {
  const add = (password: string) =>
    app.people.add({ email: 'weak.person@example.com', name: 'W', role: 'viewer', password })
  await expect(add('aaaaaaaaaaaaaa')).rejects.toMatchObject({ code: 'PASSWORD_WEAK' })
  await expect(add('weak.person@example.com')).rejects.toMatchObject({ code: 'PASSWORD_WEAK' })
  await expect(add('weak.person123')).rejects.toMatchObject({ code: 'PASSWORD_WEAK' })
})
