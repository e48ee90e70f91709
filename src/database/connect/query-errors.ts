import pg from 'pg'
import { BackupError } from '../../common/errors.ts'
import { lockTimeoutSeconds } from './connection.ts'

/** SQLSTATEs of a database that changed under the backup: undefined table, schema, object; internal error on an OID. */
const vanished = ['42P01', '3F000', '42704', 'XX000']

/** What a query of ours threw, as an error that says what to do about it; other errors as they are. */
export function databaseError(error: unknown, phase: string): unknown {
  if (error instanceof BackupError || !(error instanceof Error)) return error
  const because = (code: string, message: string, suggestion: string) =>
    new BackupError({ code, message, detail: error.message, suggestion, phase, cause: error })
  if (!(error instanceof pg.DatabaseError)) {
    if (!/connection|terminated|ECONNRESET|EPIPE|socket/i.test(error.message)) return error
    return because(
      'DB_CONNECTION_LOST',
      'The connection to the database was cut.',
      'Check the network between this machine and the database, then run again.',
    )
  }
  const sqlState = error.code ?? ''
  if (sqlState === '55P03')
    return because(
      'DB_LOCKED',
      `A table stayed locked for ${lockTimeoutSeconds / 60} minutes, so it could not be read.`,
      'A migration or maintenance job holds it: run again at another hour, or end that job.',
    )
  if (sqlState === '53200')
    return because(
      'DB_LOCK_TABLE_FULL',
      'The server has no room for the locks that so many tables take.',
      'Raise max_locks_per_transaction (supabase postgres-config update --config max_locks_per_transaction=256), or drop tables and partitions that are not needed.',
    )
  if (sqlState === '53100')
    return because(
      'DB_DISK_FULL',
      'The disk of the database’s server is full.',
      'Give it a larger one (Supabase dashboard, Settings, Compute and Disk), or make room there, then run again.',
    )
  if (vanished.includes(sqlState))
    return because(
      'DB_SCHEMA_CHANGED',
      'The database was changed while it was being read.',
      'Run again; a migration must not run at the same moment.',
    )
  if (sqlState.startsWith('57P'))
    return because(
      'DB_CONNECTION_LOST',
      'The server ended the connection: it is shutting down or restarting.',
      'Run again when it is up.',
    )
  return because(
    'DB_QUERY_FAILED',
    `The database refused a query of ours (SQLSTATE ${sqlState}).`,
    'See the detail. If it happens again, please report it with the log file.',
  )
}
