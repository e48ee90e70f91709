import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeCopyLine } from '../../../../src/database/import/copy-line.ts'
import { readItems, readMembers } from '../../../../src/database/import/json-members.ts'

describe('a JSON object taken apart', () => {
  it('gives each member’s own text', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.constantFrom(undefined, 1),
        (object, indent) => {
          const members = readMembers(JSON.stringify(object, undefined, indent))
          expect([...members.keys()].sort()).toEqual(Object.keys(object).sort())
          for (const [name, value] of members)
            expect(JSON.stringify(JSON.parse(value))).toBe(JSON.stringify(object[name]))
        },
      ),
    )
  })

  it('leaves numbers as they stand', () => {
    expect(readMembers('{"n": 0.10000000000000000555 ,"m":[12345678901234567890]}')).toEqual(
      new Map([
        ['n', '0.10000000000000000555'],
        ['m', '[12345678901234567890]'],
      ]),
    )
    expect(readItems('[ 1, "a,]" ,[2,{"b":[]}], null]')).toEqual(['1', '"a,]"', '[2,{"b":[]}]', 'null'])
  })

  it.each(['[]', 'null', '1', '{"a":1', '', '{"a":1,"\\u0061":2}'])('refuses %j', (text) => {
    expect(() => readMembers(text)).toThrow(SyntaxError)
  })
})

describe('a row for COPY', () => {
  it('refuses an object in a column that takes none, by its name', () => {
    expect(() =>
      writeCopyLine(new Map([['a', '{}']]), [
        { name: 'a', isJson: false, isArray: false, delimiter: null, wantsValue: false },
      ]),
    ).toThrow('The column a takes no object.')
  })
})
