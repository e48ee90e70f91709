import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkout } from '../helpers/checkout.ts'
import { readSources } from '../helpers/documents.ts'
import { withoutFences } from '../helpers/markdown.ts'

const code = /'([A-Z][A-Z0-9_]+)'/g

/** Errors of single requests to the Storage API, which end in a finding or in an error of their own code. */
const inner = /new HttpError\(\{[^}]*\}|\bcorrupt\(\s*'\w+'/g

/** What an error of another program or of the system is compared with. */
const compared = /[!=]== '\w+'/g

/** Codes of a TypeScript source: after `code:`, and as the first argument of functions that take one. */
function codesOfTypeScript(text: string): string[] {
  const source = text.replace(inner, '').replace(compared, '')
  const takers = [...source.matchAll(/(?:function (\w+)|const (\w+) = )\(code: string/g)].map(
    ([, named, assigned]) => named ?? assigned,
  )
  const places = [/code:[^\n]*/g, ...takers.map((name) => new RegExp(`\\b${name}\\(\\s*'[A-Z0-9_]+'`, 'g'))]
  const found = places.flatMap((place) => source.match(place) ?? [])
  // `expired ? 'A' : 'B'` as a first argument.
  const either = takers.flatMap(
    (name) => source.match(new RegExp(`\\b${name}\\(\\s*\\w+ \\? [^,]*`, 'g')) ?? [],
  )
  return [...found, ...either].flatMap((place) => [...place.matchAll(code)].map(([, name]) => name ?? ''))
}

function codesOfBash(text: string): string[] {
  return [...text.matchAll(/(?:error|borg)_raise (?:\d+|"\$\w+") ([A-Z_]+)/g)].map(([, name]) => name ?? '')
}

async function codesOfSources(): Promise<string[]> {
  const typescript = (await readSources('.ts')).filter(({ path }) => !path.startsWith('src/standin/'))
  const bash = await readSources('.sh')
  const codes = [
    ...typescript.flatMap(({ text }) => codesOfTypeScript(text)),
    ...bash.flatMap(({ text }) => codesOfBash(text)),
  ]
  return [...new Set(codes)].sort()
}

test('the page on errors has a heading for each code there is, and for no other', async () => {
  const page = withoutFences(await readFile(join(checkout, 'docs/reference/errors.md'), 'utf8'))
  const headings = [...page.matchAll(/^### (\w+)$/gm)].map(([, heading]) => heading ?? '')
  expect(headings).toEqual([...new Set(headings)])
  expect(headings.toSorted()).toEqual(await codesOfSources())
})

test('each error says when it appears and what to do', async () => {
  const page = await readFile(join(checkout, 'docs/reference/errors.md'), 'utf8')
  for (const section of page.split(/^### /m).slice(1))
    expect(section, section.split('\n')[0]).toMatch(/^\w+\n\n[A-Z`].+\n\*\*Do:\*\* \S/s)
})

test('codes are found in every way of raising an error, and codes of single requests are not', () => {
  expect(codesOfTypeScript(`throw new BackupError({ code: late ? 'A_B' : 'CD', message })`)).toEqual([
    'A_B',
    'CD',
  ])
  expect(codesOfTypeScript(`const because = (code: string) => 1\nreturn because(\n  'D_E', 'Text')`)).toEqual(
    ['D_E'],
  )
  expect(codesOfTypeScript(`new HttpError({ code: 'NO' }); code: x.code === 'NOT' ? 'I_J' : y`)).toEqual([
    'I_J',
  ])
  expect(codesOfBash(`borg_raise 78 F_G "text"\n  error_raise "$2" H "x"`)).toEqual(['F_G', 'H'])
})
