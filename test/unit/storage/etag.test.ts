import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isETagOfFile } from '../../../src/storage/api/etag.ts'

const mebibyte = 1 << 20
const bytes = Buffer.alloc(17 * mebibyte + 5, 'x')
let folder: string
let path: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-etag-'))
  path = join(folder, 'file')
  await writeFile(path, bytes)
})
afterAll(() => rm(folder, { recursive: true }))

const md5 = (data: Buffer) => createHash('md5').update(data).digest()
/** As S3 does: the MD5 of the parts' MD5s, and their number. */
const inParts = (size: number) => {
  const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
    md5(bytes.subarray(n * size, (n + 1) * size)),
  )
  return `"${md5(Buffer.concat(parts)).toString('hex')}-${parts.length}"`
}

describe('an ETag is proved to be of a file', () => {
  test.each([
    ['as its MD5', `"${md5(bytes).toString('hex')}"`],
    ['in parts of 16 MiB', inParts(16 * mebibyte)],
    ['in parts of 6 MiB', inParts(6 * mebibyte)],
    ['in one part of 50 MiB', inParts(50 * mebibyte)],
  ])('%s', async (_, eTag) => {
    expect(await isETagOfFile(eTag, path, bytes.length)).toBe(true)
  })

  test.each([
    ['another MD5', `"${'0'.repeat(32)}"`],
    ['other parts', `"${'0'.repeat(32)}-2"`],
    ['parts of a size nobody uses', inParts(7 * mebibyte)],
    ['something else', '"opaque"'],
  ])('not %s', async (_, eTag) => {
    expect(await isETagOfFile(eTag, path, bytes.length)).toBe(false)
  })
})
