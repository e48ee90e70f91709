import { writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { toBackupError } from '../../../src/common/errors.ts'

test('a full disk is told as one, with a remedy, wherever it was met', async () => {
  const thrown = await writeFile('/dev/full', 'text').catch((error: unknown) => error)
  expect(toBackupError(thrown, 'generation')).toMatchObject({
    code: 'DISK_FULL',
    detail: expect.stringContaining('ENOSPC'),
    suggestion: expect.stringContaining('df -h'),
    phase: 'generation',
  })
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
