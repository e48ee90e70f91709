import pg from 'pg'
import { expect, test } from 'vitest'
import { BackupError } from '../../../src/common/errors.ts'
import { databaseError } from '../../../src/database/connect/query-errors.ts'

function refused(code: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(`refused with ${code}`, 0, 'error'), { code })
}

test.each([
  ['55P03', 'DB_LOCKED'],
  ['53200', 'DB_LOCK_TABLE_FULL'],
  ['53100', 'DB_DISK_FULL'],
  ['42P01', 'DB_SCHEMA_CHANGED'],
  ['57P01', 'DB_CONNECTION_LOST'],
  ['42501', 'DB_QUERY_FAILED'],
])('a query refused with %s is %s, with the server’s words and a remedy', (sqlState, code) => {
  expect(databaseError(refused(sqlState), 'test')).toMatchObject({
    code,
    detail: `refused with ${sqlState}`,
    suggestion: expect.stringMatching(/\w{3}/),
  })
})

test('a connection that is cut is said to be cut', () => {
  expect(databaseError(new Error('Connection terminated unexpectedly'), 'test')).toMatchObject({
    code: 'DB_CONNECTION_LOST',
  })
})

test('errors that say what to do already, and defects of our own, stay as they are', () => {
  const known = new BackupError({ code: 'KNOWN', message: 'x', suggestion: 'y', phase: 'z' })
  const defect = new TypeError('undefined is not a function')
  expect(databaseError(known, 'test')).toBe(known)
  expect(databaseError(defect, 'test')).toBe(defect)
})
