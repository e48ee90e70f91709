import { expect, test } from 'vitest'
import { dumpError } from '../../../src/database/capture/dump-errors.ts'

const call = { program: 'pg_dump', args: [], env: {}, phase: 'database/dump' }
const ended = (stderr: string, timedOut = false) =>
  dumpError({ code: 1, signal: null, timedOut, stderr: `${stderr}\n` }, call)

test.each([
  ['aborting because of server version mismatch', 'PG_DUMP_TOO_OLD'],
  ['could not write to file: No space left on device', 'DISK_FULL'],
  [
    'Dumping the contents of table "t" failed: ERROR:  could not write to file "base/pgsql_tmp/pgsql_tmp7.0": No space left on device',
    'DB_DISK_FULL',
  ],
  ['query failed: ERROR:  canceling statement due to lock timeout', 'DB_LOCKED'],
  ['could not obtain lock on relation "public.t"', 'DB_LOCK_WANTED'],
  ['query failed: ERROR:  out of shared memory', 'DB_LOCK_TABLE_FULL'],
  ['query failed: ERROR:  relation "public.t" does not exist', 'DB_SCHEMA_CHANGED'],
  ['query failed: ERROR:  could not open relation with OID 4711', 'DB_SCHEMA_CHANGED'],
  ['Dumping the contents of table "t" failed: ERROR:  column "gone" does not exist', 'DB_SCHEMA_CHANGED'],
  ['query failed: ERROR:  invalid snapshot identifier: "x"', 'DB_SNAPSHOT_LOST'],
  ['query failed: ERROR:  permission denied for table t', 'DUMP_PERMISSION_DENIED'],
  ['connection to server failed: FATAL:  sorry, too many clients already', 'DB_TOO_MANY_CONNECTIONS'],
  [
    'connection to server failed: FATAL:  MaxClientsInSessionMode: max clients reached',
    'DB_TOO_MANY_CONNECTIONS',
  ],
  ['server closed the connection unexpectedly', 'DB_CONNECTION_LOST'],
  [
    'ERROR:  out of memory\nDETAIL:  Cannot enlarge string buffer containing 0 bytes by 1160000003 more bytes.',
    'DUMP_ROW_TOO_LONG',
  ],
])('pg_dump with "%s" is %s, with its own words and a remedy', (message, code) => {
  const error = ended(`pg_dump: error: ${message}`)
  expect(error).toMatchObject({ code, phase: 'database/dump', detail: `pg_dump: error: ${message}` })
  expect(error.suggestion).toMatch(/\w{3}/)
})

test('a query that names a thousand tables does not hide what pg_dump says before it', () => {
  const said = 'pg_dump: error: query failed: ERROR:  relation "public.gone" does not exist'
  const tables = Array.from({ length: 1000 }, (_, number) => `"public"."table_${number}"`).join(', ')
  const error = ended(`${said}\npg_dump: detail: Query was: LOCK TABLE ${tables} IN ACCESS SHARE MODE`)
  expect(error).toMatchObject({ code: 'DB_SCHEMA_CHANGED' })
  expect(error.detail).toMatch(
    /^pg_dump: error: .*"public\.gone" does not exist\n.*Query was: LOCK TABLE "public"\."table_0"/,
  )
})

test('what nobody thought of is shown as it is', () => {
  expect(ended('pg_dump: error: something new')).toMatchObject({
    code: 'PROGRAM_FAILED',
    detail: 'pg_dump: error: something new',
  })
})

test('a time limit is a time limit, whatever was printed before it', () => {
  expect(ended('pg_dump: error: permission denied', true).code).toBe('PROGRAM_TIMEOUT')
})
