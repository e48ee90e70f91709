import { expect, it } from 'vitest'
import { withoutContained } from '../../../src/components/select.ts'

it('A component within another is left out where that one is chosen, and only there', () => {
  expect(withoutContained(['database', 'storage', 'auth'])).toEqual(['database', 'storage'])
  expect(withoutContained(['storage', 'auth'])).toEqual(['storage', 'auth'])
  expect(withoutContained(['auth'])).toEqual(['auth'])
})
