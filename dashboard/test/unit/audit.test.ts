import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { audit } from '../../src/server/db/schema/index.ts'
import { openTestApp, origin, password, type TestApp } from '../helpers/app.ts'

let app: TestApp
beforeEach(async () => {
  app = await openTestApp()
})
afterEach(() => app.remove())

const entries = () => app.database.select().from(audit).orderBy(audit.seq).all()

describe('the audit', () => {
  test('has what was done, what was denied, and what failed, without a secret', async () => {
    const viewer = await app.person('viewer', 'eve@example.com')
    await app.signIn.signIn({ email: 'eve@example.com', password: 'a wrong secret' }, origin).catch(() => {})
    await app.signIn
      .signIn({ email: 'my-password-in-the-wrong-field@x', password: 'b' }, origin)
      .catch(() => {})
    await app
      .as(viewer)
      .runs.start({ projectId: 'shop', options: { kind: 'backup' } })
      .catch(() => {})
    await app.as(viewer).account.changePassword({ current: password, next: 'another set of words' })
    expect(
      entries().map(({ actorName, action, outcome, subject }) => [actorName, action, outcome, subject]),
    ).toEqual([
      ['nobody', 'sign in', 'failed', 'eve@example.com'],
      ['nobody', 'sign in', 'failed', 'an unknown account'],
      ['eve@example.com', 'start run', 'denied', 'shop'],
      ['eve@example.com', 'change password', 'done', ''],
    ])
    const text = JSON.stringify(entries())
    for (const secret of ['wrong secret', 'wrong-field', password, 'another set'])
      expect(text).not.toContain(secret)
  })

  test('shows where an entry was changed, taken out, or put in', () => {
    const add = () => app.audit.add({ by: 'command line', address: '', action: 'create user', subject: 'x' })
    for (let n = 0; n < 5; n += 1) add()
    const broken = () => app.audit.check().broken
    expect(app.audit.check()).toMatchObject({ entries: 5, last: { seq: 5 }, broken: null })
    app.database.update(audit).set({ subject: 'y' }).where(eq(audit.seq, 3)).run()
    expect(broken()).toEqual({ seq: 3, why: 'altered' })
    app.database.update(audit).set({ subject: 'x' }).where(eq(audit.seq, 3)).run()
    expect(broken()).toBeNull()
    app.database.delete(audit).where(eq(audit.seq, 4)).run()
    expect(broken()).toEqual({ seq: 5, why: 'missing' })
  })
})
