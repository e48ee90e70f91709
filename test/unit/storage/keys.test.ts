import { join, normalize } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucketFileName, createFileNamer, isSafeFilePath } from '../../../src/storage/api/keys.ts'
import { compareBytes } from '../../../src/storage/catalogue/merge-join.ts'

function filesOf(keys: readonly string[]): Map<string, string> {
  const fileOf = createFileNamer()
  return new Map([...new Set(keys)].sort(compareBytes).map((key) => [key, fileOf(key)]))
}

/** Keys made of what is hard: slashes, dots, marks of the escaping itself, case, unicode, control characters, length. */
const piece = fc.oneof(
  fc.constantFrom(
    'a',
    'A',
    'b',
    '/',
    '//',
    '.',
    '..',
    '%',
    '%2E',
    '%_',
    '%+',
    '%25',
    ' ',
    '?',
    '#',
    '\\',
    'ü',
    '😀',
  ),
  fc.constantFrom(
    '\u0001',
    '\n',
    '\u007f',
    '\uffff',
    'x'.repeat(239),
    'x'.repeat(240),
    'x'.repeat(241),
    '%long-',
  ),
  fc.string({ unit: 'binary', maxLength: 3 }).filter((text) => text.isWellFormed() && !text.includes('\0')),
)
const key = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''))
const keys = fc.array(
  key.filter((text) => text !== ''),
  { maxLength: 30 },
)

describe('file names of keys', () => {
  test('are the keys themselves where these are plain', () => {
    const plain = ['a.txt', 'photos/2024', "odd/it's (a) $100 key!;:@=,+*&?", '.hidden', '.meta.json']
    for (const [name, file] of filesOf(plain)) expect(file).toBe(name)
  })

  test.each([
    [
      ['a', 'a/b'],
      ['a', 'a%/b'],
    ],
    [
      ['a', 'a!', 'a/b', 'a/b/c'],
      ['a', 'a!', 'a%/b', 'a%/b%/c'],
    ],
    [
      ['a/', 'a//', 'a//b'],
      ['a/%_', 'a/%_%/%_', 'a/%_%/b'],
    ],
    [
      ['/lead', 'trail/'],
      ['%_/lead', 'trail/%_'],
    ],
    [
      ['.', '..', '../x'],
      ['%2E', '%2E%2E', '%2E%2E%/x'],
    ],
    [
      ['ü', '100%'],
      ['100%25', '%C3%BC'],
    ],
  ])('of %j are %j', (given, expected) => {
    expect([...filesOf(given).values()]).toEqual(expected)
  })

  test('are different for different keys, whatever the keys', () => {
    fc.assert(
      fc.property(keys, (given) => {
        const files = filesOf(given)
        expect(new Set(files.values()).size).toBe(files.size)
      }),
      { numRuns: 500 },
    )
  })

  test('never make a file where another needs a folder', () => {
    fc.assert(
      fc.property(keys, (given) => {
        const files = new Set(filesOf(given).values())
        for (const file of files) {
          const parts = file.split('/')
          for (let depth = 1; depth < parts.length; depth += 1)
            expect(files.has(parts.slice(0, depth).join('/'))).toBe(false)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('never leave the folder, and fit into every file system', () => {
    fc.assert(
      fc.property(keys, (given) => {
        for (const file of filesOf(given).values()) {
          expect(join('/folder', file)).toBe(normalize(`/folder/${file}`))
          expect(join('/folder', file).startsWith('/folder/')).toBe(true)
          expect(file.split('/').every((part) => Buffer.byteLength(part) <= 255)).toBe(true)
          expect(isSafeFilePath(file)).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('of keys that no path can hold are hashes', () => {
    const long = `${'ü'.repeat(200)}/`.repeat(10)
    const [file] = filesOf([long]).values()
    expect(file).toMatch(/^%long-[0-9a-f]{64}$/)
  })
})

test.each([
  ['levels', 'p/'.repeat(1_200)],
  ['nothing but slashes', '/'.repeat(1_000)],
  ['dots', './../'.repeat(300)],
  ['long segments', `${'x'.repeat(600)}/`.repeat(40)],
])('a key of many %s lies no deeper than any program walks', (_, name) => {
  for (const file of filesOf([name, `${name}x`, name.slice(0, 20)]).values()) {
    expect(file.split('/').length).toBeLessThanOrEqual(100)
    expect(isSafeFilePath(file)).toBe(true)
  }
})

describe('file names of buckets', () => {
  test('are one name each, different for different ids', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(bucketFileName(a)).not.toMatch(/\/|^\.\.?$/)
        expect(Buffer.byteLength(`${bucketFileName(a)}.jsonl`)).toBeLessThanOrEqual(255)
        if (a !== b) expect(bucketFileName(a)).not.toBe(bucketFileName(b))
      }),
      { numRuns: 500 },
    )
  })
})

test.each(['../x', '/x', 'a/../b', 'a//b', '', '.', 'a\nb', 'ü'])('a manifest path %j is refused', (path) => {
  expect(isSafeFilePath(path)).toBe(false)
})
