import { ExitCode } from '../common/errors.ts'
import type { Manifest } from '../common/manifest.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import type { PostgresClients } from '../database/connect/clients.ts'
import { connect } from '../database/connect/connection.ts'
import { clientsOf, restoreClients } from '../database/restore/clients.ts'
import type { DatabasePart } from '../database/restore/part.ts'
import {
  type DatabasePreview,
  type DatabasePreviewOptions,
  previewDatabase,
} from '../database/restore/preview.ts'
import { previewPart } from '../database/restore/preview-part.ts'
import { databaseOf, type Project, storageOf } from '../project/project.ts'
import { createSelection } from '../storage/catalogue/select.ts'
import { bucketsThatStay, keptBuckets } from '../storage/restore/kept-buckets.ts'
import { previewStorage, type StoragePreview } from '../storage/restore/preview.ts'
import { chosenTarget, judgeTarget } from './chosen.ts'
import type { RestoreCommand } from './command.ts'
import { verifyGeneration } from './generation.ts'
import { databaseLines, storageLines } from './preview-lines.ts'

/** What a restore would do; of each component that it is about. */
export interface Preview {
  database: DatabasePreview | null
  storage: StoragePreview | null
}

/**
 * `restore.sh --preview`: verifies the backup, compares it with the target, says what a restore would change there, and
 * writes nothing.
 * @throws BackupError for whatever a restore would be refused for
 */
export async function preview(command: RestoreCommand): Promise<WorkerOutcome> {
  const target = chosenTarget(command)
  const manifest = await verifyGeneration(command)
  const clients = await restoreClients({ ...command, target: target.database })
  try {
    const found = await previewRestore(command, { manifest, target, clients })
    const { reference } = target
    return {
      document: { status: 'previewed', snapshotAt: manifest.snapshotAt, target: reference, ...found },
      text: [...introduction(manifest, target), ...previewLines(found, command, Number.POSITIVE_INFINITY)],
      exitCode: ExitCode.success,
    }
  } finally {
    await clients?.close()
  }
}

/** Compares the target with the backup, as far as the command is about it. */
export async function previewRestore(
  command: RestoreCommand,
  about: { manifest: Manifest; target: Project; clients: PostgresClients | undefined },
): Promise<Preview> {
  const { components, config, log } = command
  const { manifest, target, clients } = about
  const endpoint = components.includes('storage') ? storageOf(target) : undefined
  const { arm } = await judgeTarget(command, manifest, target)
  const database = components.includes('database')
    ? await previewPartOrAll(command.part, {
        ...command,
        target: databaseOf(target),
        clients: clientsOf({ clients }),
        arm,
      })
    : null
  if (endpoint === undefined)
    return { database: await tellingOfBuckets(command, database, target), storage: null }
  const client = target.database && (await connect(target.database, 'restore/target'))
  try {
    const concurrency = config.STORAGE_CONCURRENCY
    const options = { ...command, endpoint, database: client, concurrency, log: log.child('storage') }
    const storage = await previewStorage(options)
    return { database: await tellingOfBuckets(command, database, target), storage }
  } finally {
    await client?.end()
  }
}

/** Restored together with all of Storage, buckets that the backup does not have go; else those with objects stay. */
async function tellingOfBuckets(
  { components, generation, keepExtra, part, scope }: RestoreCommand,
  database: DatabasePreview | null,
  target: Project,
): Promise<DatabasePreview | null> {
  const go = components.includes('storage') && !keepExtra && createSelection(scope).everything
  if (database === null || part !== undefined || go) return database
  const client = await connect(databaseOf(target), 'restore/target')
  try {
    const kept = await bucketsThatStay(client, generation, keepExtra)
    const tables = database.tables.map((table) =>
      table.schema === 'storage' && table.name === 'buckets' && table.after !== null
        ? { ...table, after: table.after + kept.length }
        : table,
    )
    return { ...database, tables, findings: [...database.findings, ...keptBuckets(kept)] }
  } finally {
    await client.end()
  }
}

function previewPartOrAll(part: DatabasePart | undefined, options: DatabasePreviewOptions) {
  return part ? previewPart(part, options) : previewDatabase(options)
}

/** From where to where, in lines. */
export function introduction({ project, ...manifest }: Manifest, target: Project): string[] {
  const taken = manifest.snapshotAt ?? manifest.startedAt
  const degraded = manifest.status === 'degraded' ? ', a DEGRADED backup' : ''
  return [
    `From   ${project.name}${project.ref ? ` (${project.ref})` : ''}, as it was on ${taken}${degraded}`,
    `To     ${target.reference}${target.database ? `, database ${target.database.host}:${target.database.port}` : ''}`,
  ]
}

/** @param limit how many lines of a kind; what is more is counted */
export function previewLines(
  { database, storage }: Preview,
  { part, keepExtra }: Pick<RestoreCommand, 'part' | 'keepExtra'>,
  limit: number,
): string[] {
  return [
    ...(database ? databaseLines(database, part, limit) : []),
    ...(storage ? storageLines(storage, keepExtra, limit) : []),
  ]
}
