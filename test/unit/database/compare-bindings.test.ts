import { expect, test } from 'vitest'
import type { Binding } from '../../../src/database/facts/all.ts'
import { compareBindings } from '../../../src/database/verify/bindings.ts'

const index = (
  types: string[],
  operator = 'extensions.=(extensions.citext, extensions.citext)',
): Binding => ({
  ...{ kind: 'INDEX', schema: 'public', name: 'same_idx', relation: 'people' },
  ...{ operators: { [operator]: 1 }, functions: [], types },
})
const ofClass = 'extensions.citext_ops USING btree'
const newer = index(['extensions.citext', ofClass])
const older = index([ofClass])
const minors = { sameMajor: true, sameVersion: false }
const same = { sameMajor: true, sameVersion: true }

test('the types of an index that only a newer release records are no difference', () => {
  expect(compareBindings([newer], [older], minors)).toEqual([])
})

const byDefault = (types: string[]): Binding => ({ ...index([]), kind: 'DEFAULT', operators: {}, types })

test('the type of an array that only a newer release records is no difference', () => {
  const [one, other] = [byDefault(['public.role', 'public.role[]']), byDefault(['public.role'])]
  expect(compareBindings([one], [other], minors)).toEqual([])
  expect(compareBindings([one], [other], same)).toHaveLength(1)
  expect(compareBindings([one], [byDefault(['public.other'])], minors)).toHaveLength(1)
})

test.each<[string, Binding, Binding, typeof same]>([
  ['a type, on the same release', newer, older, same],
  ['an operator class', newer, index(['extensions.citext', 'public.own_ops USING btree']), minors],
  ['an operator', newer, index([ofClass], '=(text, text)'), minors],
  ['a type of a view', { ...newer, kind: 'VIEW' }, { ...older, kind: 'VIEW' }, minors],
])('%s is one', (_, expected, actual, servers) => {
  expect(compareBindings([expected], [actual], servers)).toHaveLength(1)
})
