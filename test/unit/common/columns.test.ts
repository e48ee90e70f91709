import { expect, test } from 'vitest'
import { alignedLine, widthsOf } from '../../../src/common/columns.ts'

const rows = [
  ['bucket', 'objects', 'state'],
  ['a', '12', 'ok'],
]

test('columns are as wide as their longest cell', () => {
  expect(widthsOf(rows)).toEqual([6, 7, 5])
  expect(widthsOf([])).toEqual([])
})

test('cells stand at the left edge of their column, or at the right one', () => {
  const lines = rows.map((row) => alignedLine(row, widthsOf(rows).slice(0, 2), [1]))
  expect(lines).toEqual(['bucket  objects  state', 'a            12  ok'])
})

test('a cell that is too long for its column moves what follows', () => {
  expect(alignedLine(['too long', 'x'], [3, 2])).toBe('too long  x ')
})
