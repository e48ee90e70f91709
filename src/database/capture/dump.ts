import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError } from '../../common/errors.ts'
import type { Log } from '../../common/log.ts'
import { runProgram, startProgram } from '../../common/process.ts'
import type { PostgresClients } from '../connect/client-programs.ts'
import { supportsRestrictKey } from '../connect/client-version.ts'
import { type DatabaseConnection, libpqArguments, lockTimeoutSeconds } from '../connect/connection.ts'
import { quoteRelation, type Relation } from '../facts/relations.ts'
import { readContents } from '../rules/contents.ts'
import { dumpError } from './dump-errors.ts'
import { followDump } from './dump-progress.ts'
import { dumpEnvironment } from './dump-settings.ts'

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
  /** Arguments of pg_dump that choose what it dumps. */
  scope?: readonly string[] | undefined
  /** False where one of them cannot be read, or none is wanted: pg_dump takes all or none. */
  largeObjects: boolean
  /** How many tables have rows to be dumped, for who watches it. */
  tables?: Promise<number> | undefined
  log?: Log | undefined
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
 *
 * pg_dump's helpers log in once it has read the catalogue, with the password it was given at its start. Where that has gone out of
 * use by then, the dump is made again over pg_dump's one connection, which takes longer.
 * @throws BackupError DB_LOCK_WANTED where somebody waits to change a table that none of them has locked yet: once pg_dump has ended
 *   they change it, and this snapshot may see it empty
 */
export async function dumpDatabase(options: DumpOptions): Promise<Dump> {
  try {
    return await dumpOnce(options)
  } catch (error) {
    const reason = options.jobs === 1 ? undefined : reasonForOneConnection(error, options.connection)
    if (reason === undefined) throw error
    options.log?.warn(`${reason}: dumping again, one table at once`)
    return dumpOnce({ ...options, jobs: 1 })
  }
}

/** Why a dump that failed can be made over one connection, if it can. */
function reasonForOneConnection(error: unknown, { login }: DatabaseConnection): string | undefined {
  if (!(error instanceof BackupError)) return undefined
  if (error.code !== 'DB_PASSWORD_WRONG' || login === undefined) return undefined
  return 'the password for pg_dump went out of use before its helpers logged in'
}

async function dumpOnce(options: DumpOptions): Promise<Dump> {
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
    ...(options.scope ?? []),
    ...(options.largeObjects ? [] : [clients.major >= 16 ? '--no-large-objects' : '--no-blobs']),
  ]
  const call = {
    ...clients.command('pg_dump', args, await dumpEnvironment(connection, phase), [options.directory]),
    signal: options.signal,
    phase,
  }
  try {
    const child = startProgram(call)
    child.stdin.end()
    child.stdout.resume()
    const following = follow(options, target)
    const end = await child.ended
    void following.then((found) => found?.end())
    if (end.code !== 0) throw dumpError(end, call)
    return { ...(await measure(target)), warnings: warningsIn(end.stderr) }
  } catch (error) {
    await rm(target, { recursive: true, force: true })
    throw error
  }
}

/** Where somebody watches, from when it is known how much there is to do. */
async function follow({ log, tables, jobs }: DumpOptions, directory: string) {
  const count = await tables?.catch(() => undefined)
  return log && count !== undefined ? followDump({ directory, jobs, tables: count, log }) : undefined
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
  if (entries.some(({ desc, defn }) => desc === 'STDSTRINGS' && defn.includes("'off'"))) throw nonstandard()
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

/** A pooler lets nobody make settings with a connection, and ours about this one was not heeded. */
function nonstandard(): BackupError {
  return new BackupError({
    code: 'DUMP_STRINGS_NONSTANDARD',
    message:
      'pg_dump wrote strings as standard_conforming_strings = off has them, which no restore of ours reads: the role or the database has that setting, and the pooler in between does not let it be made otherwise.',
    suggestion:
      'Use the direct connection, or take the setting away: ALTER ROLE postgres RESET standard_conforming_strings (ALTER DATABASE postgres RESET standard_conforming_strings), then run again.',
    phase,
  })
}

function warningsIn(stderr: string): string[] {
  return [...stderr.matchAll(/^pg_dump: warning: (.*)$/gm)].map(([, text]) => text ?? '')
}
