import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { components } from '../../src/components/list.ts'
import { renderCoveragePage } from '../../src/coverage/page.ts'
import * as facts from '../../src/database/facts/all.ts'
import { rules } from '../../src/database/rules/rules.ts'
import { checkout } from '../helpers/checkout.ts'

test('the page on what is in a backup is as the code has it', async () => {
  expect(await readFile(join(checkout, 'docs/reference/coverage.md'), 'utf8')).toBe(
    await renderCoveragePage(),
  )
})

const kinds = (await Promise.all(components.map(({ coverage }) => coverage()))).flat()

test('each rule that brings something back is named by a kind of thing, and no other is', () => {
  const named = kinds.flatMap((kind) => kind.rules ?? [])
  const restoring = rules.filter(({ action }) => action !== 'drop').map(({ id }) => id)
  expect([...new Set(named)].sort()).toEqual(restoring.sort())
})

test('each fact that a backup records is named by a kind of thing', () => {
  const recorded = Object.values(facts).flatMap((fact) =>
    typeof fact === 'object' && fact !== null && 'file' in fact ? [String(fact.file)] : [],
  )
  const named = kinds.flatMap((kind) => kind.facts ?? []).map(({ file }) => file)
  expect(recorded.length).toBeGreaterThan(10)
  expect(recorded.filter((file) => !named.includes(file))).toEqual([])
})
