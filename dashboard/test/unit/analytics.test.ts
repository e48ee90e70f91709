import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forecastOf } from '../../src/server/services/analytics/forecast.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'
import { canary } from '../helpers/lab.ts'
import { degraded, failed, reportOf } from '../helpers/reports.ts'

const dayMs = 86_400_000
const mib = 2 ** 20
/** A Wednesday, at noon. */
const now = new Date('2026-11-25T12:00:00Z')

let app: TestApp
beforeAll(async () => {
  app = await openTestApp()
  const night = (name: string, ago: number, changes = {}) =>
    reportOf(name, new Date(now.getTime() - ago * dayMs - 9 * 3_600_000), changes)
  /** Forty nights, of which each adds a mebibyte to the repository. */
  const growing = Array.from({ length: 40 }, (_, ago) => {
    const [archive] = night('shop', ago).archives
    if (archive === undefined) throw new Error('There is no archive.')
    const repositoryBytes = (100 + 40 - ago) * mib
    const archives = [
      { ...archive, originalBytes: 50 * mib, compressedBytes: 20 * mib, newBytes: mib, repositoryBytes },
    ]
    return night('shop', ago, { archives, seconds: 100, bytesFetched: 3 * mib })
  }).reverse()
  growing[37] = night('shop', 2, failed)
  growing[38] = night('shop', 1, { ...degraded, seconds: 300, archives: growing[38]?.archives })
  const drills = [
    night('shop', 3, { kind: 'drill', seconds: 400 }),
    night('shop', 10, { ...failed, kind: 'drill' }),
  ]
  await app.lab.addProject('shop', [...growing, ...drills])
  await app.lab.addProject('blog', [night('blog', 200), night('blog', 5), night('blog', 4, failed)])
  await app.lab.addProject('wiki')
  await app.watch.lookNow()
  app.labels.set('shop', 'group', ['sales'])
  app.labels.set('blog', 'group', ['sales', 'press'])
})
afterAll(() => app.remove())

const of = (input: { days: 7 | 30 | 365; project?: string; group?: string }, sees = (_: string) => true) =>
  app.analytics.of(input, sees, now)

describe('analytics', () => {
  test('of a week are by day, and count what went well, degraded and failed', () => {
    const { unit, buckets, totals, from } = of({ days: 7, project: 'shop' })
    expect([unit, buckets.length, from]).toEqual(['day', 7, '2026-11-19T00:00:00.000Z'])
    expect(totals).toMatchObject({
      backups: { good: 5, degraded: 1, failed: 1, unreadable: 0 },
      drills: { good: 1, failed: 0 },
      successRate: 5 / 7,
      longestSeconds: 300,
      newBytes: 6 * mib,
      newShare: 1 / 50,
      compressedShare: 20 / 50,
      storageBytes: 140 * mib,
    })
    expect(totals.meanSeconds).toBeCloseTo((5 * 100 + 300) / 6)
    expect(totals.bytesPerSecond).toBeCloseTo((6 * 50 * mib) / (5 * 100 + 300))
    expect(buckets.at(-3)).toMatchObject({ backups: { good: 0, failed: 1 }, meanSeconds: null })
  })

  test('tell the size at the end of each day, also of one without an archive', () => {
    const { buckets } = of({ days: 7, project: 'shop' })
    // The night that failed left it as it was.
    expect(buckets.map(({ storageBytes }) => storageBytes / mib)).toEqual([134, 135, 136, 137, 137, 139, 140])
  })

  test('of a year are by week, and each run stands in one of them', () => {
    const { unit, buckets, totals } = of({ days: 365 })
    expect([unit, buckets.length, new Date(buckets[0]?.start ?? '').getUTCDay()]).toEqual(['week', 53, 1])
    expect(totals.backups).toMatchObject({ good: 40, degraded: 1, failed: 2 })
    const sum = buckets.reduce(
      (all, { backups }) => all + backups.good + backups.degraded + backups.failed,
      0,
    )
    expect(sum).toBe(43)
  })

  test('add projects and groups up, and name those without a run', () => {
    const { projects, groups, totals } = of({ days: 30 })
    expect(projects.find(({ id }) => id === 'wiki')).toMatchObject({
      successRate: null,
      storageBytes: null,
      lastDrill: null,
    })
    expect(groups.map(({ group, projects: count }) => [group, count])).toEqual([
      ['press', 1],
      ['sales', 2],
    ])
    expect(groups[1]?.backups).toEqual(totals.backups)
    expect(of({ days: 30, group: 'press' }).projects.map(({ id }) => id)).toEqual(['blog'])
  })

  test('hold nothing of projects that are not for the caller', () => {
    const { projects, totals } = of({ days: 30 }, (id) => id === 'blog')
    expect(projects.map(({ id }) => id)).toEqual(['blog'])
    expect(totals.backups).toMatchObject({ good: 1, failed: 1 })
    expect(() => of({ days: 30, project: 'shop' }, (id) => id === 'blog')).toThrow(
      'There is no such project.',
    )
    expect(() => of({ days: 30, project: 'nothing' })).toThrow('There is no such project.')
  })

  test('tell egress by month, as the toolkit counts it against the budget', () => {
    const { egress } = of({ days: 30, project: 'shop' })
    expect(egress.months).toHaveLength(12)
    expect(egress.months.at(-1)).toMatchObject({ month: '2026-11' })
    expect(egress.budgets).toEqual([])
  })

  test('forecast by a straight line, and say what it rests on', () => {
    const { forecast } = of({ days: 30, project: 'shop' })
    expect(forecast).toMatchObject({ method: 'linear, by least squares', points: 30 })
    expect(forecast?.bytesPerDay).toBeCloseTo(mib, -5)
  })
})

describe('a forecast', () => {
  const line = (bytes: readonly number[]) =>
    forecastOf(bytes.map((value, day) => ({ at: day * dayMs, bytes: value })))

  test('of what grows evenly is what it will be', () => {
    const { bytesPerDay, fit, ahead } = line([10, 20, 30, 40, 50, 60]) ?? {}
    expect(bytesPerDay).toBeCloseTo(10)
    expect(fit).toBeCloseTo(1)
    expect(ahead?.[0]?.bytes).toBeCloseTo(360)
  })

  test('of what shrinks ends at nothing, and of what jumps says that it fits badly', () => {
    expect(line([60, 50, 40, 30, 20, 10])?.ahead.at(-1)?.bytes).toBe(0)
    expect(line([10, 60, 5, 70, 10, 60])?.fit).toBeLessThan(0.2)
    expect(line([10, 10, 10, 10, 10, 10])).toMatchObject({ bytesPerDay: 0, fit: 1 })
  })

  test('takes five sizes of five days', () => {
    expect(line([10, 20, 30, 40])).toBeNull()
    expect(
      forecastOf(Array.from({ length: 9 }, (_, hour) => ({ at: hour * 3_600_000, bytes: hour }))),
    ).toBeNull()
  })
})

describe('the evidence of drills', () => {
  const page = () =>
    app.analytics.evidence({ days: 30 }, { sees: () => true, by: 'eve <b>@example.com' }, now)

  test('names each drill with what it proved, and the projects without one', () => {
    const { html, fileName } = page()
    expect(fileName).toBe('restore-drills-all-2026-11-25.html')
    expect(html).toContain('2026-11-22 03:00 UTC</td><td>proven equal')
    expect(html).toContain('48 tables, 1,284,220 rows, 18,204 objects')
    expect(html).toContain('failed, DB_PASSWORD_WRONG')
    expect(html).toContain('<li>blog</li><li>wiki</li>')
    expect(html).toMatch(/<td class="code">[0-9a-f]{64}<\/td>/)
  })

  test('is a page without scripts, other sites, secrets, or markup that others wrote', () => {
    const { html } = page()
    expect(html).not.toMatch(/<script|https?:|src=|url\(/i)
    expect(html).not.toContain('<b>')
    expect(html).not.toContain(canary)
  })
})
