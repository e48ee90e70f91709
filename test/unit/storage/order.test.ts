import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareBytes, mergeJoin } from '../../../src/storage/catalogue/merge-join.ts'

const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed())

async function* stream(names: readonly string[]) {
  for (const name of names) yield { name }
}

const join = async (left: readonly string[], right: readonly string[]) =>
  (await Array.fromAsync(mergeJoin(stream(left), stream(right)))).map(([l, r]) => [l?.name, r?.name])

describe('byte order', () => {
  test('is that of the UTF-8 bytes, beyond the basic plane too', () => {
    expect(compareBytes('\uffff', '😀')).toBeLessThan(0)
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
    )
  })
})

describe('a merge join', () => {
  test('pairs what both sides have and keeps what one has', async () => {
    expect(await join(['a', 'b', 'd'], ['b', 'c'])).toEqual([
      ['a', undefined],
      ['b', 'b'],
      [undefined, 'c'],
      ['d', undefined],
    ])
    expect(await join([], ['x'])).toEqual([[undefined, 'x']])
    expect(await join([], [])).toEqual([])
  })

  test('loses and repeats nothing, whatever the sides', async () => {
    const side = fc.uniqueArray(text).map((names) => names.sort(compareBytes))
    await fc.assert(
      fc.asyncProperty(side, side, async (left, right) => {
        const pairs = await join(left, right)
        expect(pairs.map(([l]) => l).filter((name) => name !== undefined)).toEqual(left)
        expect(pairs.map(([, r]) => r).filter((name) => name !== undefined)).toEqual(right)
        for (const [l, r] of pairs) if (l !== undefined && r !== undefined) expect(l).toBe(r)
        expect(pairs.length).toBe(new Set([...left, ...right]).size)
      }),
    )
  })

  test.each([
    [['b', 'a'], []],
    [[], ['a', 'a']],
  ])('refuses sides out of order: %j, %j', async (left, right) => {
    await expect(join(left, right)).rejects.toThrow('out of byte order')
  })
})
