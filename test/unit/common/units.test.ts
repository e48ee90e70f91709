import { expect, test } from 'vitest'
import { formatBytes, formatSeconds, plural } from '../../../src/common/units.ts'

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [20 * 1024 * 1024, '20 MiB'],
  [5.5 * 1024 ** 4, '5.5 TiB'],
])('%d bytes read %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

test.each([
  [0.04, '0.0 s'],
  [59.4, '59 s'],
  [60, '1 min 0 s'],
  [3725, '1 h 2 min'],
  [90_000, '1 d 1 h'],
])('%d seconds read %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text))

test('one thing is singular, any other number plural', () => {
  expect([plural(1, 'object'), plural(0, 'object'), plural(1200, 'entry', 'entries')]).toEqual([
    '1 object',
    '0 objects',
    '1,200 entries',
  ])
})
