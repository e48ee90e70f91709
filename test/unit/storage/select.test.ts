import { describe, expect, test } from 'vitest'
import { globToRegExp } from '../../../src/storage/catalogue/patterns.ts'
import type { Scope } from '../../../src/storage/catalogue/rows.ts'
import { createSelection, intersect, parseObjectName } from '../../../src/storage/catalogue/select.ts'

test.each([
  ['avatars', 'avatars/a/b', true],
  ['avatars', 'avatars2/a', false],
  ['avatars/', 'avatars/a/b', true],
  ['avatars/*', 'avatars/a', true],
  ['avatars/*', 'avatars/a/b', false],
  ['*/tmp/**', 'any/tmp/a/b', true],
  ['*/tmp/**', 'any/x/tmp/a', false],
  ['**/*.log', 'b/x/y.log', true],
  ['b/?.txt', 'b/a.txt', true],
  ['b/?.txt', 'b//.txt', false],
  ['b/a.b', 'b/axb', false],
  ['b/(x)[1]+$', 'b/(x)[1]+$', true],
  ['b/\\*', 'b/*', true],
  ['b/\\*', 'b/a', false],
  ['b/**', 'b/a\nb', true],
])('the pattern %s on %s: %s', (pattern, name, expected) => {
  expect(globToRegExp(pattern).test(name)).toBe(expected)
})

describe('a scope', () => {
  const selects = (scope: Scope, name: string) => {
    const { bucket, key } = parseObjectName(name)
    const selection = createSelection(scope)
    return selection.bucket(bucket) && selection.object(bucket, key)
  }
  test.each<[Scope, string, boolean]>([
    [{}, 'b/k', true],
    [{ buckets: ['b'] }, 'b/k', true],
    [{ buckets: ['b'] }, 'c/k', false],
    [{ prefixes: ['x/'] }, 'b/x/y', true],
    [{ prefixes: ['x/'] }, 'b/xy', false],
    [{ prefixes: ['x/', 'y/'] }, 'b/x/a', true],
    [{ prefixes: ['x/', 'y/'] }, 'b/y/a', true],
    [{ prefixes: ['x/', 'y/'] }, 'b/z/a', false],
    [{ prefixes: ['a_', 'a%'] }, 'b/ab', false],
    [{ buckets: ['b'], prefixes: ['x'] }, 'c/x', false],
    [{ objects: ['b/k'] }, 'b/k', true],
    [{ objects: ['b/k'] }, 'b/k2', false],
    [{ objects: ['b/k'] }, 'c/k', false],
    [{ objects: ['b/k'], buckets: ['c'] }, 'c/anything', true],
    [{ objects: ['b/k'], buckets: ['c'] }, 'b/k', true],
    [{ objects: ['b/k'], buckets: ['c'] }, 'b/x', false],
    [{ include: ['b/*.png'] }, 'b/a.png', true],
    [{ include: ['b/*.png'] }, 'b/a.txt', false],
    [{ exclude: ['**/cache/**'] }, 'b/cache/x', false],
    [{ include: ['b'], exclude: ['b/tmp/'] }, 'b/tmp/x', false],
    [{ include: ['b'], exclude: ['b/tmp/'] }, 'b/x', true],
  ])('%j on %s: %s', (scope, name, expected) => {
    expect(selects(scope, name)).toBe(expected)
  })

  test('is everything only when nothing is left out', () => {
    expect(createSelection({}).everything).toBe(true)
    for (const scope of [
      { include: ['b'] },
      { exclude: ['b'] },
      { buckets: ['b'] },
      { prefixes: [''] },
      { objects: ['b/k'] },
    ])
      expect(createSelection(scope).everything, JSON.stringify(scope)).toBe(false)
  })

  test('within another selects what both do', () => {
    const both = intersect(createSelection({ exclude: ['b/x'] }), createSelection({ buckets: ['b'] }))
    expect([both.object('b', 'y'), both.object('b', 'x'), both.object('c', 'y'), both.everything]).toEqual([
      true,
      false,
      false,
      false,
    ])
  })
})

test.each(['nothing', '/k', 'b/', ''])('%j names no object', (name) => {
  expect(() => parseObjectName(name)).toThrow('names no object')
})
