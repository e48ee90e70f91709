import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Principal } from '../../src/server/auth/principal.ts'
import { roles } from '../../src/server/auth/roles.ts'
import { matrixPage, procedures } from '../../src/server/trpc/matrix.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'

let app: TestApp
let everybody: { name: string; principal: Principal | undefined }[]
beforeAll(async () => {
  app = await openTestApp()
  everybody = [{ name: 'nobody', principal: undefined }]
  for (const role of roles) {
    everybody.push({ name: role, principal: await app.person(role) })
    everybody.push({ name: `token ${role}`, principal: app.token(role) })
  }
})
afterAll(() => app.remove())

/** Something of its form for each call: ids of nothing that is there, so that nothing happens. */
const inputs: Record<string, unknown> = {
  'session.isLinkGood': { secret: 'x' },
  'session.setUp': { secret: 'x', email: 'x@example.com', name: 'x', password: 'four odd words' },
  'session.signIn': { email: 'nobody@example.com', password: 'x' },
  'help.error': { code: 'X' },
  'account.endSession': { sessionId: 'x' },
  'account.changePassword': { current: 'x', next: 'four odd words' },
  'account.beginTotp': { current: 'x' },
  'account.confirmTotp': { sealed: 'x', code: '1' },
  'account.removeTotp': { current: 'x' },
  'projects.get': { projectId: 'x' },
  'projects.adopt': { envFile: '/nowhere/x.env' },
  'projects.forget': { projectId: 'x' },
  'runs.list': { projectId: 'x' },
  'runs.unbegun': { projectId: 'x' },
  'runs.get': { projectId: 'x', runId: 'x' },
  'runs.log': { projectId: 'x', runId: 'x' },
  'runs.answer': { projectId: 'x', runId: 'x' },
  'runs.start': { projectId: 'x', options: { kind: 'backup' } },
  'runs.cancel': { projectId: 'x', runId: 'x' },
}

/** Whether the call was let through, whatever came of it. */
async function isLetIn(path: string, principal: Principal | undefined): Promise<boolean> {
  const [group = '', name = ''] = path.split('.')
  const caller = z.record(z.string(), z.record(z.string(), z.function()))
  const groups = caller.parse({
    [group]: { [name]: Reflect.get(Reflect.get(app.as(principal), group), name) },
  })
  const call: unknown = groups[group]?.[name]
  if (typeof call !== 'function') throw new Error(`There is no ${path}.`)
  try {
    await call(inputs[path])
    return true
  } catch (error) {
    const code =
      error instanceof Error && error.cause instanceof Error && 'code' in error.cause ? error.cause.code : ''
    return code !== 'SIGNED_OUT' && code !== 'NOT_ALLOWED'
  }
}

describe('who may call what', () => {
  test.each(procedures().map(({ path, allows }) => ({ path, allows })))(
    '$path is let through for exactly those whom the matrix names',
    async ({ path, allows }) => {
      for (const { name, principal } of everybody) {
        // The call may end the session or change the password of whoever makes it.
        const isAllowed = await isLetIn(path, principal)
        expect([name, isAllowed]).toEqual([name, allows(principal)])
      }
    },
  )

  test('stands on its page', async () => {
    await expect(matrixPage()).toMatchFileSnapshot('../../../docs/reference/dashboard-roles.md')
  })

  test('is said of every call, and every one that changes something is audited', () => {
    for (const { path, access, type, action } of procedures()) {
      expect([path, access]).not.toEqual([path, undefined])
      // Signing in is noted where it is done, with whom it was tried for.
      if (type === 'mutation' && path !== 'session.signIn')
        expect([path, action]).not.toEqual([path, undefined])
    }
  })
})

describe('ids of what is not there', () => {
  test.each(['../../etc/passwd', 'x\0y', '__proto__', 'ä'.repeat(60), "'; drop table users; --"])(
    '%j is not found',
    async (id) => {
      const admin = app.as(everybody.find(({ name }) => name === 'token admin')?.principal)
      for (const call of [
        admin.projects.get({ projectId: id }),
        admin.projects.forget({ projectId: id }),
        admin.runs.list({ projectId: id }),
        admin.runs.get({ projectId: id, runId: id }),
        admin.runs.log({ projectId: id, runId: id }),
        admin.runs.start({ projectId: id, options: { kind: 'drill' } }),
        admin.runs.cancel({ projectId: id, runId: id }),
      ])
        await expect(call).rejects.toMatchObject({ code: 'NOT_FOUND' })
    },
  )
})
