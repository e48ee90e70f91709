import { createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ReceiverAnswer } from '../../../test/helpers/receivers.ts'
import { sealedTexts } from '../../src/server/crypto/sealed-fields.ts'
import type { Channel } from '../../src/server/services/alerts/channel-kinds.ts'
import { masked } from '../../src/server/services/alerts/masked.ts'
import {
  type Alerting,
  alertingOf,
  channelsTo,
  databaseBytes,
  receivers,
  secret,
} from '../helpers/alerting.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'

let app: TestApp
let alerting: Alerting
const started = receivers()
beforeAll(async () => {
  app = await openTestApp()
  alerting = alertingOf(app)
})
afterEach(() => started.stop())
afterAll(() => app.remove())

const sendTest = (channel: Channel, by = alerting) =>
  by.deliveries.test(by.channels.add('x', channel).channelId)

describe('the test of a channel', () => {
  test('arrives by each kind in the form that its service documents', async () => {
    const web = await started.http()
    const mail = await started.mail()
    for (const channel of channelsTo(web.url, mail.url(`ops:${secret}`)))
      expect([channel.kind, await sendTest(channel)]).toMatchObject([channel.kind, { isDelivered: true }])
    const [hook, slack, discord, teams, ntfy, pagerDuty, healthchecks] = web.received
    const body = (received: typeof hook) => JSON.parse(received?.body ?? '')
    const { headers = {} } = hook ?? {}
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${hook?.body}`
    expect(headers['webhook-signature']).toBe(
      `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`,
    )
    expect(body(hook)).toMatchObject({
      type: 'alert.test',
      data: { subject: 'A test of this channel', project: null },
    })
    expect(body(slack).text).toMatch(/^\*A test of this channel\*\n/)
    expect(body(discord)).toMatchObject({ allowed_mentions: { parse: [] } })
    expect(body(teams).attachments[0].content).toMatchObject({
      type: 'AdaptiveCard',
      actions: [{ url: 'https://backups.example.com/alerts' }],
    })
    expect(body(ntfy)).toMatchObject({ topic: 'backups', click: 'https://backups.example.com/alerts' })
    expect(ntfy?.headers.authorization).toBe(`Bearer ${secret}`)
    expect(pagerDuty?.path).toBe('/v2/enqueue')
    expect(body(pagerDuty)).toMatchObject({ event_action: 'trigger', payload: { severity: 'info' } })
    // It changes nothing of the check.
    expect(healthchecks).toMatchObject({ path: `/${secret}/log`, contentType: 'text/plain; charset=utf-8' })
    expect(mail.received[0]).toMatchObject({ from: 'backup@example.com', to: ['ops@example.com'] })
    expect(mail.received[0]?.content).toContain('Subject: [supabase-backup] A test of this channel')
  })

  test.each<[string, ReceiverAnswer, { isDelivered: boolean; answer: RegExp }]>([
    ['has no answer in time', 'silence', { isDelivered: false, answer: /^no answer in 0\.5 s$/ }],
    ['is hung up on', 'hang up', { isDelivered: false, answer: /socket hang up/ }],
    [
      'is answered in half, as its status has been said',
      'half an answer',
      { isDelivered: true, answer: /^200$/ },
    ],
    ['is answered 503', 503, { isDelivered: false, answer: /^503$/ }],
    [
      'is led elsewhere, where it does not go',
      { status: 307, headers: { location: '/elsewhere' } },
      { isDelivered: false, answer: /^307$/ },
    ],
  ])('that %s says so', async (_, answer, { isDelivered, answer: said }) => {
    const web = await started.http([answer])
    const sent = await sendTest({ kind: 'slack', url: `${web.url}/${secret}` })
    expect(sent).toEqual({ isDelivered, answer: expect.stringMatching(said) })
    expect(web.received).toHaveLength(1)
  })

  test('by a mail server that refuses says what it said', async () => {
    const mail = await started.mail()
    const smtp = mail.url('ops:wrong-password')
    const sent = await sendTest({ kind: 'mail', to: ['a@example.com'], from: 'b@example.com', smtp })
    expect(sent).toMatchObject({ isDelivered: false, answer: expect.stringContaining('No such user') })
  })

  test.each([
    ['http://169.254.169.254/latest', 'nothing is sent to'],
    ['http://[::ffff:a9fe:a9fe]/', 'nothing is sent to'],
    ['http://[64:ff9b::a9fe:a9fe]/', 'nothing is sent to'],
    ['http://0/', 'nothing is sent to'],
    ['http://127.0.0.1:1/', 'private network'],
    ['http://2130706433/', 'private network'],
    ['http://[::1]/', 'private network'],
    ['http://10.0.0.1/', 'private network'],
    ['http://localhost/', 'private network'],
  ])('goes not to %s', async (url, reason) => {
    const strict = alertingOf(app, false)
    const sent = await sendTest({ kind: 'webhook', url }, strict)
    expect(sent).toEqual({ isDelivered: false, answer: expect.stringContaining(reason) })
  })

  test('by mail goes not to the machine’s own link, and not inside where that is not allowed', async () => {
    const mail = (smtp: string): Channel => ({ kind: 'mail', to: ['a@b.c'], from: 'a@b.c', smtp })
    expect((await sendTest(mail('smtp://169.254.169.254'))).answer).toContain('nothing is sent to')
    expect((await sendTest(mail('smtp://localhost:25'), alertingOf(app, false))).answer).toContain('private')
  })
})

describe('the secrets of a channel', () => {
  test('are in no list, no answer that is kept and nowhere in the database as they are', async () => {
    const refusal = () => ({ status: 404, headers: { 'x-is': 'echo' } })
    const web = await started.http(Array.from({ length: 8 }, refusal))
    const mail = await started.mail()
    for (const channel of channelsTo(web.url, mail.url(`ops:${secret}`))) await sendTest(channel)
    const told = JSON.stringify([alerting.channels.list(), alerting.deliveries.list({ limit: 200 })])
    expect(told).toContain('127.0.0.1')
    expect(told).not.toContain(secret)
    expect(databaseBytes(app)).not.toContain(secret)
  })

  test('are masked in an answer that says the address or the key again', () => {
    const channel = {
      kind: 'webhook',
      url: `https://example.com/hooks/${secret}%20x?t=t0ken-of`,
      key: 'key-of-the-hook-1',
    } as const
    const said = `Cannot POST /hooks/${secret}%20x?t=t0ken-of, nor ${secret} x, nor t0ken-of, by key-of-the-hook-1`
    expect(masked(said, channel)).toBe('Cannot POST ***, nor ***, nor ***, by ***')
    expect(masked('500 no such hook', channel)).toBe('500 no such hook')
  })

  test('stay as they are where they are not typed, but not for another address', () => {
    const { channels } = alerting
    const { channelId } = channels.add('phone', {
      ...{ kind: 'ntfy', server: 'https://ntfy.sh', topic: 'ours', token: secret },
    })
    channels.change(channelId, { name: 'my phone', fields: { topic: 'others' } })
    expect(channels.get(channelId)).toMatchObject({
      ...{ name: 'my phone', goesTo: 'ntfy.sh/others', secretNames: ['token'] },
    })
    expect(channels.open(channels.find(channelId))).toMatchObject({ token: secret, topic: 'others' })
    const elsewhere = { server: 'https://evil.example.com' }
    expect(() => channels.change(channelId, { fields: elsewhere })).toThrow(/typed for the address before/)
    channels.change(channelId, { fields: { ...elsewhere, token: 'another-token' } })
    expect(channels.open(channels.find(channelId))).toMatchObject({ token: 'another-token' })
  })

  test('are taken away where the channel does without them, and where it does not they stay', () => {
    const { channels } = alerting
    const { channelId } = channels.add('phone', {
      ...{ kind: 'ntfy', server: 'https://ntfy.sh', topic: 'ours', token: secret },
    })
    channels.change(channelId, { fields: { token: null } })
    expect(channels.get(channelId)).toMatchObject({ secretNames: [], goesTo: 'ntfy.sh/ours' })
    expect(channels.open(channels.find(channelId))).not.toHaveProperty('token')
    const slack = channels.add('slack', { kind: 'slack', url: `https://hooks.slack.com/${secret}` })
    expect(() => channels.change(slack.channelId, { fields: { url: null } })).toThrow(/field url/)
    expect(channels.get(slack.channelId)).toMatchObject({ secretNames: ['url'] })
  })

  test('are sealed anew with a new key, and said to be lost with a lost one', () => {
    const { channels } = alerting
    const { channelId } = channels.add('slack', { kind: 'slack', url: `https://hooks.slack.com/${secret}` })
    app.keys.rotate()
    expect(channels.open(channels.find(channelId))).toMatchObject({ url: expect.stringContaining(secret) })
    for (const { place, replace } of sealedTexts(app.database)) if (place.includes(channelId)) replace(null)
    expect(channels.get(channelId)).toMatchObject({ secretsSetAt: null })
    expect(() => channels.open(channels.find(channelId))).toThrow(/key that sealed them was lost/)
  })
})
