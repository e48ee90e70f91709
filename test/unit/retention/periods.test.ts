import { expect, it } from 'vitest'
import { periodOf } from '../../../src/retention/periods.ts'

it.each([
  ['daily', '2026-11-20T00:00:00Z', '2026-11-20T23:59:59Z', '2026-11-21T00:00:00Z'],
  // Weeks begin on Monday, also across the turn of the year.
  ['weekly', '2026-11-16T00:00:00Z', '2026-11-22T23:59:59Z', '2026-11-23T00:00:00Z'],
  ['weekly', '2026-12-28T00:00:00Z', '2027-01-03T23:59:59Z', '2027-01-04T00:00:00Z'],
  ['monthly', '2026-11-01T00:00:00Z', '2026-11-30T23:59:59Z', '2026-12-01T00:00:00Z'],
  ['yearly', '2026-01-01T00:00:00Z', '2026-12-31T23:59:59Z', '2027-01-01T00:00:00Z'],
] as const)('A %s period goes from %s to %s, and the next begins at %s', (period, first, last, next) => {
  const key = periodOf(period, new Date(first))
  expect(periodOf(period, new Date(last))).toBe(key)
  expect(periodOf(period, new Date(next))).not.toBe(key)
})
