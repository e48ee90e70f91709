import { join } from 'node:path'
import { z } from 'zod'
import { anySignal, orAborted, together } from '../../common/abort.ts'
import { type Finding, finding } from '../../common/findings.ts'
import type { Log } from '../../common/log.ts'
import { dumpContents } from '../capture/schema-dump.ts'
import type { PostgresClients } from '../connect/clients.ts'
import type { DatabaseConnection } from '../connect/connection.ts'
import { databaseError } from '../connect/query-errors.ts'
import { openSnapshot, type Snapshot } from '../connect/snapshot.ts'
import {
  describeServer,
  largeObjects,
  managedColumns,
  managedTriggers,
  readFact,
  savedFact,
} from '../facts/all.ts'
import { readCatalogFacts, userTriggersOf } from '../facts/catalog-facts.ts'
import { namesAmongPlatforms } from '../restore/target.ts'
import { leftOutNames, type Weakening } from '../restore/weakened.ts'
import { type Contents, nameOf, readContents } from '../rules/contents.ts'
import {
  countTables,
  differentlyBuilt,
  restoredTables,
  staysAsRestored,
  withoutUnused,
} from '../rules/restored-tables.ts'
import { strangersOf, withoutContentsOf } from '../rules/strangers.ts'
import { verifyBindings } from './bindings.ts'
import { compareCatalog } from './catalog.ts'
import { compareLargeObjects, compareSequences, compareTables } from './contents.ts'
import type { Difference } from './difference.ts'
import { findOrphans, type Orphans } from './orphans.ts'
import { compareSchema } from './schema.ts'
import { withoutLeftOut } from './weakened.ts'

const phase = 'database/verify'

export interface DatabaseVerification {
  /** Whether the target holds exactly what the backup holds. */
  ok: boolean
  differences: Difference[]
  findings: Finding[]
  counts: Record<string, number>
}

export interface DatabaseVerifyOptions {
  /** Directory of the generation. */
  generation: string
  target: DatabaseConnection
  clients: PostgresClients
  log: Log
  signal?: AbortSignal | undefined
  /** Whether cron jobs and webhooks were left inactive. */
  disarmed?: boolean | undefined
  /** What the restore named as not brought back as it was: exactly this is no difference. */
  weakened?: readonly Weakening[] | undefined
  /** Whether the generation is the target itself as it was: nothing may have come since. */
  rollback?: boolean | undefined
}

/**
 * Compares a target with a generation, in one snapshot: schema, rows, sequences, large objects, roles, grants,
 * policies, publications, extensions, cron jobs, secrets, and that no account or object record lacks its parent.
 */
export async function verifyDatabase(options: DatabaseVerifyOptions): Promise<DatabaseVerification> {
  try {
    return await compareAll(options)
  } catch (error) {
    throw databaseError(error, phase)
  }
}

async function compareAll(options: DatabaseVerifyOptions): Promise<DatabaseVerification> {
  const disarmed = options.disarmed ?? false
  const dump = join(options.generation, 'database', 'dump')
  const contents = await readContents(dump)
  const everything = await readCatalogFacts(options.generation)
  const snapshot = await openSnapshot(options.target)
  try {
    const target = await inspectCatalog(snapshot)
    const left = leftOutNames(options.weakened ?? [])
    const strangers = strangersOf(everything, target.amongPlatforms)
    const recorded = withoutContentsOf(
      everything,
      strangers,
      contents.entries.filter((entry) => left.has(nameOf(entry))),
    )
    const compared = withoutUnused(
      restoredTables(recorded, withoutLeftOut(contents.entries, options.weakened)),
      target.columns,
    ).filter(staysAsRestored)
    // At once: pg_dump asks many small questions, where hashing keeps the server's processor busy.
    const [definitions, tables] = await together(
      anySignal(options.signal, snapshot.lost),
      (signal) => dumpSnapshot({ ...options, signal }, snapshot),
      (signal) =>
        orAborted(
          compareTables(
            snapshot,
            compared,
            differentlyBuilt(recorded.columns, target.columns),
            options.weakened,
          ),
          signal,
        ),
    )
    const schema = await compareSchema(
      { contents, facts: recorded },
      { ...target, contents: definitions },
      { disarmed, schemas: target.schemas, weakened: options.weakened },
    )
    const sequences = await compareSequences(snapshot.lead, recorded.sequences)
    const recordedObjects = await Array.fromAsync(savedFact(options.generation, largeObjects))
    const objects = await compareLargeObjects(snapshot.lead, recordedObjects)
    const missingExtensions = new Set(
      recorded.extensions.filter(({ name }) => !target.available.has(name)).map(({ name }) => name),
    )
    const catalog = await compareCatalog({
      client: snapshot.lead,
      generation: options.generation,
      ...{ database: contents.database, closedFunctions: recorded.closedFunctions },
      missingExtensions,
      disarmed,
      weakened: options.weakened,
      rollback: options.rollback,
    })
    const dependencies = await verifyBindings(snapshot.lead, options.generation, contents)
    const orphans = await findOrphans(async (sql) => (await snapshot.lead.query(sql)).rows)
    const differences = [
      ...schema,
      ...dependencies,
      ...tables.differences,
      ...sequences,
      ...objects,
      ...catalog,
      ...orphans.filter(({ tables: both }) => !both.every((name) => tables.equal.has(name))).map(orphanOf),
    ]
    return {
      ok: differences.length === 0,
      differences,
      findings: refreshedFindings(tables.refreshed),
      counts: {
        ...countTables(everything.tables, compared, 'NotCompared'),
        sequences: recorded.sequences.length,
        largeObjects: recordedObjects.length,
        definitions: contents.entries.length,
        differences: differences.length,
      },
    }
  } finally {
    await snapshot.close()
  }
}

/** Where both tables of a foreign key hold what the backup recorded, its rows without a parent were so on the source. */
function orphanOf({ name, rows }: Orphans): Difference {
  return { kind: 'orphan', name, expected: 'no row without its parent', actual: `${rows} rows without` }
}

const nameRow = z.object({ name: z.string() })

type Inspected = Pick<DatabaseVerifyOptions, 'target' | 'clients' | 'signal'>

/** What a comparison with a backup needs to know of a target, as of the snapshot; changes nothing. */
export async function inspectSnapshot(options: Inspected, snapshot: Snapshot) {
  const catalog = await inspectCatalog(snapshot)
  return { ...catalog, contents: await dumpSnapshot(options, snapshot) }
}

function dumpSnapshot({ target, clients, signal }: Inspected, snapshot: Snapshot): Promise<Contents> {
  return dumpContents({
    ...{ connection: target, clients, snapshotId: snapshot.id, phase },
    signal: anySignal(signal, snapshot.lost),
  })
}

async function inspectCatalog(snapshot: Snapshot) {
  const server = await describeServer(snapshot.lead)
  const triggers = await Array.fromAsync(readFact(snapshot.lead, managedTriggers, server))
  const { rows } = await snapshot.lead.query(
    `select name::text from pg_catalog.pg_available_extensions
     union select extname::text from pg_catalog.pg_extension`,
  )
  const schemas = await snapshot.lead.query('select nspname::text as name from pg_catalog.pg_namespace')
  return {
    amongPlatforms: await namesAmongPlatforms(snapshot.lead, server),
    facts: { userTriggers: userTriggersOf(triggers) },
    columns: await Array.fromAsync(readFact(snapshot.lead, managedColumns, server)),
    available: new Set(rows.map((row) => nameRow.parse(row).name)),
    schemas: new Set(schemas.rows.map((row) => nameRow.parse(row).name)),
  }
}

function refreshedFindings(names: string[]): Finding[] {
  if (names.length === 0) return []
  const message =
    'These materialized views hold other rows than the backup saw: they are filled anew by a restore, and were stale or depend on the moment.'
  return [finding({ component: 'database', severity: 'note', kind: 'view-refreshed', message, names })]
}
