import { expect, test } from 'vitest'
import { isRounded, jsonWith, membersOf } from '../../../src/storage/catalogue/json-text.ts'

test('members of a JSON object are the texts they stand there as', () => {
  const text =
    '{"a": 12345678901234567890123, "b,\\"}": {"c": [1, {"d": 2}], "e": "},{"}, "": null, "ü\\u0041": "x" }'
  expect([...membersOf(text)]).toEqual([
    ['a', '12345678901234567890123'],
    ['b,"}', '{"c": [1, {"d": 2}], "e": "},{"}'],
    ['', 'null'],
    ['üA', '"x"'],
  ])
  expect([...membersOf('{}'), ...membersOf('[1]'), ...membersOf('7')]).toEqual([])
})

test('JSON with members given as text is those texts', () => {
  expect(jsonWith({ a: 1, b: { c: 2 }, d: undefined }, { b: '1.10', e: undefined })).toBe('{"a":1,"b":1.10}')
})

test.each([
  ['{"n": 12345678901234567890123}', true],
  ['{"n": 0.10000000000000000555}', true],
  ['{"n": 9007199254740993}', true],
  ['{"n": 0.1, "m": 1.5, "s": "12345678901234567890"}', false],
  ['{"n": 1000000000000000}', false],
])('%s is rounded by JavaScript: %s', (text, rounded) => {
  expect(isRounded(text)).toBe(rounded)
})
