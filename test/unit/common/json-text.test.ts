import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalText, isNestedDeeper, jsonText, sameValue } from '../../../src/common/json-text.ts'

const deep = (inner: string, levels = 50_000) =>
  `${'{"a":[null,'.repeat(levels)}${inner}${']}'.repeat(levels)}`

describe('JSON as text', () => {
  it('is what JSON.stringify makes of it, and the same for every order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(jsonText(value)).toBe(JSON.stringify(value))
        const text = canonicalText(value)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(canonicalText(JSON.parse(text))).toBe(text)
      }),
    )
    expect(canonicalText({ b: 1, a: { d: 2, c: 3 } })).toBe(canonicalText({ a: { c: 3, d: 2 }, b: 1 }))
  })

  it('may be nested deeper than calls may be', () => {
    const value = JSON.parse(deep('"ü"'))
    expect(() => JSON.stringify(value)).toThrow(RangeError)
    expect(jsonText({ value, none: undefined })).toBe(`{"value":${deep('"ü"')}}`)
    expect(sameValue(value, JSON.parse(deep('"ü"')))).toBe(true)
    expect(sameValue(value, JSON.parse(deep('"u"')))).toBe(false)
  })

  it('tells how deep it is, whatever stands in its strings', () => {
    const text = String.raw`{"[[[[":["\"[[[[",{}]}`
    expect([2, 3].map((levels) => isNestedDeeper(text, levels))).toEqual([true, false])
  })
})
