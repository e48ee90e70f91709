import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { compareCatalogs } from '../../../src/database/diff/catalog.ts'

it.each([
  ['first', 'second', 'its secret is another one'],
  ['first', null, 'only the first backup has its secret'],
  [null, 'second', 'only the second backup has its secret'],
])(
  'the difference of a vault secret that is %s and %s is told without its value',
  async (old, current, diff) => {
    const folder = await mkdtemp(join(tmpdir(), 'diff-secrets-'))
    try {
      for (const [generation, secret] of Object.entries({ before: old, after: current })) {
        await mkdir(join(folder, generation, 'database'), { recursive: true })
        const row = { id: 'a0a0a0a0-0000-4000-8000-000000000000', name: 'payments', description: '', secret }
        await writeFile(join(folder, generation, 'database/vault.jsonl'), `${JSON.stringify(row)}\n`)
      }
      expect(await compareCatalogs(join(folder, 'before'), join(folder, 'after'))).toEqual([
        { change: 'changed', kind: 'vault secret', name: 'payments', diff },
      ])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
)
