import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alerts, audit } from '../../src/server/db/schema/index.ts'
import { createHandler } from '../../src/server/http/handler.ts'
import { receivers, rule, secret } from '../helpers/alerting.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'
import { monthOf } from '../helpers/lab.ts'
import { failed } from '../helpers/reports.ts'
import { type Call, restClient } from '../helpers/rest-client.ts'

const started = receivers()
let app: TestApp
let client: ReturnType<typeof restClient>
let admin: Record<string, string>
beforeAll(async () => {
  app = await openTestApp()
  for (const name of ['shop', 'blog']) await app.lab.addProject(name, monthOf(name, { 0: failed }))
  await app.watch.lookNow()
  app.labels.set('blog', 'group', ['press'])
  app.settings.set({ alertsMayGoInside: true })
  const place = { host: '127.0.0.1', port: 4317, publicUrl: undefined }
  const handle = createHandler({ app, place, pages: { fetch: () => new Response('a page') } })
  const send = (request: Request) => {
    const addressed = Object.assign(request, { ip: '192.0.2.7' })
    addressed.headers.set('host', '127.0.0.1:4317')
    return handle(addressed)
  }
  const document = await (await send(new Request('http://127.0.0.1:4317/api/v1/openapi.json'))).json()
  client = restClient(document, send)
  const token = app.tokens.add({ name: 'all', role: 'admin', groups: null, expiresAt: null })
  admin = { authorization: `Bearer ${token}` }
})
afterAll(async () => {
  await started.stop()
  await app.remove()
})

const call = (id: string, more: Call = {}) =>
  client.call(id, { ...more, headers: { ...admin, ...more.headers } })

describe('alerts for programs', () => {
  test('are set up, tried, listed and acknowledged, and neither answers nor the audit have a secret', async () => {
    const web = await started.http()
    const answers: unknown[] = []
    const kept = async (id: string, more: Call = {}) => {
      const answer = await call(id, more)
      answers.push(answer.body)
      return answer
    }
    const channel = { kind: 'ntfy', server: web.url, topic: 'ours', token: secret }
    const made = await kept('addAlertChannel', { body: { name: 'phone', channel } })
    const params = { channelId: made.body.id }
    expect([made.status, made.headers.get('location')]).toEqual([
      201,
      `/api/v1/alerts/channels/${made.body.id}`,
    ])
    const changed = await kept('changeAlertChannel', { params, body: { fields: { topic: 'all of us' } } })
    expect(changed.body).toMatchObject({ code: 'CHANNEL_INVALID', title: expect.stringContaining('topic') })
    await kept('changeAlertChannel', { params, body: { fields: { topic: 'all', token: `${secret}-2` } } })
    const bare = await kept('changeAlertChannel', { params, body: { fields: { token: null } } })
    expect(bare.body).toMatchObject({ secretNames: [], settings: { topic: 'all' } })
    await kept('changeAlertChannel', { params, body: { fields: { token: `${secret}-2` } } })
    expect((await kept('testAlertChannel', { params })).body).toEqual({ isDelivered: true, answer: '200' })
    const rule = { name: 'all', events: ['failed'], scope: { type: 'all' }, channelIds: [made.body.id] }
    const ruleId = (await kept('addAlertRule', { body: rule })).body.id
    const wrong = { ...rule, quiet: { window: { from: '22:00', to: '07:00' }, timeZone: 'Mars/Phobos' } }
    const refused = await kept('changeAlertRule', { params: { ruleId }, body: wrong })
    expect(refused.body.code).toBe('TIME_ZONE_UNKNOWN')
    await kept('changeAlertRule', { params: { ruleId }, body: { ...rule, repeatHours: 12 } })
    await app.alerts.tick()
    const first = await kept('listAlerts', { query: { limit: 1 } })
    const next = await kept('listAlerts', { query: { limit: 1, cursor: first.body.nextCursor } })
    expect(next.body.nextCursor).toBeNull()
    const both = [...first.body.data, ...next.body.data]
    expect(both.map(({ projectId }) => projectId).sort()).toEqual(['blog', 'shop'])
    const acknowledged = await kept('acknowledgeAlert', { params: { alertId: both[0].id } })
    expect(acknowledged.body).toMatchObject({ acknowledgedBy: 'token all', resolvedAt: null })
    const deliveries = await kept('listAlertDeliveries', { query: { limit: 2 } })
    expect(deliveries.body.data).toMatchObject([{ what: 'opened' }, { what: 'opened', state: 'delivered' }])
    const rest = await kept('listAlertDeliveries', { query: { cursor: deliveries.body.nextCursor } })
    expect(rest.body.data).toMatchObject([{ what: 'test', subject: null, channelName: 'phone' }])
    expect((await kept('removeAlertChannel', { params })).body.code).toBe('CHANNEL_USED')
    expect((await kept('removeAlertRule', { params: { ruleId } })).status).toBe(204)
    await app.alerts.tick()
    expect((await kept('removeAlertChannel', { params })).status).toBe(204)
    expect((await kept('listAlerts', { query: { state: 'over' } })).body.data).toHaveLength(2)
    const noted = app.database.select().from(audit).all()
    expect(noted.find(({ action }) => action === 'change alert rule')).toBeDefined()
    const change = noted.filter(
      ({ action, outcome }) => action === 'change alert channel' && outcome === 'done',
    )
    expect(JSON.parse(change[0]?.details ?? '')).toMatchObject({
      before: { topic: 'ours', token: '***' },
      after: { topic: 'all', token: '***' },
    })
    // The audit says what it was about, as of what is done on a screen.
    const about = noted.filter(({ action }) => action.includes('alert'))
    expect(about.map(({ action, subject }) => [action, subject])).toEqual(
      expect.arrayContaining([
        ...[
          ['add alert channel', 'phone'],
          ['change alert channel', 'phone'],
          ['test alert channel', 'phone'],
        ],
        ...[
          ['remove alert channel', 'phone'],
          ['add alert rule', 'all'],
          ['change alert rule', 'all'],
        ],
        ...[
          ['remove alert rule', 'all'],
          ['acknowledge alert', `${both[0].projectId}: backup FAILED`],
        ],
      ]),
    )
    expect(about.filter(({ subject }) => subject === '')).toEqual([])
    expect(JSON.stringify([answers, noted])).not.toContain(secret)
    expect(web.received.at(-1)?.headers.authorization).toBe(`Bearer ${secret}-2`)
  })
})

describe('a role that is narrowed to a group', () => {
  test('is told of alerts of its projects alone, and acknowledges no other: as if it were not there', async () => {
    const row = (id: string, projectId: string | null) => ({
      ...{ id, projectId, projectName: projectId, openKey: id, ruleName: 'all', event: 'failed' as const },
      ...{ subject: id, text: '', severity: 'critical' as const, openedAt: new Date(), toldAt: new Date() },
    })
    app.database
      .insert(alerts)
      .values([row('ours', 'blog'), row('theirs', 'shop'), row('disk', null)])
      .run()
    const operator = await app.person('operator', undefined, ['press'])
    const mine = app.as(operator)
    expect((await mine.alerts.open()).map(({ id }) => id)).toEqual(['ours'])
    expect((await app.as(app.token('viewer')).alerts.open()).map(({ id }) => id).sort()).toEqual([
      ...['disk', 'ours', 'theirs'],
    ])
    for (const alertId of ['theirs', 'disk', 'nothing'])
      await expect(mine.alerts.acknowledge({ alertId })).rejects.toMatchObject({
        message: 'There is no such alert.',
      })
    expect(await mine.alerts.summary()).toEqual({ count: 1, isCritical: true, subjects: ['ours'] })
    await expect(mine.alerts.acknowledgeMany({ alertIds: ['ours', 'theirs'] })).rejects.toThrow()
    expect(await mine.alerts.summary()).toMatchObject({ count: 1 })
    await mine.alerts.acknowledgeMany({ alertIds: ['ours'] })
    expect(await mine.alerts.summary()).toEqual({ count: 0, isCritical: false, subjects: [] })
    expect(await app.as(app.token('viewer')).alerts.summary()).toMatchObject({ count: 2 })
    for (const closed of [mine.alerts.rules(), mine.alerts.channels(), mine.alerts.deliveries()])
      await expect(closed).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(app.database.select().from(audit).all().at(-1)).toMatchObject({ outcome: 'denied' })
  })
})

test('A name that somebody types is one line, which turns no text beside it round', async () => {
  const admin = app.as(await app.person('admin'))
  const channel = { kind: 'slack' as const, url: 'https://hooks.example.com/x' }
  const typed = ` on\r\ncall\u2028\u202Egnp.\u2066 👩‍🚀 `
  const { channelId } = await admin.alerts.addChannel({ name: typed, channel })
  await admin.alerts.addRule({ rule: rule({ name: typed, channelIds: [channelId] }) })
  const shown = 'on call gnp. 👩‍🚀'
  const read = (text: string) => text.replace(/ +/g, ' ')
  expect((await admin.alerts.channels()).map(({ name }) => read(name))).toEqual([shown])
  expect((await admin.alerts.rules()).map(({ name }) => read(name))).toEqual([shown])
  await expect(admin.alerts.addChannel({ name: '\u202E\n', channel })).rejects.toThrow()
  await expect(
    admin.tokens.create({ name: '\u202E', role: 'viewer', groups: null, days: 1 }),
  ).rejects.toThrow()
})
