import { join } from 'node:path'
import type { ComponentResult } from '../common/findings.ts'
import type { Log } from '../common/log.ts'
import { componentNames } from '../components/list.ts'
import type { Config } from '../config/load.ts'
import { backupDatabase, type DatabaseBackup } from '../database/capture/backup.ts'
import { findClients } from '../database/connect/clients.ts'
import type { DatabaseConnection } from '../database/connect/connection.ts'
import { openSnapshot, type Snapshot } from '../database/connect/snapshot.ts'
import { carryOver, readPrevious } from '../generation/carry.ts'
import { databaseOf, openOrigin, storageOf } from '../project/project.ts'
import { refuseBadKey } from '../storage/api/access.ts'
import { writeCatalogue } from '../storage/catalogue/catalogue.ts'
import { storageLayout } from '../storage/catalogue/layout.ts'
import type { Scope } from '../storage/catalogue/rows.ts'
import { configuredScope } from '../storage/catalogue/scope-flags.ts'
import { mirrorStorage } from '../storage/mirror/mirror.ts'

export interface CaptureOptions {
  config: Config
  /** The new generation's directory. */
  generation: string
  wanted: readonly string[]
  /** The generation before, for what is unchanged or left out. */
  previous: string | undefined
  /** Directories of runs that died: what they had fetched is not fetched again. */
  salvage: readonly string[]
  /** What of Storage is fetched in this run; see `mirrorStorage`. */
  fetch: Scope
  log: Log
  signal: AbortSignal
  /** Gets what is known of components, for the report of a run that fails. */
  known: ComponentResult[]
}

export interface Captured {
  components: ComponentResult[]
  versions: Record<string, string>
  /** When the one picture of database and Storage catalogue was taken; ISO 8601. */
  snapshotAt: string | null
}

/**
 * Captures the wanted components into a new generation: one snapshot of the database gives the dump, its facts and
 * the Storage catalogue; the objects are then fetched by that catalogue. The other components are carried over.
 */
export async function captureComponents(options: CaptureOptions): Promise<Captured> {
  const { config, generation, wanted, previous, signal } = options
  if (wanted.includes('storage')) await refuseBadKey(storageOf(openOrigin(config)), signal)
  const seen = await captureSnapshot(options)
  if (seen.database) options.known.push(seen.database)
  const storage = wanted.includes('storage') ? await captureStorage(options) : undefined
  const captured: Record<string, ComponentResult | undefined> = { database: seen.database, storage }
  const manifest = await readPrevious(previous)
  const components: ComponentResult[] = []
  for (const component of componentNames)
    components.push(captured[component] ?? (await carryOver({ component, previous, manifest, generation })))
  const versions = seen.database?.versions ?? manifest?.versions ?? {}
  return { components, snapshotAt: seen.takenAt, versions }
}

interface SnapshotCapture {
  takenAt: string | null
  database: DatabaseBackup | undefined
}

/** What is read in the snapshot. Without a database in the configuration there is none. */
async function captureSnapshot(options: CaptureOptions): Promise<SnapshotCapture> {
  const { config, generation, wanted, signal } = options
  const connection = wanted.includes('database')
    ? databaseOf(openOrigin(config))
    : openOrigin(config).database
  if (connection === undefined) return { takenAt: null, database: undefined }
  const snapshot = await openSnapshot(connection)
  try {
    const directory = storageLayout(generation).catalogue
    if (wanted.includes('storage')) await writeCatalogue({ client: snapshot.lead, directory, signal })
    const database = wanted.includes('database')
      ? await captureDatabase(options, snapshot, connection)
      : undefined
    return { takenAt: snapshot.takenAt, database }
  } finally {
    await snapshot.close()
  }
}

async function captureDatabase(
  options: CaptureOptions,
  snapshot: Snapshot,
  connection: DatabaseConnection,
): Promise<DatabaseBackup> {
  const { config, generation, signal } = options
  const log = options.log.child('database')
  const clients = await findClients({
    serverMajor: Math.floor(snapshot.serverVersion / 10_000),
    pgBinDir: config.PG_BIN_DIR,
    pgImage: config.PG_IMAGE,
    runDirectory: config.RUN_DIRECTORY,
    log,
    phase: 'database/clients',
  })
  try {
    const jobs = config.DUMP_JOBS
    return await backupDatabase({ snapshot, connection, clients, generation, jobs, log, signal })
  } finally {
    await clients.close()
  }
}

function captureStorage(options: CaptureOptions): Promise<ComponentResult> {
  const { config, generation, previous, salvage, fetch, log, signal, known } = options
  return mirrorStorage({
    endpoint: storageOf(openOrigin(config)),
    generation,
    previous,
    salvage,
    concurrency: config.STORAGE_CONCURRENCY,
    scope: configuredScope(config),
    fetch,
    egress: {
      perRun: config.STORAGE_EGRESS_BUDGET,
      perMonth: config.STORAGE_EGRESS_BUDGET_MONTH,
      bytesPerSecond: config.STORAGE_BANDWIDTH_LIMIT,
      ledger: join(config.STATE_DIR, 'egress.json'),
    },
    onFailure: (result) => known.push(result),
    log: log.child('storage'),
    signal,
  })
}
