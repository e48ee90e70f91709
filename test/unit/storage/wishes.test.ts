import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeJsonl } from '../../../src/common/jsonl.ts'
import { storageLayout } from '../../../src/storage/catalogue/layout.ts'
import type { ManifestRow, Scope } from '../../../src/storage/catalogue/rows.ts'
import { scopeIn } from '../../../src/storage/catalogue/scope-flags.ts'
import { refuseUnmetInBackup } from '../../../src/storage/catalogue/wishes.ts'

let generation: string
beforeAll(async () => {
  generation = await mkdtemp(join(tmpdir(), 'wishes-test-'))
  const layout = storageLayout(generation)
  const objects = { shop: ['a_b/1', 'im', 'img/a.png'], 'shop-eu': ['img/a.png', 'x y/z'], void: [] }
  for (const [bucket, names] of Object.entries(objects)) {
    await mkdir(dirname(layout.manifest(bucket)), { recursive: true })
    await writeJsonl(layout.manifest(bucket), names.map(row))
  }
  const buckets = Object.keys(objects).map((id) => ({ id, name: id }))
  await writeFile(layout.buckets, JSON.stringify({ source: 'api', scope: {}, buckets, totals: {} }))
})
afterAll(() => rm(generation, { recursive: true }))

function row(name: string): ManifestRow {
  return {
    ...{ id: null, name, created_at: null, updated_at: null },
    ...{ state: 'ok', file: name, bytes: 1, sha256: '0'.repeat(64) },
  }
}

test.each<Scope>([
  {},
  { buckets: ['shop', 'void'] },
  { prefixes: ['im', 'x '] },
  { prefixes: [''] },
  { buckets: ['shop'], prefixes: ['a_'], objects: ['shop-eu/x y/z'] },
  { objects: ['shop/im', 'shop-eu/img/a.png'] },
])('What a command names and the backup has is let through: %j', async (scope) => {
  await expect(refuseUnmetInBackup(generation, scope)).resolves.toBeUndefined()
})

test.each<[Scope, string]>([
  [{ buckets: ['shop', 'sho'] }, 'The backup has no bucket "sho".'],
  [{ buckets: [''] }, 'The backup has no bucket "".'],
  [{ prefixes: ['im', 'a%', 'aXb'] }, 'begins with "a%", and no object whose name begins with "aXb".'],
  [{ prefixes: ['shop/im'] }, 'The backup has no object whose name begins with "shop/im".'],
  [{ buckets: ['shop-eu'], prefixes: ['a_'] }, 'begins with "a_" in "shop-eu".'],
  [{ buckets: ['void'], prefixes: [''] }, 'begins with "" in "void".'],
  [{ objects: ['shop/im', 'shop/i', 'nowhere/im'] }, 'no object "shop/i", and no object "nowhere/im".'],
])('What a command names and the backup does not have is refused: %j', async (scope, said) => {
  await expect(refuseUnmetInBackup(generation, scope)).rejects.toMatchObject({
    ...{ code: 'NOTHING_SELECTED', exitCode: 2, message: expect.stringContaining(said) },
  })
})

test('All prefixes that are given count, and the one of a restore that an earlier version began', () => {
  expect(scopeIn({ prefix: ['a/', 'b/'] }).prefixes).toEqual(['a/', 'b/'])
  expect(scopeIn({ prefix: 'a/' }).prefixes).toEqual(['a/'])
  expect(scopeIn({}).prefixes).toBeUndefined()
})
