import { expect, test } from 'vitest'
import { isOlder, olderAt } from '../../../src/database/rules/extension-versions.ts'

test.each([
  ['0.5.1', '0.8.0', true],
  ['1.9', '1.10', true],
  ['1.10', '1.9', false],
  ['1.6', '1.6', false],
  ['1.6', '1.6.1', true],
  ['1.6.0', '1.6', false],
  ['unpackaged', '1.0', false],
  ['', '1.0', false],
])('Version %s of an extension beside %s: older is %s', (offered, wanted, older) => {
  expect(isOlder(offered, wanted)).toBe(older)
})

test('What a target has installed counts more than what it could install', () => {
  const recorded = [{ name: 'vector', version: '0.8.0' }]
  const offered = new Map([['vector', '0.8.0']])
  const installed = [{ name: 'vector', version: '0.5.1' }]
  expect(olderAt(recorded, { installed, offered })).toEqual([
    { name: 'vector', wanted: '0.8.0', offered: '0.5.1' },
  ])
  expect(olderAt(recorded, { installed: [], offered })).toEqual([])
})
