import { describe, expect, test } from 'vitest'
import type { ComponentResult } from '../../../src/common/findings.ts'
import { components } from '../../../src/components/list.ts'
import { type CoverageRow, coverageOf, coverageRows, coverageText } from '../../../src/coverage/matrix.ts'

const rows: CoverageRow[] = [
  { component: 'storage', name: 'Objects', returns: 'As they were.', counts: ['objects', 'bytes'] },
  { component: 'storage', name: 'Keys', returns: 'As they were.', files: ['storage/keys', 'storage/more'] },
  { component: 'functions', name: 'Functions', returns: 'Deployed, see [functions](f.md).' },
  { component: null, name: 'Logs', returns: 'Never: they are | not data.' },
]

const result = (fields: Partial<ComponentResult>): ComponentResult => ({
  ...{ component: 'storage', status: 'complete', seconds: 1, counts: { objects: 1200 }, findings: [] },
  ...fields,
})

test('the matrix has every component’s kinds of things, and what no backup holds', async () => {
  const all = await coverageRows(components)
  const named = new Set(all.map(({ component }) => component))
  expect(named).toEqual(new Set([...components.map(({ name }) => name), null]))
})

test('the matrix for a terminal groups them by component, in lines that fit', async () => {
  const text = coverageText(await coverageRows(components))
  for (const { name } of components) expect(text).toMatch(new RegExp(`^${name}$`, 'm'))
  expect(text).toMatch(/^in no backup$/m)
  expect(text.split('\n').filter((line) => line.length > 100)).toEqual([])
  expect(coverageText(rows)).toBe(
    'storage\n  Objects\n      As they were.\n  Keys\n      As they were.\n\nfunctions\n  Functions\n      Deployed, see functions.\n\nin no backup\n  Logs\n      Never: they are | not data.',
  )
})

describe('the matrix of one backup', () => {
  const lineOf = (name: string, results: ComponentResult[], files: readonly string[] = []) =>
    coverageOf(rows, results, (path) => files.includes(path))
      .split('\n')
      .find((line) => line.startsWith(`| ${name}`))

  test('has its own quantities', () => {
    expect(lineOf('Objects', [result({})])).toBe('| Objects | yes, objects: 1,200 | As they were. |')
  })

  test.each([
    [result({ status: 'degraded' }), 'yes, but see part “by hand”, objects: 1,200'],
    [
      result({ status: 'stale', takenAt: '2026-11-20T03:00:00Z' }),
      'as it was on 2026-11-20T03:00:00Z, objects: 1,200',
    ],
    [result({ status: 'skipped', counts: {} }), 'no'],
  ])('says of a component what became of it', (storage, expected) => {
    expect(lineOf('Objects', [storage])).toContain(`| ${expected} |`)
  })

  test('says of what is in files of its own whether these are there', () => {
    expect(lineOf('Keys', [result({})])).toBe('| Keys | no | As they were. |')
    expect(lineOf('Keys', [result({})], ['storage/more'])).toBe('| Keys | yes | As they were. |')
  })

  test('says of what it does not have that it does not', () => {
    expect(lineOf('Functions', [result({})])).toBe('| Functions | no | Deployed, see functions. |')
    expect(lineOf('Logs', [result({})])).toBe('| Logs | no | Never: they are \\| not data. |')
  })
})
