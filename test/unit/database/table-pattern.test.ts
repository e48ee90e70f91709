import { describe, expect, test } from 'vitest'
import { readTablePattern } from '../../../src/database/capture/table-pattern.ts'

/** Whether a pattern matches a table, as psql and pg_dump say. */
function matches(pattern: string, schema: string, name: string): boolean {
  const read = readTablePattern(pattern)
  return (read.schema?.test(schema) ?? schema === 'public') && read.name.test(name)
}

describe('a pattern of tables', () => {
  test.each([
    ['public.log_*', 'public', 'log_2026', true],
    ['public.log_*', 'public', 'my_log_2026', false],
    ['public.log_*', 'other', 'log_2026', false],
    ['log_?', 'public', 'log_1', true],
    ['log_?', 'public', 'log_12', false],
    ['Public.LOGS', 'public', 'logs', true],
    ['"Public"."Logs"', 'Public', 'Logs', true],
    ['public."Logs*"', 'public', 'Logs*', true],
    ['public."Logs*"', 'public', 'Logs1', false],
    ['public."a""b"', 'public', 'a"b', true],
    ['"a.b".c', 'a.b', 'c', true],
    ['*.audit', 'any', 'audit', true],
    ['public.log_[0-9]+', 'public', 'log_17', true],
    ['public.cost$', 'public', 'cost$', true],
  ])('%s, of %s.%s: %s', (pattern, schema, name, expected) => {
    expect(matches(pattern, schema, name)).toBe(expected)
  })

  test.each(['', 'a.b.c', '"open', 'public.', 'public.log_['])('that is %j is refused', (pattern) => {
    expect(() => readTablePattern(pattern)).toThrow('is no pattern of tables')
  })
})
