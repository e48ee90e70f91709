import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { anySignal, orAborted, together } from '../../common/abort.ts'
import { syncDirectory, writeFileAtomic } from '../../common/files.ts'
import { type ComponentResult, type Finding, finding, statusOf } from '../../common/findings.ts'
import type { Log } from '../../common/log.ts'
import { formatBytes, formatSeconds, plural } from '../../common/units.ts'
import type { PostgresClients } from '../connect/client-programs.ts'
import type { DatabaseConnection } from '../connect/connection.ts'
import { databaseError } from '../connect/query-errors.ts'
import type { Snapshot } from '../connect/snapshot.ts'
import { unreadableLargeObjects } from '../facts/large-objects.ts'
import { type Relation, unreadableRelations } from '../facts/relations.ts'
import { listTables } from '../facts/tables.ts'
import { readContents } from '../rules/contents.ts'
import { type CapturedCatalog, captureCatalog, restFiles } from './catalog.ts'
import { type Dump, dumpDatabase, writeSchema } from './dump.ts'
import { olderClientFindings } from './foreseen.ts'
import { leftOutFile, recordLeftOut } from './left-out.ts'
import { type Scope, wholeScope } from './scope.ts'
import { type MeasuredTables, measureTables, recordTables } from './tables.ts'
import { captureLargeObjects, captureSequences } from './values.ts'
import type { VaultCapture } from './vault.ts'

export interface DatabaseBackupOptions {
  snapshot: Snapshot
  connection: DatabaseConnection
  clients: PostgresClients
  /** Directory of the new generation, absolute; `database/` is made in it. */
  generation: string
  /** Tables dumped at once (DUMP_JOBS). */
  jobs: number
  /** Default: decrypted. */
  vault?: VaultCapture | undefined
  /** Default: everything. */
  scope?: Scope | undefined
  log: Log
  signal?: AbortSignal | undefined
}

export interface DatabaseBackup extends ComponentResult {
  /** Of server, client programs and platform services. */
  versions: Record<string, string>
}

/**
 * Writes everything about the database, read in one snapshot, to `<generation>/database`: the dump, its schema as
 * text, roles, and the facts a restore is verified against.
 * @throws BackupError when any of it cannot be had; what the role may not read is left out and found `degraded`
 */
export async function backupDatabase(options: DatabaseBackupOptions): Promise<DatabaseBackup> {
  try {
    return await capture(options)
  } catch (error) {
    throw databaseError(error, 'database/backup')
  }
}

async function capture(options: DatabaseBackupOptions): Promise<DatabaseBackup> {
  const { snapshot, clients, log, scope = wholeScope } = options
  const started = performance.now()
  const directory = join(options.generation, 'database')
  await mkdir(directory, { recursive: true, mode: 0o700 })

  const unreadable = {
    relations: await Array.fromAsync(unreadableRelations(snapshot.lead)),
    largeObjects: await Array.fromAsync(unreadableLargeObjects(snapshot.lead)),
  }
  const { dump, catalog, measured } = await dumpAndRead(options, directory, unreadable)
  const tables = await recordTables(snapshot, directory, measured, dump)
  log.info(`dumped ${formatBytes(dump.bytes)} in ${formatSeconds((performance.now() - started) / 1000)}`)
  const sequences = await captureSequences(snapshot, directory, scope.holdsRowsOf)
  await writeSchema({ clients, directory, signal: options.signal })
  const largeObjects = await captureLargeObjects(snapshot, directory, {
    holds: scope.holdsRest,
    copy: unreadable.largeObjects.length > 0,
  })
  options.signal?.throwIfAborted()

  const leftOut = await recordLeftOut(options.generation, unreadable.relations)
  await writeFileAtomic(join(directory, '.timestamp'), `${snapshot.takenAt}\n`)
  await syncDirectory(directory)
  const findings = [
    ...unreadableFindings(
      unreadable.relations.filter((relation) => scope.partial === undefined || scope.holdsRowsOf(relation)),
      scope.holdsRest ? unreadable.largeObjects : [],
    ),
    ...warningFindings(dump.warnings),
    ...catalog.findings,
    ...tables.findings,
    ...olderClientFindings((await readContents(join(directory, 'dump'))).entries, clients.describe),
  ]
  return {
    component: 'database',
    status: statusOf(findings),
    seconds: (performance.now() - started) / 1000,
    counts: {
      ...tables.counts,
      ...sequences,
      ...largeObjects,
      ...catalog.counts,
      dumpBytes: dump.bytes,
      dumpFiles: dump.files,
      leftOut,
    },
    lists: { leftOut: leftOutFile },
    findings,
    versions: {
      server: serverVersion(snapshot.serverVersion),
      clients: clients.version,
      ...catalog.versions,
    },
  }
}

interface Unreadable {
  relations: Relation[]
  largeObjects: { oid: number; owner: string }[]
}

/** The dump, and what is read in its snapshot at once: pg_dump waits for the network where this keeps the server's processor busy. */
async function dumpAndRead(
  { snapshot, connection, clients, jobs, log, vault, signal, scope = wholeScope }: DatabaseBackupOptions,
  directory: string,
  unreadable: Unreadable,
): Promise<{ dump: Dump; catalog: CapturedCatalog; measured: MeasuredTables }> {
  const listed = listTables(snapshot.lead).then((list) => list.filter(scope.holdsRowsOf))
  // Whoever waits for it hears of its failure.
  listed.catch(() => {})
  const read = async () => {
    const list = await listed
    const holds = (file: string) => scope.holdsRest || !restFiles.includes(file)
    const catalog = await captureCatalog(snapshot.lead, directory, vault, holds)
    return { catalog, measured: await measureTables(snapshot, list, log) }
  }
  log.info(`dumping with ${clients.describe}, ${plural(jobs, 'table')} at once`)
  const [dump, facts] = await together(
    anySignal(signal, snapshot.lost),
    (either) =>
      dumpDatabase({
        ...{ connection, clients, snapshotId: snapshot.id, directory, jobs, log, signal: either },
        exclude: unreadable.relations,
        scope: scope.dumpArguments,
        largeObjects: scope.holdsRest && unreadable.largeObjects.length === 0,
        tables: listed.then((list) => list.filter(({ kind }) => kind !== 'materialized view').length),
      }),
    (either) => orAborted(read(), either),
  )
  return { dump, ...facts }
}

/** 150020 → `15.20`. */
export function serverVersion(number: number): string {
  return `${Math.floor(number / 10_000)}.${number % 10_000}`
}

function unreadableFindings(
  relations: readonly Relation[],
  largeObjects: readonly { oid: number; owner: string }[],
): Finding[] {
  const degraded = (kind: string, message: string, names: string[]) =>
    names.length === 0 ? [] : [finding({ component: 'database', severity: 'degraded', kind, message, names })]
  return [
    ...degraded(
      'relation-unreadable',
      'The database role may not read these tables and sequences: they are not in the backup. Grant it SELECT on them (or pg_read_all_data).',
      relations.map(({ schema, name }) => `${schema}.${name}`),
    ),
    ...degraded(
      'large-object-unreadable',
      'The database role may not read these large objects: they are not in the backup. Grant it SELECT on them.',
      largeObjects.map(({ oid, owner }) => `${oid} of ${owner}`),
    ),
  ]
}

/** What pg_dump says of subscriptions is said better, and by name, from the catalog. */
const saidAlready = /^subscriptions not dumped/

function warningFindings(all: readonly string[]): Finding[] {
  const warnings = all.filter((warning) => !saidAlready.test(warning))
  if (warnings.length === 0) return []
  const message = 'pg_dump printed these warnings.'
  return [
    finding({ component: 'database', severity: 'note', kind: 'pg-dump-warning', message, names: warnings }),
  ]
}
