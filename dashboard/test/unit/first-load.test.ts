import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { loadPages } from '../../src/server/http/serve.ts'

/** Compressed, of everything that a first look takes. */
const mostBytes = 300 * 1024

/** What a page of the build loads before it can be used: what it names, and what that imports in turn. */
async function scriptsOf(path: string): Promise<Map<string, number>> {
  const { pages, clientDirectory } = await loadPages(`${process.env['DASHBOARD_BUILD']}`)
  const look = (to: string) => pages.fetch(new Request(new URL(to, 'http://127.0.0.1')))
  const first = await look(path)
  // A screen that has choices goes on to its address with them.
  const page = await (await look(first.headers.get('location') ?? path)).text()
  const waiting = [...page.matchAll(/\/assets\/([\w.-]+\.js)/g)].map(([, name]) => `${name}`)
  const scripts = new Map<string, number>()
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (scripts.has(name)) continue
    const text = readFileSync(join(clientDirectory, 'assets', name), 'utf8')
    scripts.set(name, gzipSync(text).length)
    for (const [, imported] of text.matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g))
      waiting.push(`${imported}`)
  }
  return scripts
}

test('The first answer of a screen has something to paint before any script is there', async () => {
  const { pages } = await loadPages(`${process.env['DASHBOARD_BUILD']}`)
  const page = await (await pages.fetch(new Request('http://127.0.0.1/audit'))).text()
  expect(page.slice(page.indexOf('<body'))).toContain('The page is being loaded')
})

test.each(['/', '/sign-in', '/analytics'])(
  'The first load of %s takes little enough script',
  async (path) => {
    const scripts = await scriptsOf(path)
    expect(scripts.size).toBeGreaterThan(1)
    const bytes = [...scripts.values()].reduce((sum, size) => sum + size, 0)
    expect(bytes).toBeGreaterThan(50 * 1024)
    expect(bytes).toBeLessThan(mostBytes)
  },
)
