import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audit } from '../../src/server/db/schema/index.ts'
import { createHandler } from '../../src/server/http/handler.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'
import { monthOf } from '../helpers/lab.ts'
import { type Call, restClient } from '../helpers/rest-client.ts'

let app: TestApp
let client: ReturnType<typeof restClient>
let admin: Record<string, string>
let narrowed: Record<string, string>
beforeAll(async () => {
  app = await openTestApp()
  for (const name of ['shop', 'blog']) await app.lab.addProject(name, monthOf(name))
  await app.watch.lookNow()
  app.labels.set('blog', 'group', ['press'])
  const place = { host: '127.0.0.1', port: 4317, publicUrl: undefined }
  const handle = createHandler({ app, place, pages: { fetch: () => new Response('a page') } })
  const send = (request: Request) => {
    const addressed = Object.assign(request, { ip: '192.0.2.7' })
    addressed.headers.set('host', '127.0.0.1:4317')
    return handle(addressed)
  }
  const document = await (await send(new Request('http://127.0.0.1:4317/api/v1/openapi.json'))).json()
  client = restClient(document, send)
  const bearer = (groups: string[] | null) => ({
    authorization: `Bearer ${app.tokens.add({ name: 'all', role: 'admin', groups, expiresAt: null })}`,
  })
  admin = bearer(null)
  narrowed = bearer(['press'])
})
afterAll(() => app.remove())

const call = (id: string, more: Call = {}, headers = admin) =>
  client.call(id, { ...more, headers: { ...headers, ...more.headers } })

const nightly = {
  ...{ name: 'Nightly', plan: { kind: 'backup' }, window: null, isPaused: false },
  trigger: { type: 'cron', cron: '30 3 * * *', timeZone: 'UTC' },
}
const following = (scheduleId: string) => ({
  ...{ name: 'Then', plan: { kind: 'drill' }, window: null, isPaused: false },
  trigger: { type: 'after', scheduleId, outcome: 'success', timeZone: 'UTC' },
})

describe('schedules for programs', () => {
  test('are made, looked at, changed, paused and removed, chains with them', async () => {
    const params = { projectId: 'shop' }
    const made = await call('addSchedule', { params, body: nightly })
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'Nightly', cron: '30 3 * * *', isPaused: false, nextAt: expect.any(String), last: null },
    })
    const ofOne = { ...params, scheduleId: made.body.id }
    expect(made.headers.get('location')).toBe(`/api/v1/projects/shop/schedules/${made.body.id}`)
    const then = await call('addSchedule', { params: { projectId: 'blog' }, body: following(made.body.id) })
    expect(then.body).toMatchObject({ cron: null, after: { scheduleId: made.body.id, outcome: 'success' } })
    const cycle = await call('changeSchedule', { params: ofOne, body: following(then.body.id) })
    expect(cycle).toMatchObject({ status: 409, body: { code: 'CHAIN_CYCLE' } })
    const never = { ...nightly, trigger: { ...nightly.trigger, cron: '0 0 30 2 *' } }
    expect((await call('changeSchedule', { params: ofOne, body: never })).body.code).toBe('CRON_NEVER')
    const weekly = { ...nightly, trigger: { ...nightly.trigger, cron: '0 4 * * 0' } }
    expect((await call('changeSchedule', { params: ofOne, body: weekly })).body.cron).toBe('0 4 * * 0')
    const paused = await call('pauseSchedule', { params: ofOne, body: { isPaused: true } })
    expect(paused.body).toMatchObject({ isPaused: true, nextAt: null })
    expect((await call('getSchedule', { params: ofOne })).body).toEqual(paused.body)
    expect((await call('removeSchedule', { params: ofOne })).body.code).toBe('SCHEDULE_FOLLOWED')
    await call('removeSchedule', { params: { projectId: 'blog', scheduleId: then.body.id } })
    expect((await call('removeSchedule', { params: ofOne })).status).toBe(204)
    expect((await call('listSchedules', { params })).body).toEqual({ data: [] })
  })

  test('of another group are as if they were not there, also to be run after', async () => {
    const made = await call('addSchedule', { params: { projectId: 'shop' }, body: nightly })
    const scheduleId = made.body.id
    for (const projectId of ['shop', 'nothing']) {
      const { status, body } = await call('getSchedule', { params: { projectId, scheduleId } }, narrowed)
      expect([status, body.title]).toEqual([404, 'There is no such project.'])
    }
    const own = { projectId: 'blog' }
    const mine = await call('addSchedule', { params: own, body: following(scheduleId) }, narrowed)
    expect(mine).toMatchObject({ status: 404, body: { title: 'There is no such schedule.' } })
    const elsewhere = await call('getSchedule', { params: { ...own, scheduleId } }, narrowed)
    expect(elsewhere).toMatchObject({ status: 404, body: { title: 'There is no such schedule.' } })
    expect((await call('listSchedules', { params: own }, narrowed)).body).toEqual({ data: [] })
  })
})

describe('users, tokens and the audit for programs', () => {
  test('are an admin’s of all projects: users get links, tokens are answered once, and neither is in the audit', async () => {
    const body = { email: 'Vera@Example.com', name: 'Vera', role: 'viewer', groups: ['press'] }
    const made = await call('addUser', { body })
    expect(made).toMatchObject({ status: 201, body: { email: 'vera@example.com', hasPassword: false } })
    expect((await call('addUser', { body })).body.code).toBe('USER_EXISTS')
    const params = { userId: made.body.id }
    const again = await call('makePasswordLink', { params })
    expect(again).toMatchObject({ status: 201, body: { secret: expect.any(String) } })
    const changed = await call('changeUser', { params, body: { role: 'operator', groups: null } })
    expect(changed.body).toMatchObject({ role: 'operator', groups: null, deactivatedAt: null })
    const out = await call('changeUser', { params, body: { isActive: false } })
    expect(out.body).toMatchObject({ role: 'operator', deactivatedAt: expect.any(String) })
    expect((await call('getUser', { params })).body).toEqual(out.body)

    const wanted = { name: 'ci', role: 'viewer', groups: null, days: 30 }
    const { token } = (await call('makeToken', { body: wanted })).body
    const ci = { authorization: `Bearer ${token}` }
    expect((await call('listProjects', {}, ci)).status).toBe(200)
    const listed = await call('listTokens')
    const { id: tokenId } = listed.body.data.find(({ name }: { name: string }) => name === 'ci')
    expect((await call('revokeToken', { params: { tokenId } })).status).toBe(204)
    expect((await call('listProjects', {}, ci)).status).toBe(401)
    expect((await call('revokeToken', { params: { tokenId } })).status).toBe(404)

    const noted = JSON.stringify([app.database.select().from(audit).all(), listed.body])
    for (const hidden of [token, made.body.secret, again.body.secret]) expect(noted).not.toContain(hidden)
    for (const id of ['listUsers', 'listTokens', 'listAudit', 'checkAudit'])
      expect([id, (await call(id, {}, narrowed)).status]).toEqual([id, 403])
  })

  test('the last admin stays one', async () => {
    const ada = await app.person('admin', 'ada@example.com')
    const params = { userId: ada.id }
    for (const body of [{ name: 'Eve', isActive: false }, { role: 'viewer' }, { groups: ['press'] }])
      expect((await call('changeUser', { params, body })).body.code).toBe('LAST_ADMIN')
    expect((await call('getUser', { params })).body).toMatchObject({
      name: 'admin',
      role: 'admin',
      groups: null,
    })
  })

  test('the audit comes in pages, the newest first, by what is asked for, and says whether it is whole', async () => {
    const first = await call('listAudit', { query: { limit: 2, actor: 'token all' } })
    expect(first.body.data).toHaveLength(2)
    const second = await call('listAudit', {
      query: { limit: 2, actor: 'token all', cursor: first.body.nextCursor },
    })
    const numbers = [...first.body.data, ...second.body.data].map(({ seq }) => seq)
    expect(numbers).toEqual(numbers.toSorted((a, b) => b - a))
    expect(new Set(numbers).size).toBe(4)
    const failed = await call('listAudit', { query: { outcome: 'failed', text: 'vera' } })
    expect(failed.body.data).toMatchObject([{ action: 'create user', subject: 'vera@example.com' }])
    expect((await call('listAudit', { query: { outcome: 'perhaps' } })).status).toBe(400)
    const { last, broken } = (await call('checkAudit')).body
    expect([broken, last.hash]).toEqual([null, expect.stringMatching(/^[0-9a-f]{64}$/)])
  })
})
