import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRange } from '../../../src/standin/storage-api/ranges.ts'

test.each([
  ['bytes=0-3', 10, { start: 0, end: 3 }],
  ['bytes=4-', 10, { start: 4, end: 9 }],
  ['bytes=-3', 10, { start: 7, end: 9 }],
  ['bytes=-99', 10, { start: 0, end: 9 }],
  ['bytes=8-99', 10, { start: 8, end: 9 }],
])('%s of %i bytes', (header, size, range) => {
  expect(parseRange(header, size)).toEqual(range)
})

test.each([
  ['bytes=10-', 10],
  ['bytes=5-2', 10],
  ['bytes=-0', 10],
  ['bytes=-', 10],
  ['bytes=0-1,4-5', 10],
  ['items=0-1', 10],
  ['bytes=0-', 0],
])('%s of %i bytes cannot be served', (header, size) => {
  expect(() => parseRange(header, size)).toThrow('invalid range provided')
})

test('a range that is served lies within the body', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.nat(50), fc.integer({ min: 1, max: 40 }), (first, last, size) => {
      fc.pre(first <= last && first < size)
      const { start, end } = parseRange(`bytes=${first}-${last}`, size)
      expect([start, end]).toEqual([first, Math.min(last, size - 1)])
    }),
  )
})
