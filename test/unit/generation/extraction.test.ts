import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Manifest } from '../../../src/common/manifest.ts'
import { listPatterns, planExtraction } from '../../../src/generation/extraction.ts'

let generation: string
const complete = { status: 'complete' as const, seconds: 0, findings: [] }
const manifest: Manifest = {
  ...{ format: 1, tool: { name: 'supabase-backup', version: '0' }, runId: 'x', status: 'complete' },
  project: { name: 'shop', ref: null, url: null },
  ...{ startedAt: '2026-01-01T00:00:00Z', snapshotAt: null, versions: {} },
  components: [
    { ...complete, component: 'database', counts: {} },
    { ...complete, component: 'storage', counts: { objects: 2, bytes: 9_000 } },
  ],
  files: {
    'RECOVERY.md': { bytes: 1, sha256: '' },
    'database/dump/1.dat': { bytes: 5_000, sha256: '' },
    'storage/buckets.json': { bytes: 1, sha256: '' },
  },
}
const row = (name: string, file: string, bytes: number) =>
  JSON.stringify({
    ...{ id: null, name, created_at: null, updated_at: null, state: 'ok', file, bytes, sha256: 'x' },
  })

beforeAll(async () => {
  generation = await mkdtemp(join(tmpdir(), 'extraction-'))
  await mkdir(join(generation, 'storage/manifest'), { recursive: true })
  const buckets = [{ id: 'a b', name: 'a b' }]
  await writeFile(
    join(generation, 'storage/buckets.json'),
    JSON.stringify({ source: 'database', scope: {}, buckets, totals: {} }),
  )
  const rows = [row('end ', 'end ', 5_000), row('x', 'x', 4_000)]
  await writeFile(join(generation, 'storage/manifest/a b.jsonl'), `${rows.join('\n')}\n`)
})
afterAll(() => rm(generation, { recursive: true, force: true }))

test('a command about everything needs no patterns, and room for all of it in whole blocks', async () => {
  const plan = await planExtraction({ generation, manifest, components: undefined, flags: {} })
  expect(plan).toMatchObject({ patterns: [], everything: true, chosen: [], held: ['database', 'storage'] })
  expect(plan.bytes).toBeGreaterThanOrEqual(4_096 + 8_192 + 4_096 + 9_000)
})

test('a command about one component needs its folder and what belongs to none', async () => {
  const plan = await planExtraction({ generation, manifest, components: ['database'], flags: {} })
  expect(plan).toMatchObject({ everything: false, chosen: [], bytes: 4_096 + 8_192 })
  expect(plan.patterns).toEqual([
    '+ pf:manifest.json',
    '+ pf:RECOVERY.md',
    '+ pf:database/cluster.jsonl',
    '+ pp:database',
    '- re:.',
  ])
})

test('a command about chosen objects needs these, whatever their names end in', async () => {
  const flags = { prefix: 'end' }
  const plan = await planExtraction({ generation, manifest, components: ['storage'], flags })
  expect(plan).toMatchObject({ everything: false, chosen: ['storage'], bytes: 4_096 + 4_096 + 8_192 })
  expect(plan.patterns.slice(-3)).toEqual([
    '+ pp:storage/manifest',
    '+ re:^storage/objects/a\\x20b/end\\x20$',
    '- re:.',
  ])
})

test('a command about chosen objects first needs the manifests of Storage, which tell which they are', () => {
  expect(listPatterns({ prefix: 'end' })).toEqual([
    '+ pf:manifest.json',
    '+ pf:storage/buckets.json',
    '+ pp:storage/manifest',
    '- re:.',
  ])
  expect(listPatterns({})).toEqual(['+ pf:manifest.json', '- re:.'])
})

test('a component that only a newer toolkit knows is extracted with everything, and left where others are named', async () => {
  const newer: Manifest = {
    ...manifest,
    components: [...manifest.components, { ...complete, component: 'auth', counts: {} }],
    files: { ...manifest.files, 'auth/users.jsonl': { bytes: 9_000, sha256: '' } },
  }
  const everything = await planExtraction({ generation, manifest: newer, components: undefined, flags: {} })
  expect(everything).toMatchObject({ everything: true, patterns: [] })
  const components = ['database', 'storage']
  const known = await planExtraction({ generation, manifest: newer, components, flags: {} })
  expect(known).toMatchObject({ everything: false, bytes: everything.bytes - 3 * 4_096 })
  expect(known.patterns).toContain('+ pp:storage')
  expect(known.patterns.join()).not.toContain('auth')
})
