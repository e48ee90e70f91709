import { describe, expect, test } from 'vitest'
import { factsOf } from '../../../src/common/json-facts.ts'

const list = (...archives: object[]) =>
  JSON.stringify({
    repository: { id: 'f00', last_modified: 'x', location: '/"archive" trap' },
    encryption: { mode: 'repokey-blake2' },
    archives,
  })
const archive = (name: string, comment?: string) => ({
  archive: name,
  id: `id-of-${name.length}`,
  name,
  comment,
})

/** What is told of a list's only archive. */
const factOf = (name: string, comment?: string) => factsOf(list(archive(name, comment))).slice(2)

describe("the facts of Borg's output", () => {
  test('are the repository, its encryption, and id, owner and name of each archive in its order', () => {
    expect(
      factsOf(
        list(archive('shop-1', 'supabase-backup project=ref:abc'), archive('shop-22', ''), archive('x')),
      ),
    ).toEqual([
      'repository f00',
      'encryption repokey-blake2',
      'archive id-of-6 ref:abc shop-1',
      'archive id-of-7 - shop-22',
      'archive id-of-1 - x',
    ])
  })

  test.each([
    ['a quotation mark', 'a"b', 'a"b'],
    ['a backslash and what looks like a field', 'a\\", "id": "own', 'a\\", "id": "own'],
    ['spaces', 'the shop 1', 'the shop 1'],
    ['letters of another script', 'läden-商店', 'läden-商店'],
    [
      'a line break, which is no line of its own',
      'shop-1\narchive id ref:own shop-2',
      'shop-1\uFFFDarchive id ref:own shop-2',
    ],
    ['other control characters', 'a\tb\u2028c\u0000', 'a\uFFFDb\uFFFDc\uFFFD'],
  ])('name an archive with %s so that it is taken for no other', (_what, name, shown) => {
    expect(factOf(name)).toEqual([`archive id-of-${name.length} - ${shown}`])
  })

  test.each([
    ['that is not ours', 'supabase-backup-of project=ref:own', '-'],
    ['with more behind the owner', 'supabase-backup project=ref:own"\n', 'ref:own\uFFFD\uFFFD'],
    ['with a space in the owner', 'supabase-backup project=ref:own shop-2', 'ref:own\uFFFDshop-2'],
    [
      'with what a shell would run',
      "supabase-backup project=x'; rm -rf ~ #",
      'x\uFFFD\uFFFD\uFFFDrm\uFFFD-rf\uFFFD\uFFFD\uFFFD\uFFFD',
    ],
    ['with an owner that is empty', 'supabase-backup project=', '-'],
  ])('take from a comment %s no owner that it does not name as a whole', (_what, comment, owner) => {
    expect(factOf('n', comment)).toEqual([`archive id-of-1 ${owner} n`])
  })

  test('are the id of an archive that was created, and the chunks of one that was asked about', () => {
    expect(factsOf(JSON.stringify({ archive: { id: 'abc', name: 'n', stats: {} } }))).toEqual(['created abc'])
    const asked = { ...archive('n'), chunker_params: ['buzhash', 10, 23, 16, 4095] }
    expect(factsOf(list(asked))).toContain('chunker buzhash,10,23,16,4095')
  })
})

test('the facts of a manifest are who wrote it and which project it is of', () => {
  const manifest = { tool: { name: 'supabase-backup' }, project: { name: 'the "shop"', ref: null } }
  expect(factsOf(JSON.stringify(manifest))).toEqual(['tool supabase-backup', 'project the "shop"'])
})

test.each(['', '{', '[]', '"archives"', '{"archives": {}, "tool": 1}'])('%s has no facts', (text) => {
  expect(factsOf(text)).toEqual([])
})
