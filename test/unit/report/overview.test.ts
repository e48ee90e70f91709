import { describe, expect, it } from 'vitest'
import { overviewOf } from '../../../src/report/overview.ts'
import { renderOverview } from '../../../src/report/overview-text.ts'
import type { RunReport } from '../../../src/report/schema.ts'
import { applyRun, emptyStatus } from '../../../src/report/status.ts'
import { parseTimestamp } from '../../../src/report/timers.ts'
import { component, exampleReport, failedReport } from '../../helpers/reports.ts'

const hour = 3600
const given = { maxAge: { backup: 26 * hour, drill: 8 * 24 * hour }, next: {}, chosenBy: '--project shop' }

const statusAfter = (...reports: RunReport[]) =>
  reports.reduce((status, report) => applyRun(status, report), emptyStatus('shop'))

function overviewAt(now: string, ...reports: RunReport[]) {
  return overviewOf({ ...given, status: statusAfter(...reports), now: new Date(now) })
}

const drill = exampleReport({ kind: 'drill', archives: [], finishedAt: '2026-11-15T04:00:00.000Z' })

describe('the overview of a project', () => {
  it('is healthy while backup and drill are younger than their limits', () => {
    expect(overviewAt('2026-11-21T05:04:28Z', drill, exampleReport())).toMatchObject({
      healthy: true,
      problems: [],
    })
  })

  it('has a problem as soon as the last good backup is older than the limit', () => {
    expect(overviewAt('2026-11-21T05:04:29Z', drill, exampleReport()).problems).toEqual([
      {
        what: 'overdue',
        kind: 'backup',
        message:
          'The last successful backup is 1 d 2 h old; the limit is 1 d 2 h. Type: backup.sh --project shop',
      },
    ])
  })

  it('counts neither failed nor degraded backups as backups', () => {
    const now = '2026-11-22T06:00:00Z'
    const later = { finishedAt: '2026-11-22T05:00:00.000Z' }
    expect(overviewAt(now, drill, exampleReport(), failedReport(later)).healthy).toBe(false)
    expect(
      overviewAt(now, drill, exampleReport(), exampleReport({ outcome: 'degraded', ...later })).healthy,
    ).toBe(false)
    expect(
      overviewAt(now, drill, exampleReport(), exampleReport({ outcome: 'unchanged', ...later })).healthy,
    ).toBe(true)
  })

  it('names what is configured and no good backup has ever held', () => {
    const ofStorage = exampleReport({ components: [component('storage', { objects: 1 })] })
    const of = (...reports: RunReport[]) =>
      overviewOf({
        ...{ ...given, needed: ['database', 'storage'], status: statusAfter(...reports) },
        now: new Date('2026-11-20T04:00:00Z'),
      })
    expect(of(drill, ofStorage)).toMatchObject({
      healthy: false,
      problems: [
        {
          ...{ what: 'overdue', kind: 'backup' },
          message:
            'No successful backup that is known here has held the database, which the configuration names: runs left it out. Type: backup.sh --project shop',
        },
      ],
    })
    // What one backup held counts, and so does none at all.
    expect(of(drill, exampleReport(), ofStorage).healthy).toBe(true)
    const carried = component('storage', {}, { status: 'carried', takenAt: '2026-11-19T03:00:00.000Z' })
    const ofDatabase = exampleReport({ components: [component('database', { rows: 1 }), carried] })
    expect(of(drill, ofDatabase).problems.filter(({ message }) => message.includes('known here'))).toEqual([])
    expect(of(drill).problems).toHaveLength(1)
  })

  it('has a problem when the last good drill is too old', () => {
    const backup = exampleReport({ finishedAt: '2026-11-23T03:00:00.000Z' })
    expect(overviewAt('2026-11-23T04:00:01Z', drill, backup).problems).toMatchObject([{ kind: 'drill' }])
  })

  it('gives a new project as long for its first drill as the limit says, but none for its first backup', () => {
    expect(overviewAt('2026-11-20T04:00:00Z', exampleReport()).healthy).toBe(true)
    const later = exampleReport({ finishedAt: '2026-11-28T03:04:00.000Z' })
    expect(overviewAt('2026-11-28T04:00:00Z', exampleReport(), later).problems).toEqual([
      {
        what: 'overdue',
        kind: 'drill',
        message: 'There has been no successful drill yet. Type: restore.sh --project shop --test -y',
      },
    ])
    expect(overviewAt('2026-11-20T04:00:00Z').problems.map(({ kind }) => kind)).toEqual(['backup', 'drill'])
  })

  it('says what a drill of a part proved, and takes it for none of the project', () => {
    const ofStorage = exampleReport({
      ...{ kind: 'drill', narrowed: true, archives: [], finishedAt: '2026-11-27T04:00:00.000Z' },
      components: [component('storage', { objects: 1000 })],
    })
    const backup = exampleReport({ finishedAt: '2026-11-28T03:00:00.000Z' })
    const now = '2026-11-28T04:00:00Z'
    const overview = overviewAt(now, drill, ofStorage, backup)
    expect(overview.problems).toMatchObject([{ what: 'overdue', kind: 'drill' }])
    expect(renderOverview(overview, new Date(now))).toContain(
      'success 13 d 0 h ago, shop-2026-11-20_03-00-00 (database, storage); of a part alone: success 1 d 0 h ago, shop-2026-11-20_03-00-00 (storage)',
    )
    const whole = exampleReport({ kind: 'drill', archives: [], finishedAt: '2026-11-27T05:00:00.000Z' })
    const after = overviewAt(now, ofStorage, whole, backup)
    expect([after.healthy, renderOverview(after, new Date(now))]).toEqual([
      true,
      expect.not.stringContaining('of a part'),
    ])
  })

  it('has a problem when what backups have of the database is too old, as they left it out', () => {
    const without = (name: string, takenAt: string) =>
      exampleReport({
        components: [component('storage', {}), component(name, {}, { status: 'carried', takenAt })],
      })
    const now = '2026-11-20T04:00:00Z'
    const old = overviewAt(now, drill, without('database', '2026-11-18T03:00:00.000Z'))
    expect(old.problems).toEqual([
      {
        what: 'overdue',
        kind: 'backup',
        message:
          'What the last successful backup has of the database is 2 d 1 h old, as runs have left it out since; the limit is 1 d 2 h. Type: backup.sh --project shop',
      },
    ])
    expect(renderOverview(old, new Date(now))).toContain(
      '(storage alone; database is of 2026-11-18 03:00 UTC)',
    )
    const never = exampleReport({
      components: [component('storage', {}), component('database', {}, { status: 'skipped' })],
    })
    expect(renderOverview(overviewAt(now, never), new Date(now))).toContain('_03-00-00 (storage alone)')
    expect(renderOverview(overviewAt(now, exampleReport()), new Date(now))).not.toContain('alone')
    expect(overviewAt(now, drill, without('database', '2026-11-19T03:00:00.000Z')).healthy).toBe(true)
    expect(overviewAt(now, drill, without('functions', '2026-01-01T03:00:00.000Z')).healthy).toBe(true)
  })

  it('tells sizes, mean growth and the egress of this month only', () => {
    const october = exampleReport({ startedAt: '2026-10-20T03:00:00.000Z' })
    const [archive] = exampleReport().archives
    if (!archive) throw new Error('the example has an archive')
    const small = exampleReport({ archives: [{ ...archive, newBytes: 0 }] })
    const overview = overviewAt('2026-11-20T04:00:00Z', october, small)
    expect(overview.sizes).toMatchObject({ newBytes: 0, newBytesMean: 17_825_792, archivesInMean: 2 })
    expect(overview.egress).toEqual({ month: '2026-11', bytes: 2_097_152 })
  })

  it('has a problem as soon as the last backup, drill or check failed, however young the last good one is', () => {
    const now = '2026-11-20T07:00:00Z'
    const check = exampleReport({ kind: 'check', archives: [], finishedAt: '2026-11-20T03:00:00.000Z' })
    for (const [kind, command] of [
      ['backup', 'backup.sh --project shop'],
      ['drill', 'restore.sh --project shop --test -y'],
      ['check', 'backup.sh --project shop --verify-repo'],
    ] as const) {
      const failed = failedReport({ kind, finishedAt: '2026-11-20T04:00:00.000Z' })
      const overview = overviewAt(now, drill, check, exampleReport(), failed)
      expect(overview).toMatchObject({ healthy: false, problems: [{ kind }] })
      const [problem] = overview.problems
      expect(problem?.message).toMatch(
        new RegExp(
          `^The last ${kind} failed 3 h 0 min ago: The database refused .*; the last good one ended `,
        ),
      )
      expect(problem?.message.endsWith(`Mend the cause, then type: ${command}`)).toBe(true)
      const good = exampleReport({ kind, finishedAt: '2026-11-20T05:00:00.000Z' })
      expect(overviewAt(now, drill, check, exampleReport(), failed, good).healthy).toBe(true)
    }
  })

  it('does not keep quiet about a last backup that was degraded or interrupted', () => {
    const now = '2026-11-20T07:00:00Z'
    for (const [outcome, words] of [
      ['degraded', 'was degraded'],
      ['interrupted', 'was interrupted'],
    ] as const) {
      const last = exampleReport({ outcome, finishedAt: '2026-11-20T04:00:00.000Z' })
      const overview = overviewAt(now, drill, exampleReport(), last)
      expect(renderOverview(overview, new Date(now))).toMatch(`shop: OK, but the last backup ${words}\n`)
    }
  })

  it('shows a run that was killed before it could report', () => {
    const now = new Date('2026-11-20T07:00:00Z')
    const crashed = { kind: 'drill', startedAt: '2026-11-20T05:00:00Z' } as const
    const status = statusAfter(drill, exampleReport())
    const overview = overviewOf({ ...given, status, crashed, now })
    expect(overview.healthy).toBe(false)
    expect(renderOverview(overview, now)).toContain(
      'PROBLEM   The drill that began at 2026-11-20 05:00 UTC crashed: it was killed before it could report. Type: restore.sh --project shop --test -y',
    )
  })

  it('says of a restore that was killed how to go on with it', () => {
    const now = new Date('2026-11-20T07:00:00Z')
    const crashed = { kind: 'restore', startedAt: '2026-11-20T05:00:00Z' } as const
    const overview = overviewOf({ ...given, status: statusAfter(drill, exampleReport()), crashed, now })
    expect(renderOverview(overview, now)).toContain(
      'Type: restore.sh --project shop --resume (or begin the restore anew, where that finds nothing to resume)',
    )
  })

  it('shows a run under way with its step', () => {
    const now = new Date('2026-11-20T07:00:00Z')
    const running = {
      runId: 'x',
      kind: 'drill',
      startedAt: '2026-11-20T06:00:00Z',
      phase: 'generation',
    } as const
    const overview = overviewOf({ ...given, status: statusAfter(drill, exampleReport()), running, now })
    expect(overview).toMatchObject({ running })
    expect(renderOverview(overview, now)).toContain(
      'Running   a drill that began 1 h 0 min ago, in the step generation\n',
    )
  })

  describe('with a clock that was wrong', () => {
    const in2031 = { startedAt: '2031-01-01T03:00:00.000Z', finishedAt: '2031-01-01T03:04:00.000Z' }
    const now = '2026-11-20T07:00:00Z'

    it('is not healthy by a backup or drill of a day that is yet to come, and says so', () => {
      for (const kind of ['backup', 'drill'] as const) {
        const overview = overviewAt(now, drill, exampleReport(), exampleReport({ ...in2031, kind }))
        expect(overview).toMatchObject({ healthy: false, problems: [{ kind }] })
        expect(overview.problems[0]?.message).toContain('2031-01-01 03:04 UTC, which is yet to come')
        expect(renderOverview(overview, new Date(now))).toContain(
          'success in the future (2031-01-01 03:04 UTC)',
        )
      }
    })

    it('is healthy again after the next one, whose age counts', () => {
      const after = overviewAt(now, drill, exampleReport(in2031), exampleReport())
      expect(after.healthy).toBe(true)
      expect(overviewAt('2026-11-22T07:00:00Z', drill, exampleReport(in2031), exampleReport())).toMatchObject(
        {
          healthy: false,
          problems: [{ kind: 'backup', message: expect.stringContaining('the limit is') }],
        },
      )
    })

    it('does not wait until then for the first drill', () => {
      const first = exampleReport(in2031)
      const dueAt = overviewAt(
        '2026-12-05T07:00:00Z',
        first,
        exampleReport({ finishedAt: '2026-12-05T06:00:00Z' }),
      )
      expect(dueAt.problems).toMatchObject([{ kind: 'drill' }])
    })

    it('takes what clocks may differ by for no future', () => {
      const soon = exampleReport({ finishedAt: '2026-11-20T07:05:00.000Z' })
      expect(overviewAt(now, drill, soon).healthy).toBe(true)
      const later = exampleReport({ finishedAt: '2026-11-22T07:05:00.000Z' })
      expect(overviewAt(now, drill, later).healthy).toBe(false)
    })
  })

  it('fits on one screen', () => {
    const status = applyRun(
      statusAfter(drill, exampleReport()),
      failedReport({ runId: 'failed-1', finishedAt: '2026-11-21T03:00:30.000Z' }),
      {
        complete: 21,
        degraded: 1,
        newest: 'shop-2026-11-20_03-00-00',
        oldest: 'shop-2026-10-30_03-00-00',
      },
    )
    const now = new Date('2026-11-21T07:04:28Z')
    const overview = overviewOf({ ...given, status, next: { backup: '2026-11-22T03:00:00Z' }, now })
    expect(renderOverview(overview, now).split('\n')).toEqual([
      'shop: 2 problems',
      '  PROBLEM   The last backup failed 4 h 3 min ago: The database refused the password of user postgres; the last good one ended 1 d 4 h ago. Mend the cause, then type: backup.sh --project shop',
      '  PROBLEM   The last successful backup is 1 d 4 h old; the limit is 1 d 2 h. Type: backup.sh --project shop',
      '  Backup    failed 4 h 3 min ago: The database refused the password of user postgres; last success 1 d 4 h ago; next 2026-11-22 03:00 UTC',
      '  Drill     success 6 d 3 h ago, shop-2026-11-20_03-00-00 (database, storage)',
      '  Check     none yet',
      '  Size      1.2 GiB, 34 MiB new; repository 3.4 GiB',
      '  Archives  21 complete, 1 degraded, oldest shop-2026-10-30_03-00-00',
      '  Egress    2.0 MiB in 2026-11',
      '',
    ])
  })
})

it('A time that systemctl prints is understood, and its words for none are none', () => {
  expect(parseTimestamp('Sat 2026-11-21 03:12:45 UTC\n')).toBe('2026-11-21T03:12:45Z')
  expect(parseTimestamp('\n')).toBeUndefined()
  expect(parseTimestamp('n/a\n')).toBeUndefined()
})
