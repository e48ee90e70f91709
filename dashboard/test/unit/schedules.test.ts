import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { launches } from '../../src/server/db/schema/index.ts'
import { nextTimes } from '../../src/server/services/schedules/cron.ts'
import { isWithin } from '../../src/server/services/schedules/day-window.ts'
import { schedulerOf } from '../../src/server/services/schedules/scheduler.ts'
import type { ScheduleInput } from '../../src/server/services/schedules/schedules.ts'
import { cronWords } from '../../src/shared/cron-words.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'
import { leaveReports, reportOf } from '../helpers/reports.ts'

const berlin = 'Europe/Berlin'
const timesOf = (cron: string, from: string, count = 4) =>
  nextTimes({ cron, timeZone: berlin }, new Date(from), count).map((time) => time.toISOString().slice(0, 16))

describe('times in a time zone', () => {
  test('come at the end of the gap where clocks are put forward', () => {
    expect(timesOf('30 2 * * *', '2026-03-27T12:00Z')).toEqual([
      '2026-03-28T01:30',
      '2026-03-29T01:00',
      '2026-03-30T00:30',
      '2026-03-31T00:30',
    ])
  })

  test('come once where clocks are put back, unless they are by the hour', () => {
    expect(timesOf('30 2 * * *', '2026-10-24T12:00Z', 2)).toEqual(['2026-10-25T00:30', '2026-10-26T01:30'])
    expect(timesOf('30 * * * *', '2026-10-24T23:40Z', 3)).toEqual([
      '2026-10-25T00:30',
      '2026-10-25T01:30',
      '2026-10-25T02:30',
    ])
  })

  test.each([
    ['30 3 * * *', 'at 03:30 every day'],
    ['0 6,18 * * 1-5', 'at 06:00 and 18:00 on Monday to Friday'],
    ['*/15 * * * *', 'every 15 minutes every day'],
    ['0 */6 * * *', 'every 6 hours every day'],
    ['30 7 1 * *', 'at 07:30 on day 1 of the month'],
    ['0 4 * * SUN', 'at 04:00 on Sunday'],
    ['0 4 1 1,7 *', 'at 04:00 on day 1 of the month in January and July'],
    ['@weekly', 'at 00:00 on Sunday'],
    ['1-30/7 4 * * 5#2', null],
  ])('%s are in words: %s', (cron, words) => {
    expect(cronWords(cron)).toBe(words)
  })

  test('are within a part of a day that goes over midnight', () => {
    const night = { from: '22:00', to: '05:30' }
    const at = (time: string) => isWithin(night, berlin, new Date(time))
    expect([at('2026-11-28T21:00Z'), at('2026-11-29T04:29Z')]).toEqual([true, true])
    expect([at('2026-11-28T20:59Z'), at('2026-11-29T04:30Z')]).toEqual([false, false])
  })
})

const nightly: ScheduleInput = {
  name: 'nightly',
  plan: { kind: 'backup' },
  trigger: { type: 'cron', cron: '0 3 * * *', timeZone: 'UTC' },
  window: null,
  isPaused: false,
}

describe('a schedule', () => {
  let app: TestApp
  beforeEach(async () => {
    app = await openTestApp()
    for (const name of ['shop', 'blog']) await app.lab.addProject(name)
    await app.watch.lookNow()
  })
  afterEach(() => app.remove())

  const add = (input: Partial<ScheduleInput>, now: string, projectId = 'shop') =>
    app.schedules.add(projectId, { ...nightly, ...input }, 'ada', new Date(now)).scheduleId
  const tick = (now: string) => app.scheduler.tick(new Date(now))
  const asked = () => app.database.select().from(launches).orderBy(launches.startedAt).all()
  const times = () => asked().map(({ startedAt }) => startedAt.toISOString().slice(0, 16))
  const settle = (state: 'ended' | 'refused' | 'skipped') =>
    app.database.update(launches).set({ state }).where(eq(launches.state, 'queued')).run()
  const next = (id: string) => app.schedules.list(() => true).find((one) => one.id === id)?.nextAt

  test('asks for a run when it is due, once, and for the next one then', () => {
    const id = add({}, '2026-11-01T12:00Z')
    tick('2026-11-02T02:59Z')
    expect(times()).toEqual([])
    tick('2026-11-02T03:00Z')
    tick('2026-11-02T03:01Z')
    expect(times()).toEqual(['2026-11-02T03:00'])
    expect(asked()[0]).toMatchObject({ state: 'queued', kind: 'backup', startedBy: 'schedule nightly' })
    expect(next(id)).toBe('2026-11-03T03:00:00.000Z')
  })

  test('catches up once what it slept through, also by another scheduler after a restart', () => {
    add({}, '2026-11-01T12:00Z')
    const { database, registry, queue } = app
    const after = schedulerOf({ database, registry, queue })
    after.tick(new Date('2026-11-07T09:00Z'))
    after.tick(new Date('2026-11-07T09:01Z'))
    expect(times()).toEqual(['2026-11-07T09:00'])
    settle('skipped')
    after.tick(new Date('2026-11-08T03:00Z'))
    expect(times()).toEqual(['2026-11-07T09:00', '2026-11-08T03:00'])
  })

  test('neither skips nor repeats a run where the clock is put back a little, and follows one that was put right', () => {
    const id = add({}, '2026-11-01T12:00Z')
    tick('2026-11-02T03:00Z')
    settle('skipped')
    tick('2026-11-02T02:00Z')
    tick('2026-11-02T03:00Z')
    expect(times()).toEqual(['2026-11-02T03:00'])
    // A clock that was a month ahead.
    tick('2026-12-05T10:00Z')
    settle('skipped')
    tick('2026-11-04T10:00Z')
    expect(next(id)).toBe('2026-11-05T03:00:00.000Z')
  })

  test('does nothing while it is paused, and catches up nothing of that', () => {
    const id = add({ isPaused: true }, '2026-11-01T12:00Z')
    tick('2026-11-03T03:00Z')
    app.schedules.pause('shop', id, false, new Date('2026-11-03T12:00Z'))
    tick('2026-11-03T12:01Z')
    expect(times()).toEqual([])
    expect(next(id)).toBe('2026-11-04T03:00:00.000Z')
  })

  test('says when the next backup of its project is, unless it is paused, or of something else', () => {
    const now = '2026-11-01T12:00Z'
    const nextBackup = () => {
      const at = new Date(now)
      const listed = app.projects.list(at).find(({ id }) => id === 'shop')?.nextBackup
      return [listed, app.projects.get('shop', () => true, at).nextBackup]
    }
    const daily = (hour: number) => ({ type: 'cron', cron: `0 ${hour} * * *`, timeZone: 'UTC' }) as const
    add({ plan: { kind: 'drill' }, trigger: daily(13) }, now)
    add({ trigger: daily(14), isPaused: true }, now)
    add({ trigger: daily(14) }, now, 'blog')
    expect(nextBackup()).toEqual([null, null])
    add({}, now)
    const sooner = add({ trigger: daily(22) }, now)
    expect(nextBackup()).toEqual(Array(2).fill('2026-11-01T22:00:00.000Z'))
    app.schedules.pause('shop', sooner, true, new Date(now))
    expect(nextBackup()).toEqual(Array(2).fill('2026-11-02T03:00:00.000Z'))
    app.registry.get('shop').inactiveSince = new Date(now)
    expect(nextBackup()).toEqual([null, null])
  })

  test('waits for its window, and what waits in the queue till it has closed is not begun', () => {
    const id = add({ window: { from: '22:00', to: '23:00' } }, '2026-11-01T12:00Z')
    tick('2026-11-02T03:00Z')
    expect(times()).toEqual([])
    expect(app.schedules.list(() => true).find((one) => one.id === id)?.heldUntil).toContain('T22:00')
    tick('2026-11-02T22:00Z')
    expect(asked()).toMatchObject([{ state: 'queued', notAfter: new Date('2026-11-02T23:00Z') }])
    app.queue.open()
    app.queue.pump(new Date('2026-11-02T23:01Z'))
    expect(asked()[0]?.problem).toContain('WINDOW_CLOSED')
  })

  test('says to the run what it is to keep and when it is to make no archive, by settings', () => {
    const retention = { days: 7, daily: 0, weekly: 4, monthly: 0, yearly: 0 }
    add({ plan: { kind: 'backup', only: ['database'], retention, onlyIfChanged: true } }, '2026-11-01T12:00Z')
    tick('2026-11-02T03:00Z')
    expect(JSON.parse(`${asked()[0]?.options}`)).toEqual({ only: ['database'] })
    expect(JSON.parse(`${asked()[0]?.settings}`)).toEqual({
      ...{ BORG_RETENTION_DAYS: '7', BORG_KEEP_DAILY: '0', BORG_KEEP_WEEKLY: '4', BORG_KEEP_MONTHLY: '0' },
      ...{ BORG_KEEP_YEARLY: '0', SKIP_IF_UNCHANGED: 'true' },
    })
  })

  test('is left out where the project is not larger than it says, which is noted', async () => {
    await app.lab.addProject('crm', [reportOf('crm', new Date('2026-11-01T10:00Z'))])
    await app.registry.discover()
    await app.watch.lookNow()
    add({ plan: { kind: 'backup', onlyIfLarger: 2 ** 40 } }, '2026-11-01T12:00Z', 'crm')
    add({ plan: { kind: 'backup', onlyIfLarger: 2 ** 20 } }, '2026-11-01T12:00Z', 'crm')
    tick('2026-11-02T03:00Z')
    expect(
      asked()
        .map(({ state }) => state)
        .sort(),
    ).toEqual(['queued', 'skipped'])
    expect(asked().find(({ state }) => state === 'skipped')?.problem).toContain('CONDITION_NOT_MET')
  })

  test('of another project runs after it, if it went well, or however it ended', async () => {
    const first = add({}, '2026-11-01T12:00Z')
    const runsAfter = (outcome: 'success' | 'any') =>
      ({ type: 'after', scheduleId: first, outcome, timeZone: 'UTC' }) as const
    add(
      { name: 'after good', trigger: runsAfter('success'), plan: { kind: 'drill' } },
      '2026-11-01T12:00Z',
      'blog',
    )
    add({ name: 'after any', trigger: runsAfter('any') }, '2026-11-01T12:00Z', 'blog')
    tick('2026-11-02T03:00Z')
    settle('refused')
    tick('2026-11-02T03:10Z')
    tick('2026-11-02T03:11Z')
    expect(asked().map(({ startedBy }) => startedBy)).toEqual(['schedule nightly', 'schedule after any'])
    settle('skipped')
    tick('2026-11-03T03:00Z')
    const runId = `${asked().at(-1)?.runId}`
    settle('ended')
    tick('2026-11-03T03:01Z')
    // Its report is not there yet.
    expect(asked()).toHaveLength(3)
    const report = { ...reportOf('shop', new Date('2026-11-03T03:00Z')), runId }
    await leaveReports(app.registry.get('shop').stateDirectory, [report])
    await app.watch.lookNow()
    tick('2026-11-03T03:02Z')
    expect(
      asked()
        .slice(3)
        .map(({ startedBy }) => startedBy)
        .sort(),
    ).toEqual(['schedule after any', 'schedule after good'])
  })

  test('of another project is followed also where it only answers, as an export does', () => {
    const first = add({}, '2026-11-01T12:00Z')
    const trigger = { type: 'after', scheduleId: first, outcome: 'success', timeZone: 'UTC' } as const
    add({ name: 'after good', trigger }, '2026-11-01T12:00Z', 'blog')
    tick('2026-11-02T03:00Z')
    app.database.update(launches).set({ state: 'answered' }).where(eq(launches.state, 'queued')).run()
    tick('2026-11-02T03:10Z')
    expect(asked().map(({ startedBy }) => startedBy)).toEqual(['schedule nightly', 'schedule after good'])
  })

  test('that runs after one of a project that is not shown says how that has to end, and no more', () => {
    const first = add({ name: 'secret plans' }, '2026-11-01T12:00Z')
    const trigger = { type: 'after', scheduleId: first, outcome: 'any', timeZone: 'UTC' } as const
    add({ name: 'after any', trigger }, '2026-11-01T12:00Z', 'blog')
    const [seen] = app.schedules.list((id) => id === 'blog')
    expect(seen?.after).toEqual({
      ...{ scheduleId: null, projectId: null, name: null, projectName: null, outcome: 'any' },
    })
    expect(JSON.stringify(seen)).not.toMatch(/secret plans|shop/)
  })

  describe('that exports', () => {
    const plan: ScheduleInput['plan'] = { kind: 'export', only: ['database'], formats: ['csv'], keep: 2 }
    let directory: string
    beforeEach(async () => {
      directory = join(app.lab.folder, 'exports of schedules')
      await mkdir(directory)
    })

    test('is refused until an admin has said where exports go, and then asks for one of the newest archive', () => {
      expect(() => add({ plan }, '2026-11-01T12:00Z')).toThrow(
        expect.objectContaining({ code: 'EXPORT_DIRECTORY' }),
      )
      app.settings.set({ exportDirectory: directory })
      add({ plan }, '2026-11-01T12:00Z')
      tick('2026-11-02T03:00Z')
      expect(asked()[0]).toMatchObject({ kind: 'export', settings: null })
      expect(JSON.parse(`${asked()[0]?.options}`)).toEqual({
        ...{ archive: 'latest', only: ['database'], formats: ['csv'] },
      })
    })

    test('writes into a folder of its own, keeps so many of the newest, and touches nothing else', async () => {
      app.settings.set({ exportDirectory: directory })
      const scheduleId = add({ plan }, '2026-11-01T12:00Z')
      const launch = { projectId: 'shop', scheduleId }
      const place = await app.scheduledExports.open(launch)
      expect(place).toBe(join(directory, 'shop', scheduleId))
      expect((await stat(place)).mode & 0o777).toBe(0o700)
      const names = ['backup_20261101_030000', 'backup_20261102_030000', 'backup_20261103_030000']
      for (const name of [...names, 'backup_20261104_030000.unfinished', 'notes', 'backup_of_mine'])
        await mkdir(join(place, name))
      await app.scheduledExports.open(launch)
      await app.scheduledExports.prune(launch)
      expect((await readdir(place)).sort()).toEqual([...names.slice(1), 'backup_of_mine', 'notes'])
    })

    test('has a folder also where its id begins with a dash', async () => {
      app.settings.set({ exportDirectory: directory })
      const place = await app.scheduledExports.open({ projectId: 'shop', scheduleId: '-one' })
      expect(place).toBe(join(directory, 'shop', '-one'))
    })

    test('says that its directory cannot be written, and why', async () => {
      const file = join(app.lab.folder, 'no directory')
      await writeFile(file, '')
      app.settings.set({ exportDirectory: file })
      await expect(app.scheduledExports.open({ projectId: 'shop', scheduleId: 'one' })).rejects.toMatchObject(
        {
          code: 'EXPORT_DIRECTORY',
          message: expect.stringMatching(/^Nothing can be written into the directory of exports \(E[A-Z]+: /),
        },
      )
    })

    test('goes nowhere where a link, or its directory, leads to what is another’s', async () => {
      const admin = app.as(app.token('admin'))
      const state = app.registry.get('shop').stateDirectory
      const within = [app.lab.directory, app.lab.configuration, `${state}/x`, '/srv/../etc']
      for (const place of [...within, '/', app.lab.folder, dirname(app.lab.configuration)])
        await expect(admin.settings.set({ exportDirectory: place })).rejects.toThrow(/directory of exports/)
      await expect(admin.settings.set({ exportDirectory: 'exports' })).rejects.toThrow(/no full path/)
      await admin.settings.set({ exportDirectory: directory })
      await symlink(app.lab.configuration, join(directory, 'shop'))
      await expect(app.scheduledExports.open({ projectId: 'shop', scheduleId: 'one' })).rejects.toThrow(
        /leads out of/,
      )
      await expect(app.scheduledExports.open({ projectId: '..', scheduleId: 'one' })).rejects.toThrow()
      expect(await readdir(app.lab.configuration)).not.toContain('one')
    })
  })

  test('that would run after itself is refused, and so is to remove one that others run after', () => {
    const first = add({}, '2026-11-01T12:00Z')
    const runsAfter = (scheduleId: string) =>
      ({ type: 'after', scheduleId, outcome: 'any', timeZone: 'UTC' }) as const
    const second = add({ trigger: runsAfter(first) }, '2026-11-01T12:00Z', 'blog')
    const third = add({ trigger: runsAfter(second) }, '2026-11-01T12:00Z')
    expect(() => app.schedules.change('shop', first, { ...nightly, trigger: runsAfter(third) })).toThrow(
      /for ever/,
    )
    expect(() => app.schedules.change('shop', first, { ...nightly, trigger: runsAfter(first) })).toThrow(
      /for ever/,
    )
    expect(() => app.schedules.remove('shop', first, 'ada')).toThrow(/runs after this one/)
    app.schedules.remove('shop', third, 'ada')
    app.schedules.remove('blog', second, 'ada')
    app.schedules.remove('shop', first, 'ada')
    expect(app.schedules.list(() => true)).toEqual([])
  })

  test('with times that nobody knows or that never come is refused with what to do', () => {
    const trigger = (cron: string, timeZone = 'UTC') => ({ type: 'cron', cron, timeZone }) as const
    for (const [wrong, code] of [
      [trigger('every night'), 'CRON_WRONG'],
      [trigger('61 3 * * *'), 'CRON_WRONG'],
      [trigger('* * * * * *'), 'CRON_WRONG'],
      [trigger('0 0 30 2 *'), 'CRON_NEVER'],
      [trigger('0 3 * * *', 'Mars/Phobos'), 'TIME_ZONE_UNKNOWN'],
    ] as const)
      expect(() => add({ trigger: wrong }, '2026-11-01T12:00Z')).toThrow(expect.objectContaining({ code }))
    expect(() => app.schedules.change('blog', add({}, '2026-11-01T12:00Z'), nightly)).toThrow(
      /no such schedule/,
    )
  })
})

/** A systemctl that knows one timer of the user's manager, turns it off, and has no other. */
function systemctl(folder: string): string {
  return `#!/bin/sh
case "$1 $2" in
'--user show')
  [ ! -e ${folder}/off ] || exit 0
  echo 'Id=supabase-backup@shop.timer'
  echo 'ActiveState=active'
  echo 'NextElapseUSecRealtime=Sun 2026-11-29 04:43:00 UTC'
  echo 'TimersCalendar={ OnCalendar=*-*-* 04:30:00 ; next_elapse=Sun 2026-11-29 04:30:00 UTC }' ;;
'--user disable') [ "$3 $4" = '--now supabase-backup@shop.timer' ] && touch ${folder}/off ;;
*) exit 1 ;;
esac
`
}

describe('timers of systemd', () => {
  test('are shown, named where a schedule does the same, and taken over with their times', async () => {
    const bin = await mkdtemp(join(tmpdir(), 'dashboard-systemctl-'))
    await writeFile(join(bin, 'systemctl'), systemctl(bin), { mode: 0o755 })
    const app = await openTestApp(() => true, { PATH: `${bin}:${process.env['PATH']}` })
    await app.lab.addProject('shop')
    await app.watch.lookNow()
    app.schedules.add('shop', nightly, 'ada')
    const admin = app.as(app.token('admin'))
    expect((await admin.schedules.timers()).timers).toMatchObject([
      { unit: 'supabase-backup@shop.timer', manager: 'user', cron: '30 4 * * *', hasSchedule: true },
    ])
    const unit = 'supabase-backup@shop.timer'
    await expect(
      admin.schedules.takeOver({ projectId: 'shop', unit, manager: 'system' }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await admin.schedules.takeOver({ projectId: 'shop', unit, manager: 'user' })
    expect((await admin.schedules.timers()).timers).toEqual([])
    expect(await admin.schedules.list()).toContainEqual(
      expect.objectContaining({ name: 'supabase-backup', cron: '30 4 * * *', words: 'at 04:30 every day' }),
    )
    await app.remove()
    await rm(bin, { recursive: true })
  })

  test('are none on a machine without systemd, which is said', async () => {
    const app = await openTestApp(() => false)
    expect(await app.schedules.timers(() => true)).toEqual({ hasSystemd: false, timers: [] })
    await app.remove()
  })
})
