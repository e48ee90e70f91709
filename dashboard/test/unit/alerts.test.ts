import { rm, writeFile } from 'node:fs/promises'
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RunReport } from '../../../src/report/schema.ts'
import type { ReceiverAnswer } from '../../../test/helpers/receivers.ts'
import { alertDeliveries, alerts } from '../../src/server/db/schema/index.ts'
import type { Channel } from '../../src/server/services/alerts/channel-kinds.ts'
import { diskCondition } from '../../src/server/services/alerts/conditions.ts'
import { judgeRule } from '../../src/server/services/alerts/judge-rule.ts'
import type { RuleInput } from '../../src/server/services/alerts/rules.ts'
import { disksOf } from '../../src/server/services/machine.ts'
import { type Alerting, alertingOf, receivers, rule } from '../helpers/alerting.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'
import { monthOf } from '../helpers/lab.ts'
import { degraded, failed, leaveReports, reportOf } from '../helpers/reports.ts'

const started = receivers()
const start = Date.parse('2026-11-20T12:00Z')
const minute = 60_000
const hour = 60 * minute
/** So long after the beginning of the story. */
const at = (ms: number) => new Date(start + ms)

let app: TestApp
let alerting: Alerting
beforeEach(async () => {
  app = await openTestApp()
  for (const name of ['shop', 'blog']) await app.lab.addProject(name, monthOf(name, {}, start))
  await app.watch.lookNow()
  alerting = alertingOf(app)
})
afterEach(async () => {
  await started.stop()
  await app.remove()
})

/** What a night comes to. */
async function report(project: string, changes: Partial<RunReport>, when: Date) {
  await leaveReports(app.registry.get(project).stateDirectory, [reportOf(project, when, changes)])
  await app.watch.lookNow()
}

/** A receiver with a channel to it, and a rule that tells there. */
async function watched(
  answers: ReceiverAnswer[] = [],
  changes: Partial<RuleInput> = {},
  kind: 'webhook' | 'pagerduty' | 'healthchecks' | 'slack' = 'webhook',
) {
  const web = await started.http(answers)
  const channel: Channel =
    kind === 'pagerduty'
      ? { kind, server: web.url, routingKey: 'routing-key-of-ours' }
      : { kind, url: `${web.url}/hook` }
  const { channelId } = alerting.channels.add(kind, channel)
  const { ruleId } = alerting.rules.add(rule({ channelIds: [channelId], ...changes }))
  const told = () =>
    web.received.map(({ body }) => {
      const { type, event_action, data, payload, dedup_key } = JSON.parse(body)
      return { what: type ?? event_action, subject: data?.subject ?? payload?.summary, key: dedup_key }
    })
  return { web, channelId, ruleId, told, subjects: () => told().map(({ subject }) => subject) }
}
const open = () => alerting.list({ isOpen: true, limit: 50 }, () => true)
const messages = () => app.database.select().from(alertDeliveries).orderBy(alertDeliveries.createdAt).all()

describe('an alert', () => {
  test('is told once as long as its cause lasts, and that it is over when it ends', async () => {
    const { subjects } = await watched()
    await alerting.tick(at(0))
    expect(open()).toEqual([])
    await report('shop', failed, at(hour))
    for (const minutes of [61, 62, 90]) await alerting.tick(at(minutes * minute))
    expect(open()).toMatchObject([
      {
        ...{ event: 'failed', subject: 'shop: backup FAILED', projectId: 'shop', severity: 'critical' },
        text: expect.stringMatching(
          /2026-11-20 13:00 UTC failed: The database refused the password\. The last good one ended at 2026-11-20 09:03 UTC\. Mend the cause, then type: \.\/backup\.sh --project shop$/,
        ),
      },
    ])
    await report('shop', {}, at(2 * hour))
    await alerting.tick(at(3 * hour))
    expect(open()).toEqual([])
    expect(subjects()).toEqual(['shop: backup FAILED', 'Resolved: shop: backup FAILED'])
  })

  test('is told again where its rule says so, until somebody acknowledges it; a service that knows that is told', async () => {
    const { told } = await watched([], { repeatHours: 4 }, 'pagerduty')
    await report('shop', failed, at(hour))
    for (const hours of [2, 3, 6, 7, 10]) await alerting.tick(at(hours * hour))
    const [alert] = open()
    expect(alerting.acknowledge(alert?.id ?? '', () => true, 'ada', at(11 * hour))).toBe(true)
    expect(alerting.acknowledge(alert?.id ?? '', () => true, 'bob', at(11 * hour))).toBe(false)
    for (const hours of [11, 15, 19]) await alerting.tick(at(hours * hour))
    expect(open()).toMatchObject([{ acknowledgedBy: 'ada' }])
    await report('shop', {}, at(20 * hour))
    await alerting.tick(at(21 * hour))
    expect(told()).toEqual(
      ['trigger', 'trigger', 'trigger', 'acknowledge', 'resolve'].map((what) => ({
        ...{ what, key: alert?.id, subject: expect.stringContaining('shop: backup FAILED') },
      })),
    )
  })

  test.each([true, false])('says what is so now, acknowledged %s', async (isAcknowledged) => {
    await watched([], { events: ['failed'] })
    await report('shop', failed, at(hour))
    await alerting.tick(at(hour))
    if (isAcknowledged) alerting.acknowledge(open()[0]?.id ?? '', () => true, 'ada', at(2 * hour))
    const error = { ...failed.error, message: 'The disk is full.' }
    await report('shop', { ...failed, error }, at(25 * hour))
    await alerting.tick(at(25 * hour))
    expect(open()).toMatchObject([
      { text: expect.stringMatching(/2026-11-21 13:00 UTC failed: The disk is full\./) },
    ])
  })

  test('that is acknowledged before it was told is not told, nor that it is over', async () => {
    const { web } = await watched(['hang up'])
    const quiet = { window: { from: '08:00', to: '20:00' }, timeZone: 'UTC' }
    const [only] = alerting.rules.list()
    alerting.rules.change(only?.id ?? '', rule({ channelIds: only?.channelIds ?? [], quiet }))
    await report('shop', failed, at(hour))
    await alerting.tick(at(hour))
    alerting.acknowledge(open()[0]?.id ?? '', () => true, 'ada', at(2 * hour))
    await report('shop', {}, at(3 * hour))
    await alerting.tick(at(4 * hour))
    await alerting.tick(at(12 * hour))
    expect(web.received).toEqual([])
    expect(messages().map(({ state }) => state)).toEqual(['dropped'])
  })

  test('waits for the end of quiet hours by the clock of their time zone, also that it is over', async () => {
    // In Berlin it is an hour later than in UTC in November: from 21:00 to 06:00 UTC.
    const quiet = { window: { from: '22:00', to: '07:00' }, timeZone: 'Europe/Berlin' }
    const { subjects } = await watched([], { quiet })
    await report('shop', failed, at(9 * hour))
    await alerting.tick(at(9 * hour + minute))
    await alerting.tick(at(18 * hour - minute))
    expect(subjects()).toEqual([])
    await alerting.tick(at(18 * hour))
    expect(subjects()).toEqual(['shop: backup FAILED'])
    await report('blog', failed, at(33 * hour))
    await alerting.tick(at(33 * hour + minute))
    await report('blog', {}, at(34 * hour))
    await report('shop', {}, at(34 * hour))
    await alerting.tick(at(35 * hour))
    expect(subjects()).toHaveLength(1)
    await alerting.tick(at(42 * hour))
    expect(subjects().slice(1)).toEqual(['Resolved: shop: backup FAILED'])
  })

  test('stays open while its project cannot be read, and ends when the project rests or is taken out', async () => {
    await watched()
    for (const project of ['shop', 'blog']) await report(project, failed, at(hour))
    await alerting.tick(at(2 * hour))
    expect(open()).toHaveLength(2)
    await writeFile(app.lab.envFile('shop'), 'SUPABASE_URL=no address\n', { mode: 0o600 })
    await app.watch.lookNow()
    await alerting.tick(at(3 * hour))
    expect(
      open()
        .map(({ subject }) => subject)
        .sort(),
    ).toEqual(['blog: backup FAILED', 'shop: backup FAILED', 'shop: its configuration cannot be read'])
    app.registry.get('blog').inactiveSince = at(4 * hour)
    await alerting.tick(at(5 * hour))
    expect(open()).toHaveLength(2)
    await rm(app.lab.envFile('shop'))
    await app.watch.lookNow()
    await app.projects.forget('shop', 'ada')
    await alerting.tick(at(6 * hour))
    expect(open()).toEqual([])
    expect(alerting.list({ isOpen: false, limit: 9 }, () => true)).toHaveLength(3)
  })

  test('ends with its rule, and none is opened while the rule rests', async () => {
    const { ruleId, channelId, subjects } = await watched()
    await report('shop', failed, at(hour))
    await alerting.tick(at(hour))
    alerting.rules.change(ruleId, rule({ channelIds: [channelId], isPaused: true }))
    await report('blog', failed, at(2 * hour))
    await alerting.tick(at(2 * hour))
    expect(open()).toHaveLength(1)
    expect(() => alerting.channels.remove(channelId)).toThrow(/The rule everything tells/)
    alerting.rules.remove(ruleId, at(3 * hour))
    await alerting.tick(at(3 * hour))
    expect(open()).toEqual([])
    expect(subjects()).toEqual(['shop: backup FAILED', 'Resolved: shop: backup FAILED'])
    alerting.channels.remove(channelId)
    expect(messages().map(({ channelId: of, channelName }) => [of, channelName])).toEqual([
      [null, 'webhook'],
      [null, 'webhook'],
    ])
  })

  /** Hours at which shop's backup fails; half an hour later it is well again. */
  async function flap(hours: readonly number[]) {
    for (const when of hours) {
      await report('shop', failed, at(when * hour))
      await alerting.tick(at(when * hour))
      await report('shop', {}, at((when + 0.5) * hour))
      await alerting.tick(at((when + 0.5) * hour))
    }
  }

  test('whose cause comes and goes is told as flapping the third time, then not until it has stayed away for hours', async () => {
    const { subjects, web } = await watched()
    await flap([1, 2, 3, 4, 5, 6])
    const [flapping] = open()
    expect(flapping).toMatchObject({
      ...{ subject: 'shop: backup FAILED', flappingSince: at(hour).toISOString() },
      goneAt: at(6.5 * hour).toISOString(),
    })
    const once = ['shop: backup FAILED', 'Resolved: shop: backup FAILED']
    const told = [...once, ...once, 'Flapping: shop: backup FAILED']
    expect(subjects()).toEqual(told)
    expect(web.received.at(-1)?.body).toContain('again and again since 2026-11-20 13:00 UTC')
    await alerting.tick(at(12.5 * hour))
    expect(open()).toHaveLength(1)
    await alerting.tick(at(12.6 * hour))
    expect(open()).toEqual([])
    expect(subjects()).toEqual([...told, 'Resolved: shop: backup FAILED'])
    // From then on it is as at first.
    await flap([13])
    expect(subjects().slice(told.length + 1)).toEqual(once)
  })

  test('that flaps is told again when its cause stays, and its acknowledgement is kept as long as it flaps', async () => {
    const { subjects } = await watched()
    await flap([1, 2, 3])
    await report('shop', failed, at(4 * hour))
    await alerting.tick(at(4 * hour))
    await alerting.tick(at(10 * hour))
    expect(subjects().at(-1)).toBe('Flapping: shop: backup FAILED')
    await alerting.tick(at(10.1 * hour))
    expect(subjects().at(-1)).toBe('Still: shop: backup FAILED')
    await alerting.tick(at(11 * hour))
    await report('shop', {}, at(11 * hour))
    await alerting.tick(at(11.1 * hour))
    expect(subjects().at(-1)).toBe('Resolved: shop: backup FAILED')
    expect(subjects()).toHaveLength(7)

    await report('blog', {}, at(20 * hour))
    await flap([20, 21, 22])
    alerting.acknowledge(open()[0]?.id ?? '', () => true, 'ada', at(22.6 * hour))
    await alerting.tick(at(22.7 * hour))
    const { length } = subjects()
    expect(subjects().at(-1)).toBe('Acknowledged: shop: backup FAILED')
    await flap([23, 24])
    expect(open()).toMatchObject([{ acknowledgedBy: 'ada' }])
    expect(subjects()).toHaveLength(length)
    // It came again since somebody saw it, and that it stays now is told.
    await report('shop', failed, at(25 * hour))
    await alerting.tick(at(25 * hour))
    await alerting.tick(at(31.1 * hour))
    expect(open()).toMatchObject([{ acknowledgedBy: null }])
    expect(subjects().slice(length)).toEqual(['Still: shop: backup FAILED'])
  })

  test('of another kind is told while one flaps, and one that turns critical though it was acknowledged', async () => {
    const { subjects } = await watched()
    await flap([1, 2, 3])
    await report('shop', degraded, at(4 * hour))
    await alerting.tick(at(4 * hour))
    expect(subjects().at(-1)).toBe('shop: backup DEGRADED')
    const [flapping] = open().filter(({ event }) => event === 'failed')
    app.database.update(alerts).set({ severity: 'warning' }).where(eq(alerts.event, 'failed')).run()
    alerting.acknowledge(flapping?.id ?? '', () => true, 'ada', at(4 * hour))
    await report('shop', failed, at(5 * hour))
    await alerting.tick(at(5 * hour))
    expect(subjects().slice(-3).sort()).toEqual([
      'Acknowledged: shop: backup FAILED',
      'Flapping: shop: backup FAILED',
      'Resolved: shop: backup DEGRADED',
    ])
    expect(open()).toMatchObject([{ severity: 'critical', acknowledgedBy: null, goneAt: null }])
  })

  test('that flaps ends at once when its rule, or the project, is not looked at any more', async () => {
    const { ruleId, channelId } = await watched()
    await flap([1, 2, 3])
    expect(open()).toHaveLength(1)
    app.registry.get('shop').inactiveSince = at(4 * hour)
    await alerting.tick(at(4 * hour))
    expect(open()).toEqual([])
    app.registry.get('shop').inactiveSince = null
    await flap([5])
    expect(open()).toHaveLength(1)
    alerting.rules.change(ruleId, rule({ channelIds: [channelId], events: ['overdue'] }))
    await alerting.tick(at(6 * hour))
    expect(open()).toEqual([])
  })

  test('sets a check of Healthchecks right again only when no other is open', async () => {
    const { web } = await watched([], {}, 'healthchecks')
    for (const project of ['shop', 'blog']) await report(project, failed, at(hour))
    await alerting.tick(at(hour))
    await report('shop', {}, at(2 * hour))
    await alerting.tick(at(3 * hour))
    await report('blog', {}, at(4 * hour))
    await alerting.tick(at(5 * hour))
    expect(web.received.map(({ path }) => path)).toEqual(['/hook/fail', '/hook/fail', '/hook/log', '/hook'])
  })
})

describe('a message', () => {
  test('is tried again after longer and longer, as long as it is to be told, and has failed in the end', async () => {
    const { web } = await watched([503, 'hang up', 500, 408, 503, 502])
    await report('shop', failed, at(hour))
    let minutes = 60
    for (const wait of [0, 1, 5, 15, 60, 180]) {
      if (wait > 0) await alerting.tick(at((minutes + wait) * minute - 1))
      minutes += wait
      await alerting.tick(at(minutes * minute))
    }
    await alerting.tick(at(1000 * minute))
    expect(web.received).toHaveLength(6)
    expect(new Set(web.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(messages()).toMatchObject([{ state: 'failed', attempts: 6, answer: '502' }])
  })

  test('is not tried again where it was refused, and waits as long as it is asked to', async () => {
    const { web } = await watched([404, { status: 429, headers: { 'retry-after': '1800' } }])
    await report('shop', failed, at(hour))
    await alerting.tick(at(hour))
    await report('blog', failed, at(2 * hour))
    await alerting.tick(at(2 * hour))
    await alerting.tick(at(2 * hour + 29 * minute))
    expect(web.received).toHaveLength(2)
    await alerting.tick(at(2 * hour + 30 * minute))
    expect(web.received).toHaveLength(3)
    expect(messages().map(({ state, attempts }) => [state, attempts])).toEqual([
      ['failed', 1],
      ['delivered', 2],
    ])
  })

  test('waits until the date that it is asked to wait for', async () => {
    const later = new Date(Date.now() + 30 * minute).toUTCString()
    const { web } = await watched([{ status: 503, headers: { 'retry-after': later } }])
    await report('shop', failed, at(hour))
    await alerting.tick(at(hour))
    await alerting.tick(at(hour + 25 * minute))
    expect(web.received).toHaveLength(1)
    await alerting.tick(at(hour + 31 * minute))
    expect(web.received).toHaveLength(2)
  })

  test.each([503, 404] as const)(
    'that was answered with %i is not followed by that it is over',
    async (status) => {
      const { told } = await watched([status])
      await report('shop', failed, at(hour))
      await alerting.tick(at(hour))
      await report('shop', {}, at(hour))
      await alerting.tick(at(2 * hour))
      await alerting.tick(at(3 * hour))
      expect(open()).toEqual([])
      expect(told().map(({ what }) => what)).toEqual(['alert.opened'])
    },
  )

  test('that may have arrived, though no answer came, is followed by that it is over', async () => {
    const { told } = await watched(['silence'], {}, 'pagerduty')
    await report('shop', failed, at(hour))
    await alerting.tick(at(hour))
    await report('shop', {}, at(hour))
    await alerting.tick(at(2 * hour))
    await alerting.tick(at(3 * hour))
    expect(told().map(({ what }) => what)).toEqual(['trigger', 'resolve'])
    expect(messages().map(({ what, state }) => [what, state])).toEqual([
      ['opened', 'dropped'],
      ['resolved', 'delivered'],
    ])
  })

  test('that somebody has acknowledged while it was under way is not tried again', async () => {
    const { web } = await watched(['silence'])
    await report('shop', failed, at(hour))
    const under = alerting.tick(at(hour))
    await expect.poll(() => web.received.length, { timeout: 600_000 }).toBe(1)
    alerting.acknowledge(open()[0]?.id ?? '', () => true, 'ada', at(hour))
    await under
    await alerting.tick(at(3 * hour))
    expect(web.received).toMatchObject([
      { body: expect.stringContaining('alert.opened') },
      { body: expect.stringContaining('alert.acknowledged') },
    ])
    expect(messages().map(({ state }) => state)).toEqual(['dropped', 'delivered'])
  })

  test.each([
    ['before it was tried', 'waiting', 1],
    ['while it was tried', 'sending', 2],
  ] as const)(
    'is not lost where the dashboard ended %s, and arrives once more at most',
    async (_, state, attempts) => {
      const { web, channelId } = await watched()
      await report('shop', failed, at(hour))
      await alerting.tick(at(hour))
      const tried = state === 'sending' ? 1 : 0
      app.database.update(alertDeliveries).set({ state, attempts: tried, deliveredAt: null }).run()
      const again = alertingOf(app)
      if (state === 'sending') {
        await again.tick(at(2 * hour))
        expect(web.received).toHaveLength(1)
      }
      again.deliveries.recover(at(2 * hour))
      await again.tick(at(3 * hour))
      await again.tick(at(4 * hour))
      expect(new Set(web.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
      expect(web.received).toHaveLength(2)
      expect(messages()).toMatchObject([{ state: 'delivered', attempts, channelId }])
    },
  )

  test('is not begun any more when the dashboard is about to end, and is sent when it is there again', async () => {
    const { web } = await watched()
    await report('shop', failed, at(hour))
    alerting.deliveries.close()
    await alerting.tick(at(hour))
    expect(web.received).toEqual([])
    await alertingOf(app).tick(at(2 * hour))
    expect(web.received).toHaveLength(1)
  })

  test('to a channel that does not answer holds up no other channel, and its own stay in order', async () => {
    const slow = await watched(['silence'])
    const quick = await watched([], { name: 'other' }, 'slack')
    for (const project of ['blog', 'shop']) await report(project, failed, at(hour))
    await alerting.tick(at(hour))
    expect([slow.web.received.length, quick.web.received.length]).toEqual([1, 2])
    await alerting.tick(at(hour + 2 * minute))
    expect(slow.web.received).toHaveLength(3)
  })

  test('is kept for 90 days', async () => {
    await watched()
    await report('shop', failed, at(hour))
    await alerting.tick(at(hour))
    const days = (count: number) => at(count * 24 * hour)
    await alerting.tick(days(89))
    const { length } = messages()
    await alerting.tick(days(92))
    expect(messages().length).toBeLessThan(length)
  })
})

describe('what a rule is about', () => {
  const judged = (changes: Partial<RuleInput>, now: Date) => {
    const { found } = judgeRule(
      { ...rule({ channelIds: ['x'], ...changes }), id: 'r' },
      app.registry.all(),
      new Map(),
      [],
      now,
    )
    return found.map(({ event, subject }) => [event, subject])
  }

  test('is a backup that is degraded, one that did not come, and a drill that failed', async () => {
    await report('shop', degraded, at(hour))
    expect(judged({}, at(2 * hour))).toEqual([['degraded', 'shop: backup DEGRADED']])
    await report('shop', { ...failed, kind: 'drill' }, at(2 * hour))
    expect(judged({ events: ['drill-failed'] }, at(3 * hour))).toEqual([
      ['drill-failed', 'shop: drill FAILED'],
    ])
    expect(judged({ events: ['overdue'] }, at(30 * hour)).sort()).toEqual([
      ['overdue', 'blog: backup OVERDUE'],
      ['overdue', 'shop: backup OVERDUE'],
    ])
  })

  test('is an archive that has grown or shrunk by more than so much', async () => {
    const [archive] = reportOf('shop', at(0)).archives
    if (archive === undefined) throw new Error('There is none.')
    const of = (share: number) => ({
      archives: [{ ...archive, originalBytes: archive.originalBytes * share }],
    })
    await report('shop', of(1.6), at(hour))
    expect(judged({}, at(2 * hour))).toEqual([['growth', 'shop: archive has 60 % more than before']])
    expect(judged({ changePercent: 60 }, at(2 * hour))).toEqual([])
    await report('shop', of(0.2), at(2 * hour))
    expect(judged({}, at(2 * hour))).toEqual([['shrink', expect.stringContaining('less than before')]])
  })

  test('is a disk, told apart by what it is and not by its size', async () => {
    const disk = (path: string, freeBytes: number) => ({ path, places: [path], freeBytes, totalBytes: 1000 })
    const found = [disk('/a', 40), disk('/b', 40), disk('/c', 500)].map((one) =>
      diskCondition(one, { freePercent: 5, changePercent: 50 }),
    )
    expect(found.map((condition) => condition?.about)).toEqual(['/a', '/b', undefined])
    const state = app.registry.get('shop').stateDirectory
    const places = [
      { place: 'the dashboard', path: app.lab.directory },
      { place: 'shop', path: state },
      { place: 'nowhere', path: '/nowhere/at/all' },
    ]
    expect(await disksOf(places)).toMatchObject([
      { path: app.lab.directory, places: ['the dashboard', 'shop'] },
    ])
  })

  test('is the project or the group that it names', async () => {
    app.labels.set('blog', 'group', ['press'])
    for (const project of ['shop', 'blog']) await report(project, failed, at(hour))
    await watched([], { scope: { type: 'group', group: 'press' } })
    await alerting.tick(at(hour))
    expect(open().map(({ subject }) => subject)).toEqual(['blog: backup FAILED'])
    app.labels.set('blog', 'group', [])
    await alerting.tick(at(2 * hour))
    expect(open()).toEqual([])
    const ofNobody = rule({ channelIds: ['x'], scope: { type: 'project', project: 'nobody' } })
    expect(() => alerting.rules.add(ofNobody)).toThrow(/no such project/)
    expect(app.database.select().from(alerts).where(eq(alerts.event, 'failed')).all()).toHaveLength(1)
  })
})
