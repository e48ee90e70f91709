import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { archiveName, projectArchives } from '../../../src/retention/archives.ts'
import { inOrderOfRuns } from '../../../src/retention/order.ts'
import { namesToPrune, planRetention } from '../../../src/retention/plan.ts'

const dayMs = 86_400_000
const now = new Date('2026-11-29T12:00:00Z')
const named = (time: number) => archiveName('shop', new Date(time), 'complete')
const nightsAgo = (nights: number) => now.getTime() - nights * dayMs

/** The archives of runs whose clocks told these times, the last run first, as they are ordered, and what retention deletes of them. */
function order(clocks: readonly number[]) {
  const made = clocks.map(named)
  const archives = inOrderOfRuns(projectArchives(made, 'shop'), made, now)
  const keep = { daily: 7, weekly: 4, monthly: 6, yearly: 1 }
  const rules = { keepWithinDays: 21, keep, minArchives: 3 }
  return {
    made,
    archives,
    pruned: namesToPrune(planRetention({ archives, rules, now, verified: new Set() })),
  }
}

describe('a night whose clock was wrong', () => {
  const nights = Array.from({ length: 20 }, (_, index) => nightsAgo(index))

  it.each([
    ['had fallen back to 1970', 0],
    ['had fallen back by years', nightsAgo(3000)],
    ['was two days behind', nightsAgo(7.5)],
    ['was years ahead', nightsAgo(-1800)],
    ['was two days ahead', nightsAgo(2.5)],
  ])('and %s makes no archive before or after it older, and has none deleted', (_, wrong) => {
    const { made, archives, pruned } = order(nights.with(5, wrong))
    expect(archives.map(({ name }) => name)).toEqual(made)
    for (const [index, { time }] of archives.entries())
      expect(Math.abs(time.getTime() - nightsAgo(index))).toBeLessThanOrEqual(index === 5 ? dayMs : 0)
    expect(pruned).toEqual([])
  })

  it('is the last one: the next night deletes nothing of the others', () => {
    expect(order(nights.with(0, 0))).toMatchObject({ pruned: [] })
    expect(order([nightsAgo(0), 0, ...nights.slice(1)])).toMatchObject({ pruned: [] })
  })
})

it('Archives are in the order of the runs and not later than now, whatever the clocks told', () => {
  const clock = fc.integer({ min: -4000, max: 40_000 }).map((nights) => Math.max(0, nightsAgo(nights / 2)))
  fc.assert(
    fc.property(fc.uniqueArray(clock, { maxLength: 30, selector: named }), (clocks) => {
      const { made, archives } = order(clocks)
      expect(archives.map(({ name }) => name)).toEqual(made)
      const times = archives.map(({ time }) => time.getTime())
      expect(times.every((time) => time <= now.getTime())).toBe(true)
      expect(times).toEqual(times.toSorted((a, b) => b - a))
    }),
  )
})

it('Archives whose names agree with the order of the runs keep their times', () => {
  const clocks = fc.uniqueArray(fc.integer({ min: 0, max: 9000 }), { maxLength: 30 })
  fc.assert(
    fc.property(clocks, (nights) => {
      const right = nights.toSorted((a, b) => a - b).map(nightsAgo)
      expect(order(right).archives.map(({ time }) => time.getTime())).toEqual(right)
    }),
  )
})
