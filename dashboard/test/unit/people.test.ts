import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { totpCode, totpStep } from '../../src/server/auth/totp.ts'
import { audit, passwordLinks, tokens, users } from '../../src/server/db/schema/index.ts'
import { csvOfAudit } from '../../src/server/services/audit-search.ts'
import { openTestApp, origin, password, type TestApp } from '../helpers/app.ts'

let app: TestApp
let admin: Awaited<ReturnType<TestApp['person']>>
beforeAll(async () => {
  app = await openTestApp()
  admin = await app.person('admin', 'ada@example.com')
})
afterAll(() => app.remove())

const newUser = (email: string) => ({ email, name: 'Somebody', role: 'viewer' as const, groups: ['shops'] })
const idOf = (email: string) => app.people.findByEmail(email)?.id ?? ''

describe('a user', () => {
  test('is let in by a link, which sets a password once, and then signs in with the role that was given', async () => {
    const { secret } = await app.as(admin).users.create(newUser('grace@example.com'))
    const signIn = () => app.signIn.signIn({ email: 'grace@example.com', password }, origin)
    await expect(signIn()).rejects.toMatchObject({ code: 'SIGN_IN_WRONG' })
    await expect(
      app.signIn.signIn({ email: 'grace@example.com', password: '' }, origin),
    ).rejects.toMatchObject({ code: 'SIGN_IN_WRONG' })
    const nobody = app.as(undefined)
    expect(await nobody.session.passwordLink({ secret })).toEqual({ email: 'grace@example.com' })
    await expect(nobody.session.choosePassword({ secret, password: 'aaaaaaaaaaaaaa' })).rejects.toThrow(
      /guessed/,
    )
    await nobody.session.choosePassword({ secret, password })
    await expect(nobody.session.choosePassword({ secret, password })).rejects.toThrow(/was used/)
    expect(await nobody.session.passwordLink({ secret })).toEqual({ email: null })
    const signed = await signIn()
    const found = typeof signed === 'object' ? app.sessions.find(signed.secret, origin) : undefined
    expect(found).toMatchObject({ role: 'viewer', groups: ['shops'] })
    expect(JSON.stringify(app.database.select().from(audit).all())).not.toContain(secret)
  })

  test('has one link that is good, for two days', async () => {
    const first = await app.as(admin).users.resetLink({ userId: idOf('grace@example.com') })
    const second = app.passwordLinks.make(idOf('grace@example.com'), new Date(Date.now() - 49 * 3_600_000))
    expect(app.passwordLinks.emailOf(first.secret)).toBeNull()
    expect(app.passwordLinks.emailOf(second.secret)).toBeNull()
    const third = app.passwordLinks.make(idOf('grace@example.com'))
    expect(app.passwordLinks.emailOf(third.secret)).toBe('grace@example.com')
    expect(JSON.stringify(app.database.select().from(passwordLinks).all())).not.toContain(third.secret)
  })

  test('who is deactivated is out at once and everywhere, until let in again', async () => {
    const person = await app.person('operator', 'leaving@example.com')
    const cookie = app.sessions.begin(person.id, origin)
    await app.as(admin).users.deactivate({ userId: person.id })
    expect(app.sessions.find(cookie, origin)).toBeUndefined()
    const signIn = () => app.signIn.signIn({ email: person.email, password }, origin)
    await expect(signIn()).rejects.toMatchObject({ code: 'SIGN_IN_WRONG' })
    await app.as(admin).users.activate({ userId: person.id })
    expect(await signIn()).toHaveProperty('secret')
  })

  test('whose role changes has it from the next call on, and the audit has before and after', async () => {
    const person = await app.person('viewer', 'rising@example.com')
    const cookie = app.sessions.begin(person.id, origin)
    await app.as(admin).users.change({ userId: person.id, changes: { role: 'operator', groups: ['shops'] } })
    expect(app.sessions.find(cookie, origin)).toMatchObject({ role: 'operator', groups: ['shops'] })
    const { entries } = await app.as(admin).audit.list({ action: 'change user', text: 'rising' })
    expect(entries).toMatchObject([
      {
        subject: 'rising@example.com',
        details: { before: { role: 'viewer', groups: null }, after: { role: 'operator' } },
      },
    ])
  })

  test('has sessions that an admin sees and ends', async () => {
    const person = await app.person('viewer')
    app.sessions.begin(person.id, origin)
    const sessions = await app.as(admin).users.sessions({ userId: person.id })
    expect(sessions).toHaveLength(2)
    await app.as(admin).users.endSessions({ userId: person.id, sessionId: sessions[0]?.id })
    await app.as(admin).users.endSessions({ userId: person.id })
    expect(app.sessions.list(person.id)).toEqual([])
  })

  test('who is the last admin of all projects cannot be made less, nor can one deactivate oneself', async () => {
    const call = app.as(admin).users
    await expect(call.deactivate({ userId: admin.id })).rejects.toThrow(/yourself/)
    // Another who has not chosen a password yet cannot let anybody in.
    app.users.add({ email: 'invited@example.com', name: 'invited', role: 'admin', groups: null })
    for (const changes of [{ role: 'viewer' as const }, { groups: ['shops'] }])
      await expect(call.change({ userId: admin.id, changes })).rejects.toThrow(/last admin/)
    const other = await app.person('admin')
    await call.change({ userId: admin.id, changes: { role: 'operator' } })
    await app.as(other).users.change({ userId: admin.id, changes: { role: 'admin' } })
    await app.as(other).users.change({ userId: other.id, changes: { role: 'viewer' } })
  })
})

test('a recovery code lets in once in the place of the app’s, and new ones take the place of the old', async () => {
  const user = await app.person('operator', 'lost-phone@example.com')
  const me = app.as({ ...user, hasTotp: true }).account
  const offer = await me.beginTotp({ current: password })
  const code = totpCode(offer.secret, totpStep(new Date()))
  const { recoveryCodes } = await me.confirmTotp({ sealed: offer.sealed, code })
  expect(new Set(recoveryCodes).size).toBe(10)
  const kept = JSON.stringify(app.database.select().from(users).all())
  for (const one of recoveryCodes) expect(kept).not.toContain(one)
  const signIn = (given = '') => app.signIn.signIn({ email: user.email, password, code: given }, origin)
  const [first = '', second = ''] = recoveryCodes
  expect(await signIn(` ${first.toUpperCase()} `)).toHaveProperty('secret')
  await expect(signIn(first)).rejects.toMatchObject({ code: 'CODE_WRONG' })
  await me.renewRecoveryCodes({ current: password })
  await expect(signIn(second)).rejects.toMatchObject({ code: 'CODE_WRONG' })
  await me.removeTotp({ current: password })
  expect(app.people.find(user.id).recoveryCodes).toBeNull()
})

test('a token is shown once, named in lists without what opens, narrowed, and of no use when it is revoked', async () => {
  const made = { name: 'ci', role: 'operator' as const, groups: ['shops'], days: 30 }
  const { token } = await app.as(admin).tokens.create(made)
  expect(app.tokens.find(token)).toMatchObject({ kind: 'token', role: 'operator', groups: ['shops'] })
  const list = await app.as(admin).tokens.list()
  expect(list.tokens).toMatchObject([{ name: 'ci', createdBy: 'ada@example.com' }])
  const everything = [list, app.database.select().from(tokens).all(), app.database.select().from(audit).all()]
  expect(JSON.stringify(everything)).not.toContain(token)
  expect(JSON.stringify(list)).not.toContain('tokenHash')
  await app.as(admin).tokens.revoke({ tokenId: list.tokens[0]?.id ?? '' })
  expect(app.tokens.find(token)).toBeUndefined()
})

describe('the audit', () => {
  test('is paged, filtered and taken out as a file', async () => {
    for (let n = 0; n < 60; n += 1)
      app.audit.add({
        by: undefined,
        address: '192.0.2.9',
        action: 'page',
        subject: `=cmd ${n}, "x"`,
        outcome: 'denied',
      })
    const audits = app.as(admin).audit
    const first = await audits.list({ action: 'page' })
    expect(first.entries).toHaveLength(50)
    const rest = await audits.list({ action: 'page', cursor: first.nextCursor ?? undefined })
    expect([rest.entries.length, rest.nextCursor]).toEqual([10, null])
    const since = new Date(Date.now() + 60_000).toISOString()
    expect((await audits.list({ from: since })).entries).toEqual([])
    expect((await audits.list({ text: '192.0.2.9', outcome: 'denied' })).entries).toHaveLength(50)
    const { text, entries } = await audits.export({ action: 'page', format: 'csv' })
    expect([entries, text.split('\r\n').length]).toEqual([60, 62])
    // No spreadsheet takes it for a formula.
    expect(text).toContain(`"'=cmd 0, ""x""",denied`)
    const { text: json } = await audits.export({ action: 'page', format: 'json' })
    expect(JSON.parse(json)).toHaveLength(60)
    expect(csvOfAudit([])).toBe(
      'seq,at,actor,actorName,address,action,subject,outcome,details,previousHash,hash\r\n',
    )
  })
})
