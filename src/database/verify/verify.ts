import { join } from 'node:path'
import { z } from 'zod'
import { anySignal, orAborted, together } from '../../common/abort.ts'
import { type Finding, finding } from '../../common/findings.ts'
import type { Log } from '../../common/log.ts'
import { dumpContents } from '../capture/schema-dump.ts'
import type { PostgresClients } from '../connect/client-programs.ts'
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
  type Table,
} from '../facts/all.ts'
import {
  type CatalogFacts,
  contentKinds,
  readCatalogFacts,
  userTriggersOf,
  withoutContents,
} from '../facts/catalog-facts.ts'
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
import { compareLargeObjects, compareSequences, compareTables, noTables } from './contents.ts'
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
  /** Whether definitions alone were restored: then those are compared, and nothing else. */
  definitionsOnly?: boolean | undefined
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
  const contents = await readContents(join(options.generation, 'database', 'dump'))
  const facts = await readCatalogFacts(options.generation)
  const everything = options.definitionsOnly ? withoutContents(facts) : facts
  const snapshot = await openSnapshot(options.target)
  try {
    const target = await inspectCatalog(snapshot)
    const left = leftOutNames(options.weakened ?? [])
    const recorded = withoutContentsOf(
      everything,
      strangersOf(everything, target.amongPlatforms),
      contents.entries.filter((entry) => left.has(nameOf(entry))),
    )
    const compared = withoutUnused(
      restoredTables(recorded, withoutLeftOut(contents.entries, options.weakened)),
      target.columns,
    ).filter(staysAsRestored)
    const sides = { contents, recorded, target, compared }
    const { schema, tables } = await compareSchemaAndRows(options, snapshot, sides)
    const values = await compareValues(options, snapshot, recorded)
    const catalog = await compareFacts(options, snapshot, sides)
    const orphans = await findOrphans(async (sql) => (await snapshot.lead.query(sql)).rows)
    const differences = [
      ...schema,
      ...catalog.dependencies,
      ...tables.differences,
      ...values.differences,
      ...catalog.differences,
      ...orphans.filter(({ tables: both }) => !both.every((name) => tables.equal.has(name))).map(orphanOf),
    ]
    return {
      ok: differences.length === 0,
      differences,
      findings: refreshedFindings(tables.refreshed),
      counts: {
        ...countTables(everything.tables, compared, 'NotCompared'),
        ...values.counts,
        definitions: contents.entries.length,
        differences: differences.length,
      },
    }
  } finally {
    await snapshot.close()
  }
}

/** What the backup says, and what there is of it at the target. */
interface Sides {
  contents: Contents
  recorded: CatalogFacts
  target: Awaited<ReturnType<typeof inspectCatalog>>
  /** The tables whose rows are compared. */
  compared: readonly Table[]
}

/** At once: pg_dump asks many small questions, where hashing keeps the server's processor busy. */
async function compareSchemaAndRows(
  options: DatabaseVerifyOptions,
  snapshot: Snapshot,
  { contents, recorded, target, compared }: Sides,
) {
  const built = differentlyBuilt(recorded.columns, target.columns)
  const [definitions, tables] = await together(
    anySignal(options.signal, snapshot.lost),
    (signal) => dumpSnapshot({ ...options, signal }, snapshot),
    async (signal) =>
      options.definitionsOnly
        ? noTables
        : orAborted(compareTables(snapshot, compared, built, options.weakened), signal),
  )
  const schema = await compareSchema(
    { contents, facts: recorded },
    { ...target, contents: definitions },
    { disarmed: options.disarmed ?? false, schemas: target.schemas, weakened: options.weakened },
  )
  return { schema, tables }
}

/** Values of sequences, and large objects. */
async function compareValues(
  { generation, definitionsOnly }: DatabaseVerifyOptions,
  snapshot: Snapshot,
  { sequences }: CatalogFacts,
): Promise<{ differences: Difference[]; counts: Record<string, number> }> {
  if (definitionsOnly) return { differences: [], counts: {} }
  const recordedObjects = await Array.fromAsync(savedFact(generation, largeObjects))
  return {
    differences: [
      ...(await compareSequences(snapshot.lead, sequences)),
      ...(await compareLargeObjects(snapshot.lead, recordedObjects)),
    ],
    counts: { sequences: sequences.length, largeObjects: recordedObjects.length },
  }
}

/** What no dump says: the recorded facts, and what definitions are made of. */
async function compareFacts(
  options: DatabaseVerifyOptions,
  snapshot: Snapshot,
  { contents, recorded, target }: Sides,
) {
  const { generation, weakened, rollback, definitionsOnly } = options
  const absent = recorded.extensions.map(({ name }) => name).filter((name) => !target.available.has(name))
  const differences = await compareCatalog({
    ...{ client: snapshot.lead, generation, weakened, rollback },
    ...{ database: contents.database, closedFunctions: recorded.closedFunctions },
    missingExtensions: new Set(absent),
    disarmed: options.disarmed ?? false,
  })
  const isCompared = ({ kind }: Difference) => !(definitionsOnly && contentKinds.includes(kind))
  const left = leftOutNames(weakened ?? [])
  const dependencies = await verifyBindings(snapshot.lead, generation, {
    serverVersion: contents.serverVersion,
    where: ({ kind, schema, name }) => !left.has(`${kind} ${schema} ${name}`),
  })
  return { differences: differences.filter(isCompared), dependencies }
}

/** Where both tables of a foreign key hold what the backup recorded, its rows without a parent were so at the origin. */
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
