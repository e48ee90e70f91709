import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Archive, archiveName, projectArchives } from '../../../src/retention/archives.ts'
import { isFromFuture } from '../../../src/retention/order.ts'
import { periodOf, periods } from '../../../src/retention/periods.ts'
import { namesToPrune, planRetention, type RetentionRules } from '../../../src/retention/plan.ts'

const now = new Date('2026-11-20T12:00:00Z')
const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Mostly zero: with many rules at work, hardly an archive depends on just one of them. */
const orZero = (most: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: most }) },
  )

/** Arrays of up to so many; by itself fast-check keeps to about ten. */
const full = (maxLength: number) => ({ maxLength, size: 'max' as const })

/** Runs by the hour, dense or years apart, the newest perhaps long ago or in the future; one in four degraded. */
const history = fc
  .tuple(
    fc.constantFrom(48, 24 * 60, 24 * 365 * 3),
    fc.noBias(fc.integer({ min: -48, max: 24 * 40 })),
    fc.array(fc.noBias(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 3 }))), full(60)),
  )
  .map(([span, newest, runs]) => {
    const byTime = new Map(
      runs.map(([share, dice]) => {
        const hoursAgo = newest + Math.floor(share * span)
        const time = new Date(now.getTime() - hoursAgo * hourMs)
        return [hoursAgo, archiveName('shop', time, dice === 0 ? 'degraded' : 'complete')]
      }),
    )
    return projectArchives([...byTime.values()], 'shop')
  })

const rules: fc.Arbitrary<RetentionRules> = fc.record({
  keepWithinDays: orZero(60),
  keep: fc.record({ daily: orZero(20), weekly: orZero(10), monthly: orZero(12), yearly: orZero(3) }),
  minArchives: orZero(10),
})

const verifiedOf = (archives: Archive[], dice: number[]) =>
  new Set(archives.filter((_, index) => (dice[index] ?? 1) === 0).map(({ name }) => name))

const dice = fc.array(fc.nat({ max: 5 }), full(60))

/** Checks a promise on what is left of any history, after any rules. */
function holds(
  promise: (case_: {
    archives: Archive[]
    left: Archive[]
    rules: RetentionRules
    verified: Set<string>
  }) => void,
): void {
  fc.assert(
    fc.property(history, rules, dice, (archives, someRules, throws) => {
      const verified = verifiedOf(archives, throws)
      const gone = new Set(namesToPrune(planRetention({ archives, rules: someRules, now, verified })))
      promise({ archives, left: archives.filter(({ name }) => !gone.has(name)), rules: someRules, verified })
    }),
    { numRuns: 1000 },
  )
}

const completeOf = (archives: Archive[]) => archives.filter(({ status }) => status === 'complete')

describe('whatever the history and the rules', () => {
  it('no archive younger than the limit is pruned', () => {
    holds(({ archives, left, rules: { keepWithinDays } }) => {
      const young = archives.filter(({ time }) => now.getTime() - time.getTime() <= keepWithinDays * dayMs)
      expect(left).toEqual(expect.arrayContaining(young))
    })
  })

  it('the newest archive of each of the last so many days, weeks, months and years stays', () => {
    holds(({ archives, left, rules: { keep } }) => {
      for (const period of periods) {
        const newest = new Map<string, Archive>()
        for (const archive of completeOf(archives)) {
          const key = periodOf(period, archive.time)
          if (!newest.has(key)) newest.set(key, archive)
        }
        expect(left).toEqual(expect.arrayContaining([...newest.values()].slice(0, keep[period])))
      }
    })
  })

  it('the newest complete archives stay, as many as the minimum says, and always one', () => {
    holds(({ archives, left, rules: { minArchives } }) => {
      const newest = completeOf(archives).slice(0, Math.max(1, minArchives))
      expect(completeOf(left).slice(0, newest.length)).toEqual(newest)
    })
  })

  it('the newest archive of all stays, even if it is an old degraded one', () => {
    holds(({ archives, left }) => {
      expect(left.slice(0, 1)).toEqual(archives.slice(0, 1))
    })
  })

  it('the newest verified archive stays, and the newest verified complete one', () => {
    holds(({ archives, left, verified }) => {
      const proven = archives.filter(({ name }) => verified.has(name))
      expect(left).toEqual(expect.arrayContaining([...proven.slice(0, 1), ...completeOf(proven).slice(0, 1)]))
    })
  })

  it('an old degraded archive stays only as the newest of all or verified, of those whose time has come', () => {
    holds(({ archives: all, left, rules: { keepWithinDays }, verified }) => {
      const archives = all.filter((archive) => !isFromFuture(archive, now))
      const old = left.filter(
        ({ status, time }) =>
          status === 'degraded' && now.getTime() - time.getTime() > keepWithinDays * dayMs,
      )
      const newestVerified = archives.find(({ name }) => verified.has(name))
      for (const archive of old) expect([archives[0], newestVerified]).toContain(archive)
    })
  })

  it('something is pruned as soon as nothing asks to keep it', () => {
    holds(({ left, rules: { keepWithinDays, keep, minArchives } }) => {
      const old = completeOf(left).filter(
        ({ time }) => now.getTime() - time.getTime() > keepWithinDays * dayMs,
      )
      const allowed = periods.reduce((sum, period) => sum + keep[period], 0) + Math.max(1, minArchives) + 2
      expect(old.length).toBeLessThanOrEqual(allowed)
    })
  })

  it('a second plan right after the first prunes nothing', () => {
    holds(({ left, rules: same, verified }) => {
      expect(namesToPrune(planRetention({ archives: left, rules: same, now, verified }))).toEqual([])
    })
  })

  it('a blocked plan prunes nothing', () => {
    fc.assert(
      fc.property(history, rules, (archives, someRules) => {
        const plan = planRetention({
          archives,
          rules: someRules,
          now,
          verified: new Set(),
          blocked: 'the run failed',
        })
        expect(namesToPrune(plan)).toEqual([])
      }),
    )
  })

  it('the plan does not depend on the order of the list', () => {
    fc.assert(
      fc.property(history, rules, (archives, someRules) => {
        const plan = (list: Archive[]) =>
          planRetention({ archives: list, rules: someRules, now, verified: new Set() })
        expect(plan([...archives].reverse())).toEqual(plan(archives))
      }),
    )
  })
})

describe('after two years of nights, each pruned by the plan', () => {
  it('there is an archive of each of the last days, weeks, months and both years', () => {
    const rulesOfTheYears = {
      keepWithinDays: 3,
      keep: { daily: 7, weekly: 4, monthly: 12, yearly: 2 },
      minArchives: 3,
    }
    let archives: Archive[] = []
    for (let night = 730; night >= 0; night -= 1) {
      const tonight = new Date(now.getTime() - night * dayMs)
      archives = projectArchives(
        [...archives.map(({ name }) => name), archiveName('shop', tonight, 'complete')],
        'shop',
      )
      const gone = new Set(
        namesToPrune(planRetention({ archives, rules: rulesOfTheYears, now: tonight, verified: new Set() })),
      )
      archives = archives.filter(({ name }) => !gone.has(name))
    }
    const count = (period: (typeof periods)[number]) =>
      new Set(archives.map(({ time }) => periodOf(period, time))).size
    expect(count('daily')).toBeGreaterThanOrEqual(10)
    expect(count('weekly')).toBeGreaterThanOrEqual(5)
    expect(count('monthly')).toBeGreaterThanOrEqual(13)
    expect(count('yearly')).toBe(3)
    expect(archives.length).toBeLessThanOrEqual(4 + 7 + 4 + 12 + 2)
  })
})
