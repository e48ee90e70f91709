import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { toBackupError } from '../../../src/common/errors.ts'
import { diskFailure } from '../../../src/common/system-errors.ts'
import { writeCatalogueRows } from '../../../src/storage/catalogue/catalogue.ts'

test('a full disk is told as one, with a remedy, wherever it was met', async () => {
  const thrown = await writeFile('/dev/full', 'text').catch((error: unknown) => error)
  expect(toBackupError(thrown, 'generation')).toMatchObject({
    code: 'DISK_FULL',
    detail: expect.stringContaining('ENOSPC'),
    suggestion: expect.stringContaining('df -h'),
    phase: 'generation',
  })
})

test('a full disk is named by the file that found no room, which Node leaves out of a write', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'full-disk-'))
  await symlink('/dev/full', join(folder, 'avatars.jsonl'))
  const thrown = await writeCatalogueRows(folder, 'avatars', rows()).catch((error: unknown) => error)
  await rm(folder, { recursive: true })
  expect(toBackupError(thrown, 'storage/verify')).toMatchObject({
    code: 'DISK_FULL',
    message: `The disk of ${folder}/avatars.jsonl is full.`,
    suggestion: expect.stringContaining(`df -h '${folder}'`),
  })
})

async function* rows(): AsyncGenerator<string> {
  yield '{}'
}

test('a full disk that nothing names is that for temporary files where that has no room', () => {
  const thrown = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  // A file system of no size.
  expect(diskFailure(thrown, '/proc')).toMatchObject({
    message: 'The disk for temporary files (TMPDIR), /proc, is full.',
    suggestion: expect.stringContaining('set TMPDIR'),
  })
  expect(diskFailure(thrown)).toMatchObject({ message: 'The disk is full.' })
})

test.each([
  ['EROFS', 'DISK_READ_ONLY'],
  ['EDQUOT', 'DISK_FULL'],
  ['EIO', 'DISK_FAILS'],
])('an error %s of the system is told as %s', (code, told) => {
  const thrown = Object.assign(new Error(`${code}: refused, open '/srv/backup/manifest.json'`), { code })
  expect(toBackupError(thrown, 'generation')).toMatchObject({
    code: told,
    detail: expect.stringContaining('/srv/backup/manifest.json'),
  })
})

test('an error that nobody knows is still one nobody foresaw', () => {
  for (const thrown of [new Error('ENOSPC'), Object.assign(new Error('x'), { code: 'ENOENT' }), 'EIO'])
    expect(toBackupError(thrown, 'generation').code).toBe('UNEXPECTED')
})
