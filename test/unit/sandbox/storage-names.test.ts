import { describe, expect, test } from 'vitest'
import { parseSize, requireAllowedTypes, requireListedType } from '../../../src/standin/storage-api/names.ts'

describe('sizes', () => {
  test.each([
    ['5MB', 5_000_000],
    ['1.5kb', 1500],
    ['7B', 7],
    ['2Gb', 2_000_000_000],
  ])('%s is %i bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })

  test.each(['5', 'MB', '5 MB', '-5MB', '5TB', ''])('"%s" is no size', (text) => {
    expect(parseSize(text)).toBeUndefined()
  })
})

describe('lists of allowed types', () => {
  test.each(['image/png', 'image/*', '*/*', 'text/plain; charset=utf-8'])('may hold %s', (entry) => {
    expect(() => requireAllowedTypes([entry])).not.toThrow()
  })

  test.each(['bad', 'image/', '/png', 'a/b/c'])('may not hold %s', (entry) => {
    expect(() => requireAllowedTypes([entry])).toThrow(`mime type ${entry} is not supported`)
  })

  test.each([
    ['image/png', ['image/png']],
    ['image/png', ['text/plain', 'image/*']],
  ])('%s is listed in %j', (type, list) => {
    expect(() => requireListedType(type, list)).not.toThrow()
  })

  test.each([
    ['IMAGE/PNG', ['image/*']],
    ['text/plain; charset=utf-8', ['text/plain']],
    ['image/png', []],
    ['garbage', ['garbage/*']],
  ])('%s is not listed in %j', (type, list) => {
    expect(() => requireListedType(type, list)).toThrow(`mime type ${type} is not supported`)
  })
})
