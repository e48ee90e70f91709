import { expect, test } from 'vitest'
import type { Manifest } from '../../../src/common/manifest.ts'
import { diffBackups } from '../../../src/diff/diff.ts'
import { diffLines } from '../../../src/diff/text.ts'

const manifest = (schemas?: string[]): Manifest => ({
  ...{
    format: 2,
    runId: 'r',
    startedAt: 'now',
    snapshotAt: null,
    status: 'complete',
    files: {},
    versions: {},
  },
  tool: { name: 'supabase-backup', version: '0.1.0' },
  project: { name: 'shop', ref: null, url: null },
  components: [{ component: 'database', status: 'complete', seconds: 1, counts: {}, findings: [] }],
  ...(schemas && { partial: { type: 'full', schemas, excludeTables: [], excludedTables: [] } }),
})

test('Backups of which nothing can be compared are not said to be equal', async () => {
  const side = (schemas?: string[]) => ({ generation: '', manifest: manifest(schemas), source: 'it' })
  for (const [from, to] of [
    [side(['shop']), side()],
    [side(['shop']), side(['shop_eu'])],
  ] as const) {
    const diff = await diffBackups(from, to)
    expect(diff.equal).toBe(false)
    expect(diffLines(diff)).toContain('Nothing of the two could be compared.')
    expect(diffLines(diff)).not.toContain('Nothing changed.')
  }
})
