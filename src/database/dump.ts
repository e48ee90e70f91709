import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError } from '../common/errors.ts'
import { type ProgramEnd, programError, runProgram, startProgram } from '../common/process.ts'
import { supportsRestrictKey } from './client-version.ts'
import type { PostgresClients } from './clients.ts'
import {
  type DatabaseConnection,
  libpqArguments,
  libpqEnvironment,
  lockTimeoutSeconds,
} from './connection.ts'
import { readContents } from './contents.ts'
import { quoteRelation, type Relation } from './facts/relations.ts'

const phase = 'database/dump'

export interface DumpOptions {
  connection: DatabaseConnection
  clients: PostgresClients
  snapshotId: string
  /** Where `dump/` and `schema.sql` are written; absolute. */
  directory: string
  /** Tables dumped at once, each over a connection of its own. */
  jobs: number
  /** Relations the role cannot read. */
  exclude: readonly Relation[]
  /** False where one of them cannot be read: pg_dump takes all or none. */
  largeObjects: boolean
  signal?: AbortSignal | undefined
}

export interface Dump {
  bytes: number
  files: number
  /** The data file in `dump/` of each table, by object identifier. */
  tableFiles: ReadonlyMap<number, string>
  /** What pg_dump warned of. */
  warnings: string[]
}

/**
 * Dumps the database in the snapshot, uncompressed and one file a table, and checks that what the table of contents
 * promises is there. Nothing is left behind when it fails.
 */
export async function dumpDatabase(options: DumpOptions): Promise<Dump> {
  const { clients, connection } = options
  const target = join(options.directory, 'dump')
  const args = [
    ...libpqArguments,
    '--format=directory',
    '--compress=0',
    `--jobs=${options.jobs}`,
    `--file=${target}`,
    `--snapshot=${options.snapshotId}`,
    // Words that a newer server reserves are names on an older one.
    '--quote-all-identifiers',
    `--lock-wait-timeout=${lockTimeoutSeconds}s`,
    ...(connection.role === undefined ? [] : [`--role=${connection.role}`]),
    ...options.exclude.map((relation) => `--exclude-table=${quoteRelation(relation)}`),
    ...(options.largeObjects ? [] : ['--no-blobs']),
  ]
  const call = {
    ...clients.command('pg_dump', args, libpqEnvironment(connection), [options.directory]),
    signal: options.signal,
    phase,
  }
  try {
    const child = startProgram(call)
    child.stdin.end()
    child.stdout.resume()
    const end = await child.ended
    if (end.code !== 0) throw dumpError(end, call)
    return { ...(await measure(target)), warnings: warningsIn(end.stderr) }
  } catch (error) {
    await rm(target, { recursive: true, force: true })
    throw error
  }
}

/** The dump's definitions as plain SQL, for reading and comparing: made from the dump, not by asking the server again. */
export async function writeSchema(
  options: Pick<DumpOptions, 'clients' | 'directory' | 'signal'>,
): Promise<void> {
  const { clients, directory } = options
  // A fixed key makes the file the same as long as the schema is; it is for reading, nothing is restored from it.
  const key = supportsRestrictKey(clients.version) ? ['--restrict-key=supabasebackup'] : []
  const args = ['--schema-only', ...key, `--file=${join(directory, 'schema.sql')}`, join(directory, 'dump')]
  await runProgram({
    ...clients.command('pg_restore', args, {}, [directory]),
    signal: options.signal,
    phase: 'database/schema',
    suggestion: 'The dump that was just made cannot be read back: check the disk, then run again.',
  })
}

/** Measures the data files the table of contents names, each of which has to be there. */
async function measure(directory: string): Promise<Omit<Dump, 'warnings'>> {
  const { entries } = await readContents(directory)
  const tableFiles = new Map<number, string>()
  const result = { bytes: 0, files: 0, tableFiles }
  for (const { file, desc, catalog } of entries) {
    if (file === undefined) continue
    const { size } = await stat(join(directory, file)).catch(() => {
      throw new BackupError({
        code: 'DUMP_INCOMPLETE',
        message: `pg_dump reported success but did not write ${file}.`,
        suggestion: 'Check the disk, then run again.',
        phase,
      })
    })
    result.bytes += size
    result.files += 1
    if (desc === 'TABLE DATA') tableFiles.set(catalog.oid, file)
  }
  return result
}

function warningsIn(stderr: string): string[] {
  return [...stderr.matchAll(/^pg_dump: warning: (.*)$/gm)].map(([, text]) => text ?? '')
}

const knownFailures: { pattern: RegExp; code: string; message: string; suggestion: string }[] = [
  {
    pattern: /server version mismatch/,
    code: 'PG_DUMP_TOO_OLD',
    message: 'pg_dump is older than the server and refuses to dump it.',
    suggestion: "Install clients of the server's version, or unset PG_BIN_DIR to have them looked for.",
  },
  {
    pattern: /lock timeout|could not obtain lock/,
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
    pattern: /(relation|schema|type|function) .* does not exist|could not open relation|cache lookup failed/,
    code: 'DB_SCHEMA_CHANGED',
    message: 'The database was changed while the backup began.',
    suggestion: 'Run again; a migration must not run at the same moment.',
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

function dumpError(end: ProgramEnd, call: Parameters<typeof programError>[0]): BackupError {
  const known = knownFailures.find(({ pattern }) => pattern.test(end.stderr))
  if (known === undefined || end.timedOut)
    return programError(
      call,
      end,
      'See the detail; the database itself was only read. Run again when it is mended.',
    )
  const { pattern: _, ...fields } = known
  return new BackupError({ ...fields, detail: end.stderr.trim().slice(-2000), phase })
}
