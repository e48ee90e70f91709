import type { Finding } from '../common/findings.ts'
import type { PostgresClients } from './clients.ts'
import { compareCatalog } from './compare-catalog.ts'
import { compareSchema } from './compare-schema.ts'
import type { DatabaseConnection } from './connection.ts'
import { cronFindings } from './cron.ts'
import { hashTables, listTables } from './facts.ts'
import { dataSchemas, isManagedSchema, tablesNeverRestored } from './platform.ts'
import { type Preparation, prepareRestore } from './prepare.ts'
import { restoredTables } from './restored-tables.ts'
import { openSnapshot, type Snapshot } from './snapshot.ts'
import { inspectSnapshot } from './verify.ts'

export interface TablePreview {
  schema: string
  name: string
  /** Rows at the target; null where it has no such table. */
  now: number | null
  /** Rows once restored; null where the table will be gone. */
  after: number | null
}

/** An object, grant, role, setting, … that will be another than it is. */
export interface ObjectPreview {
  /** Its kind and name, such as `TABLE public notes`, `role app_reader`. */
  name: string
  change: 'create' | 'change' | 'drop'
  /** Its definition from the first line that differs on, shortened; null where there is none. */
  now: string | null
  after: string | null
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
  signal?: AbortSignal | undefined
  /** Whether cron jobs and webhooks would become active at once. */
  arm?: boolean | undefined
}

/**
 * Compares a target with a generation and changes nothing: rows are counted, everything else is compared as a
 * verification does it, in one snapshot.
 * @throws BackupError where the target cannot take the backup
 */
export async function previewDatabase(options: DatabasePreviewOptions): Promise<DatabasePreview> {
  const { generation, arm = false } = options
  const preparation = await prepareRestore(options)
  const { contents, recorded, extensions, target } = preparation
  const snapshot = await openSnapshot(options.target)
  try {
    const actual = await inspectSnapshot(options, snapshot)
    const disarmed = !arm
    const schema = await compareSchema({ contents, facts: recorded }, actual, {
      disarmed,
      schemas: actual.schemas,
    })
    const missingExtensions = new Set(names(extensions.missing))
    const catalog = await compareCatalog({
      ...{ client: snapshot.lead, generation, missingExtensions, disarmed },
    })
    const described = catalog
      .filter(({ kind }) => kind !== 'extension')
      .map((found) => ({ ...found, name: `${found.kind} ${found.name}` }))
    return {
      tables: await previewTables(snapshot, preparation),
      objects: [...schema, ...described].map(({ name, expected, actual: now }) => ({
        ...{ name, now, after: expected },
        change: now === null ? 'create' : expected === null ? 'drop' : 'change',
      })),
      extensions: {
        create: names(extensions.create),
        move: names(extensions.move),
        missing: names(extensions.missing),
      },
      findings: [
        ...preparation.findings,
        ...cronFindings(recorded.cronJobs, {
          targetHasCron: target.server.relations.has('cron.job'),
          arm,
          user: target.user,
        }),
      ],
    }
  } finally {
    await snapshot.close()
  }
}

function names(list: readonly { name: string }[]): string[] {
  return list.map(({ name }) => name)
}

async function previewTables(snapshot: Snapshot, preparation: Preparation): Promise<TablePreview[]> {
  const { recorded, contents } = preparation
  const nameOf = ({ schema, name }: { schema: string; name: string }) => `${schema}.${name}`
  const restored = new Map(restoredTables(recorded, contents.entries).map((table) => [nameOf(table), table]))
  const listed = (await listTables(snapshot.lead)).filter(
    (table) => !isManagedSchema(table.schema) || isEmptied(table) || restored.has(nameOf(table)),
  )
  const clients = [snapshot.lead]
  const counted = await hashTables({ tables: listed, clients, renew: snapshot.renew, hash: false })
  const present = new Map(listed.map((table) => [nameOf(table), table]))
  const all = [...present.values(), ...[...restored.values()].filter((table) => !present.has(nameOf(table)))]
  return all
    .map((table) => {
      const found = present.get(nameOf(table))
      return {
        schema: table.schema,
        name: table.name,
        now: found ? (counted.get(found.oid)?.rows ?? 0) : null,
        after: restored.get(nameOf(table))?.rows ?? (isEmptied(table) ? 0 : null),
      }
    })
    .sort((a, b) => compare(a.schema, b.schema) || compare(a.name, b.name))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A table of the services stays, whatever the backup has of it, and loses its rows. */
function isEmptied({ schema, name }: { schema: string; name: string }): boolean {
  return dataSchemas.includes(schema) && !tablesNeverRestored.includes(`${schema}.${name}`)
}
