import { BackupError } from '../../common/errors.ts'
import { type ProgramEnd, type ProgramOptions, programError } from '../../common/process.ts'
import { lockTimeoutSeconds } from '../connect/connection.ts'

const knownFailures: { pattern: RegExp; code: string; message: string; suggestion: string }[] = [
  {
    pattern: /server version mismatch/,
    code: 'PG_DUMP_TOO_OLD',
    message: 'pg_dump is older than the server and refuses to dump it.',
    suggestion: "Install clients of the server's version, or unset PG_BIN_DIR to have them looked for.",
  },
  {
    pattern: /password authentication failed|wrong password/i,
    code: 'DB_PASSWORD_WRONG',
    message: 'The database refused the password of pg_dump.',
    suggestion:
      'Run again; if it was changed meanwhile, put the new one into SUPABASE_DB_URL or SUPABASE_DB_PASSWORD.',
  },
  {
    // Each of several connections takes a table's lock without waiting, and gets none while another session waits for an exclusive one.
    pattern: /could not obtain lock/,
    code: 'DB_LOCK_WANTED',
    message: 'A table was to be changed (ALTER, TRUNCATE, LOCK) while pg_dump read over several connections.',
    suggestion: 'Run again; with DUMP_JOBS=1 such a change waits until the dump is done.',
  },
  {
    pattern: /lock timeout/,
    code: 'DB_LOCKED',
    message: `A table stayed locked for ${lockTimeoutSeconds / 60} minutes, so it could not be dumped.`,
    suggestion: 'A migration or maintenance job holds it: run the backup at another hour, or end that job.',
  },
  {
    pattern: /invalid snapshot identifier|could not import the requested snapshot/,
    code: 'DB_SNAPSHOT_LOST',
    message: 'The snapshot of the database was lost before pg_dump could use it.',
    suggestion: 'Run again over the direct connection or the session pooler, never the transaction pooler.',
  },
  {
    pattern: /out of shared memory/,
    code: 'DB_LOCK_TABLE_FULL',
    message: 'The server has no room for the locks that a dump of so many tables takes.',
    suggestion:
      'Raise max_locks_per_transaction (supabase postgres-config update --config max_locks_per_transaction=256), or drop tables and partitions that are not needed.',
  },
  {
    pattern:
      /(relation|schema|type|function|column) .* does not exist|could not open relation|cache lookup failed/,
    code: 'DB_SCHEMA_CHANGED',
    message: 'The database was changed while the backup began.',
    suggestion: 'Run again; a migration must not run at the same moment.',
  },
  {
    pattern: /too many clients|remaining connection slots|max clients reached/i,
    code: 'DB_TOO_MANY_CONNECTIONS',
    message: 'The database had no connection left for pg_dump.',
    suggestion:
      'Lower DUMP_JOBS, run at a quieter hour, or raise the pool size (Supabase dashboard, Database settings, Connection pooling).',
  },
  {
    pattern:
      /server closed the connection|could not receive data|terminating connection|SSL connection has been closed/,
    code: 'DB_CONNECTION_LOST',
    message: 'The connection of pg_dump to the database was cut.',
    suggestion: 'Check the network between this machine and the database, then run again.',
  },
  {
    pattern: /Cannot enlarge string buffer|invalid memory alloc request size/,
    code: 'DUMP_ROW_TOO_LONG',
    message: 'A row is longer than 1 GB as text, which pg_dump cannot dump.',
    suggestion: 'The detail names the table: keep such a value in Storage or as a large object instead.',
  },
  {
    // What the server says of its own disk, which also has to hold what it sorts.
    pattern:
      /ERROR: {2}could not (?:extend|write to|create|open) [^\n]*(?:No space left on device|wrote only \d+ of \d+ bytes)/,
    code: 'DB_DISK_FULL',
    message: 'The disk of the database’s server is full.',
    suggestion:
      'Give it a larger one (Supabase dashboard, Settings, Compute and Disk), or make room there, then run again.',
  },
  {
    pattern: /No space left on device/,
    code: 'DISK_FULL',
    message: 'The disk is full.',
    suggestion:
      'Make room in the folder of LOCAL_BACKUP_DIR: a second copy of the database has to fit beside the first.',
  },
  {
    pattern: /permission denied/,
    code: 'DUMP_PERMISSION_DENIED',
    message: 'The database refused pg_dump something it has to read.',
    suggestion:
      'Grant the role what the detail names (pg_read_all_data reaches all tables), or connect as postgres.',
  },
]

/** What pg_dump's messages say, as an error with its remedy. */
export function dumpError(end: ProgramEnd, call: ProgramOptions): BackupError {
  const known = knownFailures.find(({ pattern }) => pattern.test(end.stderr))
  if (known === undefined || end.timedOut)
    return programError(
      call,
      end,
      'See the detail; the database itself was only read. Run again when it is mended.',
    )
  const { pattern: _, ...fields } = known
  return new BackupError({
    ...fields,
    detail: withoutLongQueries(end.stderr).slice(-2000),
    phase: call.phase,
  })
}

/** After pg_dump's own words the query that failed: of one that locks a thousand tables the beginning is enough. */
function withoutLongQueries(stderr: string): string {
  return stderr.trim().replace(/(query was: [^\n]{0,200})[\s\S]*?(?=\npg_dump: |$)/gi, '$1')
}
