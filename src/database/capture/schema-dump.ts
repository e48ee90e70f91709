import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from '../../common/process.ts'
import type { PostgresClients } from '../connect/client-programs.ts'
import { type DatabaseConnection, libpqArguments, lockTimeoutSeconds } from '../connect/connection.ts'
import { type Contents, readContents } from '../rules/contents.ts'
import { dumpEnvironment } from './dump-settings.ts'

export interface SchemaDumpOptions {
  connection: DatabaseConnection
  clients: PostgresClients
  /** Dumps as of this exported snapshot. */
  snapshotId?: string | undefined
  signal?: AbortSignal | undefined
  phase: string
}

/** The table of contents of a database as it stands: a dump of its definitions, without any rows. */
export async function dumpContents(options: SchemaDumpOptions): Promise<Contents> {
  const { connection, clients } = options
  const directory = await mkdtemp(join(tmpdir(), 'supabase-schema-'))
  try {
    const dump = join(directory, 'dump')
    const args = [
      ...libpqArguments,
      '--format=directory',
      '--schema-only',
      '--quote-all-identifiers',
      // By itself it waits for a lock for ever, whatever the session's own limit is.
      `--lock-wait-timeout=${lockTimeoutSeconds}s`,
      `--file=${dump}`,
      ...(options.snapshotId === undefined ? [] : [`--snapshot=${options.snapshotId}`]),
      ...(connection.role === undefined ? [] : [`--role=${connection.role}`]),
    ]
    await runProgram({
      ...clients.command('pg_dump', args, await dumpEnvironment(connection, options.phase), [directory]),
      signal: options.signal,
      phase: options.phase,
      suggestion: 'Check that the role may read every schema and table of the target (pg_read_all_data).',
    })
    return await readContents(dump)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
