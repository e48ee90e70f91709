import { randomBytes } from 'node:crypto'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPieceWriter } from '../../../src/storage/mirror/piece-writer.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'piece-writer-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** Writes the chunks as a download does, and returns the file's bytes. */
async function written(chunks: readonly Buffer[]): Promise<Buffer> {
  const path = join(directory, 'body')
  const file = await open(path, 'w')
  const pieces = createPieceWriter(file)
  for (const chunk of chunks) {
    await pieces.add(chunk)
    // The network's buffers are used again.
    chunk.fill(0)
  }
  await pieces.end()
  await file.close()
  return readFile(path)
}

const mebibyte = 1 << 20

describe('a piece writer', () => {
  test.each([
    ['nothing', []],
    ['one byte', [1]],
    ['exactly one piece', [mebibyte]],
    ['a piece and a byte', [mebibyte, 1]],
    ['a byte and a piece', [1, mebibyte]],
    ['chunks that do not divide a piece', Array.from({ length: 40 }, () => 65_521)],
    ['a chunk larger than a piece', [10, 3 * mebibyte + 7, 10]],
  ])('writes %s, byte for byte and in order', async (_, sizes) => {
    const chunks = sizes.map((size) => randomBytes(size))
    const all = Buffer.concat(chunks)
    expect(all.equals(await written(chunks))).toBe(true)
  })

  test('reports a write that failed to whoever adds or ends', async () => {
    const file = await open(join(directory, 'body'), 'w')
    const pieces = createPieceWriter(file)
    pieces.add(Buffer.alloc(mebibyte))
    await file.close()
    await expect(pieces.add(Buffer.alloc(1))).rejects.toThrow(/closed|EBADF/)
    await expect(pieces.end()).rejects.toThrow(/closed|EBADF/)
  })
})
