import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { readJsonl, writeJsonl } from '../../../src/common/jsonl.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jsonl-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

const row = z.object({ text: z.string() })

async function roundTrip(texts: string[]): Promise<string[]> {
  const path = join(folder, 'rows.jsonl')
  await writeJsonl(
    path,
    texts.map((text) => ({ text })),
  )
  return (await Array.fromAsync(readJsonl(path, row.parse))).map((read) => read.text)
}

test('any text comes back from a file as it went in', async () => {
  const text = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed())
  await fc.assert(
    fc.asyncProperty(fc.array(text), async (texts) => {
      expect(await roundTrip(texts)).toEqual(texts)
    }),
    { numRuns: 50 },
  )
})

test('line separators inside a value are not ends of lines', async () => {
  const texts = ['a\u2028b\u2029c', '\r\n', '\u0085']
  expect(await roundTrip(texts)).toEqual(texts)
})

test('rows longer than a read are put together again', async () => {
  const texts = ['x'.repeat(700_000), 'é'.repeat(300_001), '']
  expect(await roundTrip(texts)).toEqual(texts)
})

test('a line that is not such a row is an error', async () => {
  const path = join(folder, 'bad.jsonl')
  await writeJsonl(path, [{ text: 1 }])
  await expect(Array.fromAsync(readJsonl(path, row.parse))).rejects.toThrow('expected string')
})
