import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { shownCount } from '../../src/client/field-units.ts'

const source = join(import.meta.dirname, '../../../src')

/** Names with bytes in them in what the toolkit counts, and in what previews and comparisons say. */
function namesInToolkit(): string[] {
  const found = globSync(`${source}/{database,storage,auth,functions,settings,generation}/**/*.ts`).flatMap(
    (path) =>
      [
        ...readFileSync(path, 'utf8').matchAll(/counts\b[^{};]*\{[^}]*\}|interface \w*Preview \{[^}]*\}/g),
      ].flatMap(([text]) => text.match(/\b\w*bytes\w*(?=\??:)/gi) ?? []),
  )
  return [...new Set(found)].sort()
}

describe('a count', () => {
  test('is a size by the name of its field, and a number where it counts objects', () => {
    expect(shownCount('bytesFetched', 2048)).toBe('2.0 KiB')
    expect(shownCount('objectsWithoutBytes', 2048)).toBe('2,048')
    expect(shownCount('rows', 0)).toBe('0')
  })

  test('of the toolkit has its unit known here', () => {
    const names = namesInToolkit()
    expect(names).toContain('bytesSent')
    expect(names.filter((name) => shownCount(name, 2048) === '2,048')).toEqual(['objectsWithoutBytes'])
  })
})
