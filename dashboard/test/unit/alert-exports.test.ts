import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { desc, eq, sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { launches } from '../../src/server/db/schema/index.ts'
import type { ScheduleInput } from '../../src/server/services/schedules/schedules.ts'
import { type Alerting, alertingOf, rule } from '../helpers/alerting.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'
import { monthOf } from '../helpers/lab.ts'

const start = Date.parse('2026-11-20T12:00Z')
const at = (minutes: number) => new Date(start + minutes * 60_000)
const weekly: ScheduleInput = {
  name: 'weekly tables',
  plan: { kind: 'export', only: ['database'], formats: ['csv'], keep: 2 },
  trigger: { type: 'cron', cron: '0 3 * * 6', timeZone: 'UTC' },
  window: null,
  isPaused: false,
}
const full = {
  ...{ code: 'DISK_FULL', message: 'The disk is full.', detail: null },
  ...{ suggestion: 'Make room.', phase: 'export' },
}

let app: TestApp
let alerting: Alerting
let scheduleId: string
beforeEach(async () => {
  app = await openTestApp()
  await app.lab.addProject('shop', monthOf('shop', {}, start))
  await app.watch.lookNow()
  const exportDirectory = join(app.lab.folder, 'exports')
  await mkdir(exportDirectory)
  app.settings.set({ exportDirectory })
  ;({ scheduleId } = app.schedules.add('shop', weekly, 'ada', at(0)))
  alerting = alertingOf(app)
  const { channelId } = alerting.channels.add('hook', { kind: 'webhook', url: 'http://127.0.0.1:9/hook' })
  alerting.rules.add(rule({ channelIds: [channelId], events: ['failed'] }))
})
afterEach(() => app.remove())

/** A run of the schedule that came to this; then alerts are looked for. */
async function exported(outcome: Partial<typeof launches.$inferInsert>, when: Date) {
  app.schedules.runNow('shop', scheduleId, 'ada')
  const [newest] = app.database.select().from(launches).orderBy(desc(sql`rowid`)).limit(1).all()
  app.database
    .update(launches)
    .set({ startedAt: when, begunAt: when, ...outcome })
    .where(eq(launches.runId, `${newest?.runId}`))
    .run()
  await alerting.tick(when)
}
const refused = { state: 'refused', problem: JSON.stringify(full) } as const
const open = () => alerting.list({ isOpen: true, limit: 50 }, () => true)

test('an export of a schedule that fails is told as failed, by its name, until one is good', async () => {
  await exported({ state: 'answered' }, at(1))
  expect(open()).toEqual([])
  await exported(refused, at(2))
  expect(open()).toMatchObject([
    {
      ...{ event: 'failed', subject: 'shop: export FAILED (weekly tables)', severity: 'critical' },
      projectId: 'shop',
      text: 'The export of the schedule weekly tables that began at 2026-11-20 12:02 UTC failed: The disk is full. Make room.',
    },
  ])
  // By the order of asking, also where the clock was put back.
  await exported({ state: 'answered' }, at(-90))
  expect(open()).toEqual([])
})

test('an export that nobody knows the end of is told too, and one that is there already has not failed', async () => {
  await exported({ state: 'lost' }, at(1))
  expect(open()).toMatchObject([{ text: expect.stringContaining('The dashboard was ended') }])
  const existing = JSON.stringify({ ...full, code: 'EXPORT_EXISTS' })
  await exported({ state: 'skipped', problem: existing }, at(2))
  expect(open()).toEqual([])
})

test.each([
  ['cancelled while it ran', { ...refused, cancelledBy: 'ada' }],
  ['cancelled before its turn', { state: 'cancelled' }],
  [
    'too late for its window',
    { state: 'skipped', problem: JSON.stringify({ ...full, code: 'WINDOW_CLOSED' }) },
  ],
] as const)('an export that was %s neither fails nor mends what failed before it', async (_, outcome) => {
  await exported(outcome, at(1))
  expect(open()).toEqual([])
  await exported(refused, at(2))
  await exported(outcome, at(3))
  expect(open()).toHaveLength(1)
})

test('an export that failed is over where its schedule is paused or removed', async () => {
  await exported(refused, at(1))
  expect(open()).toHaveLength(1)
  app.schedules.pause('shop', scheduleId, true, at(2))
  await alerting.tick(at(2))
  expect(open()).toEqual([])
  app.schedules.pause('shop', scheduleId, false, at(3))
  await alerting.tick(at(3))
  expect(open()).toHaveLength(1)
  app.schedules.remove('shop', scheduleId, 'ada')
  await alerting.tick(at(4))
  expect(open()).toEqual([])
})
