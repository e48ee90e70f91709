import { PassThrough } from 'node:stream'
import pg from 'pg'
import { expect, test } from 'vitest'
import { BackupError } from '../../../src/common/errors.ts'
import { statementError } from '../../../src/database/connect/psql-errors.ts'
import { databaseError } from '../../../src/database/connect/query-errors.ts'
import { hearOfFullDisk, orDrillDiskFull } from '../../../src/drill/disk-full.ts'

const refused = (code: string) => Object.assign(new pg.DatabaseError('refused', 0, 'error'), { code })
const statement = (sqlState: string, detail = '') =>
  statementError(`psql:<stdin>:7: ERROR:  ${sqlState}: refused\n${detail}\n`, 'test')
const failed = (code: string, phase: string, detail = '') =>
  new BackupError({ code, message: 'x', detail, suggestion: 'y', phase })
const full = 'could not write to file "base/5/1": No space left on device'

test.each([
  ['a statement', statement('53100')],
  ['a query of ours', databaseError(refused('53100'), 'test')],
  ['a query that nobody put into words', refused('53100')],
  ['a file of ours', Object.assign(new Error('full'), { code: 'ENOSPC' })],
  ['what a restore in batches broke off by', failedBy(statement('53100'))],
  ['initdb', failed('PROGRAM_FAILED', 'sandbox/postgres', full)],
])(
  'A drill that %s ended on a full disk says which disk, and that the backup is not to blame',
  (_, error) => {
    expect(orDrillDiskFull(error, { place: '/small' })).toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringContaining('in /small,'),
      suggestion: expect.stringMatching(/backup is not to blame.*df -h '\/small'.*TMPDIR/),
    })
    expect(orDrillDiskFull(error, { place: '/small', containers: 'podman' })).toMatchObject({
      message: expect.stringContaining('container of podman'),
    })
  },
)

function failedBy(cause: unknown) {
  return new BackupError({ code: 'RESTORE_INCOMPLETE', message: 'x', suggestion: 'y', phase: 'z', cause })
}

test.each([
  ['a session that was lost', failed('DB_SESSION_LOST', 'test')],
  ['a statement ended with its server', statement('57P02')],
  ['a connection that was cut', new Error('Connection terminated unexpectedly')],
])('%s is the disk’s where the server said so, and its own where not', (_, error) => {
  const place = '/small'
  expect(orDrillDiskFull(error, { place, wasFull: () => true })).toMatchObject({ code: 'DISK_FULL' })
  expect(orDrillDiskFull(error, { place, wasFull: () => false })).toBe(error)
})

test.each([
  ['a row that speaks of a full disk', statement('22P02', `CONTEXT:  COPY logs, line 1: "${full}"`)],
  ['a difference', failed('RESTORE_DIFFERS', 'database/restore', full)],
])('A drill that ended for %s is not laid to a disk', (_, error) => {
  expect(orDrillDiskFull(error, { place: '/small', wasFull: () => true })).toBe(error)
})

test.each([
  [true, `2026-11-29 13:55:38.294 UTC [29829] PANIC:  ${full}\n`],
  [false, `2026-11-29 13:55:38.294 UTC [29829] ERROR:  refused\n\t2026 x UTC [1] PANIC:  ${full}\n`],
])('A full disk is heard of from the server itself alone: %s', async (expected, said) => {
  const stderr = new PassThrough({ encoding: 'utf8' })
  const wasFull = hearOfFullDisk({ stderr })
  for (const part of [said.slice(0, 70), said.slice(70)]) stderr.write(part)
  stderr.end()
  await new Promise((resolve) => stderr.once('end', resolve))
  expect(wasFull()).toBe(expected)
})
