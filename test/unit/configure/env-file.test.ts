import { parse } from 'dotenv'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { setVariables } from '../../../src/configure/env-file.ts'

const example = `## The project

# Its reference.
#SUPABASE_PROJECT_REF=abcdefghijklmnopqrst

# Where the archives go.
BORG_REPO=/old/place
#BORG_REPOS=/one /two
`

describe('setting variables in an env file', () => {
  it('puts a value where its comment shows the name, and leaves the rest as it is', () => {
    expect(
      setVariables(example, { SUPABASE_PROJECT_REF: 'zyxwvutsrqponmlkjihg', BORG_REPO: '/new/place' }),
    ).toBe(
      example
        .replace('#SUPABASE_PROJECT_REF=abcdefghijklmnopqrst', 'SUPABASE_PROJECT_REF=zyxwvutsrqponmlkjihg')
        .replace('/old/place', '/new/place'),
    )
  })

  it('adds a variable that the file does not name', () => {
    expect(setVariables('A=1', { B: '2' })).toBe('A=1\nB=2\n')
  })

  it('comments an empty one out', () => {
    expect(setVariables(example, { BORG_REPO: '', WEBHOOK_URL: '' })).toBe(
      example.replace('BORG_REPO=/old/place', '#BORG_REPO='),
    )
  })

  it('writes every value so that it is read back as it was', () => {
    const values = fc.stringMatching(/^[^"'`\\\r\n]+$/).filter((value) => value.trim() === value)
    fc.assert(
      fc.property(values, (value) => {
        const text = setVariables('BORG_PASSPHRASE=x\n', { BORG_PASSPHRASE: value })
        expect(parse(text)).toEqual({ BORG_PASSPHRASE: value })
      }),
    )
  })

  it.each(['a#b', 'two words', "it's", 'say "hi"', '$HOME', 'back\\nslash', '`cmd`', "it's `both`"])(
    'keeps %s',
    (value) => {
      expect(parse(setVariables('', { BORG_PASSPHRASE: value }))).toEqual({ BORG_PASSPHRASE: value })
    },
  )

  it.each(['two\nlines', '\'"`'])('refuses what no env file can hold', (value) => {
    expect(() => setVariables('', { BORG_PASSPHRASE: value })).toThrow(RangeError)
  })
})
