import type { Finding } from '../../common/findings.ts'
import type { Log } from '../../common/log.ts'
import type { PostgresClients } from '../connect/client-programs.ts'
import type { DatabaseConnection } from '../connect/connection.ts'
import { openSnapshot, type Snapshot } from '../connect/snapshot.ts'
import { hashTables, type ListedTable, listTables, type Table } from '../facts/all.ts'
import { contentKinds, readCatalogFacts } from '../facts/catalog-facts.ts'
import { dataSchemas, isManagedSchema, tablesNeverRestored } from '../rules/platform.ts'
import { restoredTables } from '../rules/restored-tables.ts'
import { compareCatalog } from '../verify/catalog.ts'
import type { Difference } from '../verify/difference.ts'
import { compareSchema } from '../verify/schema.ts'
import { inspectSnapshot } from '../verify/verify.ts'
import { cronFindings, ownJobs, refusedJobs } from './cron.ts'
import { type PartOfPartition, withPartitions } from './partitions.ts'
import { prepareRestore } from './prepare.ts'
import { weakeningFindings } from './weakened.ts'

export interface TablePreview {
  schema: string
  name: string
  /** Rows at the target; null where it has no such table. */
  now: number | null
  /** Rows once restored; null where the table will be gone. */
  after: number | null
  /** Of a partition the table at its root, `schema.table`. */
  root?: string | undefined
}

/** An object, grant, role, setting, … that will be another than it is. */
export interface ObjectPreview {
  /** Its kind and name, such as `TABLE public notes`, `role app_reader`. */
  name: string
  change: 'create' | 'change' | 'drop'
  /** Its definition from the first line that differs on, shortened; null where there is none. */
  now: string | null
  after: string | null
  /** Where it is about a partition. */
  partition?: PartOfPartition | undefined
}

/** What a restore would do to a target's database. */
export interface DatabasePreview {
  tables: TablePreview[]
  objects: ObjectPreview[]
  /** Names; `move` of those in another schema than recorded. */
  extensions: { create: string[]; move: string[]; missing: string[] }
  /** What the restore will report: what it leaves asleep, and what has no home on the target. */
  findings: Finding[]
}

export interface DatabasePreviewOptions {
  /** Directory of the generation, verified against its manifest. */
  generation: string
  target: DatabaseConnection
  clients: PostgresClients
  log: Log
  signal?: AbortSignal | undefined
  /** Whether cron jobs and webhooks would become active at once. */
  arm?: boolean | undefined
  /** Entries of the dump to be left out, as `nameOf` spells them, with what depends on them. */
  leaveOut?: readonly string[] | undefined
  /** Entries that the backup was made without, with which goes what depends on them. */
  notHeld?: readonly string[] | undefined
  /** Definitions without rows. */
  schemaOnly?: boolean | undefined
  /** Whether Database Webhooks are enabled first where triggers of the backup call them. */
  enablesWebhooks?: boolean | undefined
  /** The generation is the target itself as it was: roles and extensions that came since are dropped. */
  rollback?: boolean | undefined
}

/**
 * Compares a target with a generation and changes nothing: rows are counted, everything else is compared as a
 * verification does it, in one snapshot.
 * @throws BackupError where the target cannot take the backup
 */
export async function previewDatabase(options: DatabasePreviewOptions): Promise<DatabasePreview> {
  const { generation, arm = false, schemaOnly = false } = options
  const preparation = await prepareRestore(options)
  const { contents, recorded, extensions, target } = preparation
  const snapshot = await openSnapshot(options.target)
  try {
    const actual = await inspectSnapshot(options, snapshot)
    const disarmed = !arm
    const schema = await compareSchema({ contents, facts: recorded }, actual, {
      disarmed,
      schemas: preparation.schemas,
      weakened: preparation.weakened,
    })
    const targetHasCron =
      target.server.relations.has('cron.job') || names(extensions.create).includes('pg_cron')
    const whose = { user: target.user, database: contents.database }
    const refused = targetHasCron ? refusedJobs(recorded.cronJobs, whose) : []
    const jobs = ownJobs(recorded.cronJobs, whose)
    const missingExtensions = new Set(names(extensions.missing))
    const catalog = await compareCatalog({
      ...{ client: snapshot.lead, generation, database: contents.database },
      closedFunctions: recorded.closedFunctions,
      ...{ missingExtensions, disarmed, rollback: options.rollback, weakened: refused },
    })
    const described = catalog
      .filter(
        ({ kind, expected }) =>
          (kind !== 'extension' || expected === null) && !(schemaOnly && contentKinds.includes(kind)),
      )
      .map((found) => ({ ...found, name: `${found.kind} ${found.name}` }))
    const found = {
      tables: await previewTables(
        snapshot,
        schemaOnly
          ? emptied(restoredTables(await readCatalogFacts(generation), contents.entries))
          : restoredTables(recorded, contents.entries),
        (table) => !isManagedSchema(table.schema) || isEmptied(table),
      ),
      objects: previewObjects([...schema, ...described]),
      extensions: {
        create: names(extensions.create),
        move: names(extensions.move),
        missing: names(extensions.missing),
      },
      findings: [
        ...preparation.findings,
        ...weakeningFindings([...preparation.weakened, ...refused]),
        ...cronFindings(jobs, { ...whose, targetHasCron, arm }),
      ],
    }
    return withPartitions(found, contents.entries, actual.contents.entries)
  } finally {
    await snapshot.close()
  }
}

function emptied(tables: readonly Table[]): Table[] {
  return tables.map((table) => ({ ...table, rows: 0 }))
}

function names(list: readonly { name: string }[]): string[] {
  return list.map(({ name }) => name)
}

const nameOf = ({ schema, name }: { schema: string; name: string }) => `${schema}.${name}`

/**
 * Counts the rows of the tables that are concerned.
 * @param restored with the rows the backup has
 * @param isConcerned whether a table of the target is emptied, or dropped, where the backup does not have it
 */
export async function previewTables(
  snapshot: Snapshot,
  restored: readonly Pick<Table, 'schema' | 'name' | 'rows'>[],
  isConcerned: (table: ListedTable) => boolean,
): Promise<TablePreview[]> {
  const wanted = new Map(restored.map((table) => [nameOf(table), table]))
  const listed = (await listTables(snapshot.lead)).filter(
    (table) => isConcerned(table) || wanted.has(nameOf(table)),
  )
  const clients = [snapshot.lead]
  const counted = await hashTables({ tables: listed, clients, renew: snapshot.renew, hash: false })
  const present = new Map(listed.map((table) => [nameOf(table), table]))
  const missing = [...wanted.values()].filter((table) => !present.has(nameOf(table)))
  return [...present.values(), ...missing]
    .map((table) => {
      const found = present.get(nameOf(table))
      return {
        schema: table.schema,
        name: table.name,
        now: found ? (counted.get(found.oid)?.rows ?? 0) : null,
        after: wanted.get(nameOf(table))?.rows ?? (isEmptied(table) ? 0 : null),
      }
    })
    .sort((a, b) => compare(a.schema, b.schema) || compare(a.name, b.name))
}

/** What becomes of the objects in which target and backup differ. */
export function previewObjects(differences: readonly Difference[]): ObjectPreview[] {
  return differences.map(({ name, expected, actual: now }) => ({
    ...{ name, now, after: expected },
    change: now === null ? 'create' : expected === null ? 'drop' : 'change',
  }))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A table of the services stays, whatever the backup has of it, and loses its rows. */
function isEmptied({ schema, name }: { schema: string; name: string }): boolean {
  return dataSchemas.includes(schema) && !tablesNeverRestored.includes(`${schema}.${name}`)
}
