import { desc } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { projectIdsIn } from '../../src/server/auth/access.ts'
import type { Principal } from '../../src/server/auth/principal.ts'
import { roles } from '../../src/server/auth/roles.ts'
import { audit } from '../../src/server/db/schema/index.ts'
import { createHandler } from '../../src/server/http/handler.ts'
import { matrixPage, procedures } from '../../src/server/trpc/matrix.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'

let app: TestApp
let everybody: { name: string; principal: Principal | undefined }[]
beforeAll(async () => {
  app = await openTestApp()
  await Promise.all(['ours', 'theirs'].map((name) => app.lab.addProject(name)))
  await app.watch.lookNow()
  app.labels.set('ours', 'group', ['team a'])
  app.labels.set('theirs', 'group', ['team b'])
  everybody = [{ name: 'nobody', principal: undefined }]
  for (const role of roles) {
    everybody.push({ name: role, principal: await app.person(role) })
    everybody.push({ name: `token ${role}`, principal: app.token(role) })
    everybody.push({ name: `${role} of a group`, principal: await app.person(role, undefined, ['team a']) })
    everybody.push({ name: `token ${role} of a group`, principal: app.token(role, ['team a']) })
  }
})
afterAll(() => app.remove())

const schedule = {
  ...{ name: 'x', plan: { kind: 'backup' }, window: null, isPaused: false },
  trigger: { type: 'cron', cron: '30 3 * * *', timeZone: 'UTC' },
}

const rule = { name: 'x', events: ['failed'], scope: { type: 'all' }, channelIds: ['x'] }

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
  'projects.tryNew': { name: '../x', values: {}, part: 'all' },
  'projects.add': { name: '../x', values: {}, place: { environment: null, groups: [], tags: [] } },
  'projects.settings': { projectId: 'x' },
  'projects.change': { projectId: 'x', values: {}, fingerprint: '', keep: 'no' },
  'projects.place': { projectId: 'x', environment: null, groups: [], tags: [] },
  'projects.setInactive': { projectId: 'x', isInactive: true },
  'projects.remove': { projectId: 'x', typed: 'x' },
  'projects.putBack': { removedId: 'x' },
  'projects.dropRemoved': { removedId: 'x', typed: 'x' },
  'projects.planImport': { format: 'json', text: '' },
  'projects.applyImport': { format: 'json', text: '', rows: [1] },
  'projects.export': { format: 'json' },
  'projects.exportSealed': { passphrase: 'short' },
  'health.get': { projectId: 'x' },
  'health.check': { projectId: 'x' },
  'projects.adopt': { envFile: '/nowhere/x.env' },
  'projects.forget': { projectId: 'x' },
  'credentials.list': { projectId: 'x' },
  'credentials.set': { projectId: 'x', name: 'BORG_PASSPHRASE', value: 'x' },
  'credentials.clear': { projectId: 'x', name: 'BORG_PASSPHRASE' },
  'settings.set': {},
  'settings.setRecoveryPassphrase': { passphrase: 'x' },
  'session.passwordLink': { secret: 'x' },
  'session.choosePassword': { secret: 'x', password: 'four odd words' },
  'account.renewRecoveryCodes': { current: 'x' },
  'users.create': { email: 'no address', name: 'x', role: 'viewer', groups: null },
  'users.change': { userId: 'x', changes: {} },
  'users.deactivate': { userId: 'x' },
  'users.activate': { userId: 'x' },
  'users.resetLink': { userId: 'x' },
  'users.removeTotp': { userId: 'x' },
  'users.sessions': { userId: 'x' },
  'users.endSessions': { userId: 'x' },
  'tokens.create': { name: '', role: 'viewer', groups: null, days: 1 },
  'tokens.revoke': { tokenId: 'x' },
  'audit.list': {},
  'audit.export': { format: 'csv' },
  'alerts.acknowledge': { alertId: 'x' },
  'alerts.acknowledgeMany': { alertIds: ['x'] },
  'alerts.addRule': { rule },
  'alerts.changeRule': { ruleId: 'x', rule },
  'alerts.removeRule': { ruleId: 'x' },
  'alerts.addChannel': { name: 'x', channel: { kind: 'slack', url: 'no address' } },
  'alerts.changeChannel': { channelId: 'x', name: 'x', fields: {} },
  'alerts.removeChannel': { channelId: 'x' },
  'alerts.testChannel': { channelId: 'x' },
  'runs.list': { projectId: 'x' },
  'runs.unbegun': { projectId: 'x' },
  'runs.get': { projectId: 'x', runId: 'x' },
  'runs.log': { projectId: 'x', runId: 'x' },
  'runs.answer': { projectId: 'x', runId: 'x' },
  'runs.start': { projectId: 'x', options: { kind: 'backup' } },
  'archives.list': { projectId: 'x' },
  'archives.contents': { projectId: 'x', archive: 'x' },
  'archives.folder': { projectId: 'x', archive: 'x', bucket: 'x', prefix: '' },
  'archives.rows': { projectId: 'x', archive: 'x', table: 'x' },
  'archives.diff': { projectId: 'x', from: 'x', to: 'x' },
  'archives.plan': { projectId: 'x', change: {} },
  'drafts.list': { projectId: 'x' },
  'drafts.get': { projectId: 'x', draftId: 'x' },
  'drafts.begin': { projectId: 'x', state: {} },
  'drafts.save': { projectId: 'x', draftId: 'x', state: {} },
  'drafts.remove': { projectId: 'x', draftId: 'x' },
  'runs.cancel': { projectId: 'x', runId: 'x' },
  'schedules.takeOver': { projectId: 'x', unit: 'x', manager: 'user' },
  'schedules.preview': { cron: '30 3 * * *', timeZone: 'UTC' },
  'schedules.add': { projectId: 'x', schedule },
  'schedules.change': { projectId: 'x', scheduleId: 'x', schedule },
  'schedules.pause': { projectId: 'x', scheduleId: 'x', isPaused: true },
  'schedules.remove': { projectId: 'x', scheduleId: 'x' },
  'schedules.runNow': { projectId: 'x', scheduleId: 'x' },
}

/** What a call failed with, if it did. */
async function failureOf(path: string, principal: Principal | undefined, input: unknown) {
  const [group = '', name = ''] = path.split('.')
  const caller = z.record(z.string(), z.record(z.string(), z.function()))
  const groups = caller.parse({
    [group]: { [name]: Reflect.get(Reflect.get(app.as(principal), group), name) },
  })
  const call: unknown = groups[group]?.[name]
  if (typeof call !== 'function') throw new Error(`There is no ${path}.`)
  try {
    await call(input)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.cause : error
  }
}

/** Whether the call was let through, whatever came of it. */
async function isLetIn(path: string, principal: Principal | undefined): Promise<boolean> {
  const failure = await failureOf(path, principal, inputs[path])
  const code = failure instanceof Error && 'code' in failure ? failure.code : ''
  return code !== 'SIGNED_OUT' && code !== 'NOT_ALLOWED'
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

describe('a role that is narrowed to groups', () => {
  const ofProjects = procedures().filter(({ reach }) => reach === 'project')

  test.each(ofProjects)(
    'is answered by $path of another group’s project as of one that is not there',
    async (call) => {
      for (const { name, principal } of everybody) {
        if (principal?.groups == null || !call.allows(principal)) continue
        const base = z.record(z.string(), z.unknown()).parse(inputs[call.path])
        const [unknown, others] = [
          await failureOf(call.path, principal, { ...base, projectId: 'nothing' }),
          await failureOf(call.path, principal, { ...base, projectId: 'theirs' }),
        ]
        expect([name, others]).toMatchObject([
          name,
          { code: 'NOT_FOUND', message: 'There is no such project.' },
        ])
        expect(others).toEqual(unknown)
      }
    },
  )

  test('sees its own project, alone in the list, until the project leaves the group', async () => {
    const viewer = await app.person('viewer', undefined, ['team a', 'team c'])
    const ids = async () => (await app.as(viewer).projects.list()).map(({ id }) => id)
    expect(await ids()).toEqual(['ours'])
    expect(await app.as(viewer).projects.get({ projectId: 'ours' })).toMatchObject({ id: 'ours' })
    app.labels.set('ours', 'group', [])
    expect(await ids()).toEqual([])
    await expect(app.as(viewer).projects.get({ projectId: 'ours' })).rejects.toThrow()
    app.labels.set('ours', 'group', ['team a'])
  })

  test('sees nothing where it has no group, or where only a tag is called so', async () => {
    app.labels.set('theirs', 'tag', ['team a'])
    const ids = async (groups: string[]) =>
      (await app.as(app.token('viewer', groups)).projects.list()).map(({ id }) => id)
    expect(await ids([])).toEqual([])
    expect(await ids(['team a'])).toEqual(['ours'])
  })

  test('is told by the stream of events of its own projects alone, from when they are', async () => {
    const place = { host: '127.0.0.1', port: 4317, publicUrl: undefined }
    const handle = createHandler({ app, place, pages: { fetch: () => new Response() } })
    const secret = app.tokens.add({ name: 'stream', role: 'viewer', groups: ['team b'], expiresAt: null })
    const before = app.bus.listeners
    const headers = { host: '127.0.0.1:4317', authorization: `Bearer ${secret}` }
    const answer = await handle(new Request('http://127.0.0.1:4317/api/events', { headers }))
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    await reader?.read()
    for (const projectId of ['ours', 'theirs', 'ours', 'theirs'])
      app.bus.tell({ type: 'changed', projectId, runIds: [] })
    const events = [(await reader?.read())?.value, (await reader?.read())?.value].join('')
    expect(events.match(/"projectId":"\w+"/g)).toEqual(['"projectId":"theirs"', '"projectId":"theirs"'])
    await reader?.cancel()
    expect(app.bus.listeners).toBe(before)
  })

  test('has what it tried on another’s project noted', async () => {
    const operator = await app.person('operator', 'narrow@example.com', ['team a'])
    await failureOf('runs.start', operator, { projectId: 'theirs', kind: 'backup' })
    const last = app.database.select().from(audit).orderBy(desc(audit.seq)).limit(1).get()
    expect(last).toMatchObject({ actorName: 'narrow@example.com', subject: 'theirs', outcome: 'denied' })
  })

  test('is a matter of each call that names a project', () => {
    const forAll = procedures().filter(({ isOfProject, reach }) => isOfProject && reach !== 'project')
    expect(forAll.map(({ path }) => path)).toEqual([])
    expect(procedures().filter(({ isOfProject }) => isOfProject).length).toBeGreaterThan(6)
  })

  test('looks for ids of projects wherever they are in what is sent', () => {
    const input = {
      projectId: 'a',
      target: { kind: 'x', targetProjectId: 'b' },
      rows: [{ projectIds: ['c', 1] }],
      other: 'd',
    }
    expect(projectIdsIn(input)).toEqual(['a', 'b', 'c'])
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
