import type pg from 'pg'
import { z } from 'zod'
import type { Finding } from '../../common/findings.ts'
import { formatBytes, plural } from '../../common/units.ts'
import type {
  ComponentRestore,
  KeptRowsContext,
  KeptRowsPreview,
  OfflineContext,
  RestoreContext,
  StandIn,
  StandInContext,
} from '../../components/component.ts'
import { connect } from '../../database/connect/connection.ts'
import { startStorageTarget } from '../../drill/storage-target.ts'
import { storageOf } from '../../project/project.ts'
import { scopeIn } from '../catalogue/scope-flags.ts'
import { createSelection } from '../catalogue/select.ts'
import { refuseUnmetInBackup } from '../catalogue/wishes.ts'
import { parseBytesCheck } from '../verify/bytes-check.ts'
import { verifyStorage } from '../verify/verify.ts'
import { bucketsThatStay, keptBuckets, objectsWithoutBytes } from './kept-buckets.ts'
import { previewStorage } from './preview.ts'
import { storageLines } from './preview-lines.ts'
import { reconcileRows } from './reconcile.ts'
import { restoreStorage } from './restore.ts'
import { restoreStorageToDirectory } from './to-directory.ts'

const flagsSchema = z.object({
  'keep-extra': z.boolean().default(false),
  'verify-bytes': z.string().optional(),
})

/** Opens the restore of Storage: by difference, so a rollback is a restore, and one that broke off is simply repeated. */
export async function openStorageRestore(context: RestoreContext): Promise<ComponentRestore> {
  const { generation, target, config, log, signal } = context
  const flags = flagsSchema.parse(context.flags)
  // What it does not understand is refused now, not after the hours that a restore may take.
  if (flags['verify-bytes'] !== undefined) parseBytesCheck(flags['verify-bytes'])
  // A rollback takes away what came since, which the backup does not have.
  if (!context.rollback) await refuseUnmetInBackup(generation, scopeIn(context.flags))
  const options = {
    ...{ generation, log, signal, endpoint: await storageOf(target), scope: scopeIn(context.flags) },
    concurrency: config.STORAGE_CONCURRENCY,
    keepExtra: flags['keep-extra'],
  }
  const bring = () => withDatabase(context, (database) => restoreStorage({ ...options, database }))
  return {
    async preview() {
      const preview = await withDatabase(context, (database) => previewStorage({ ...options, database }))
      return {
        document: { ...preview },
        lines: (limit) => storageLines(preview, options.keepExtra, limit),
      }
    },
    restore: bring,
    undo: bring,
    async verify() {
      const { differences, ...found } = await withDatabase(context, (database) =>
        verifyStorage({ ...options, database, verifyBytes: flags['verify-bytes'] }),
      )
      return {
        ...found,
        findings: [],
        differences: differences.map(({ kind, name, detail }) => ({
          ...{ component: 'storage', kind, name },
          ...{ expected: null, actual: detail ?? null },
        })),
      }
    },
    async close() {},
  }
}

/** With a connection of its own, where there is one: one that idles while the database is restored may have been cut. */
async function withDatabase<Result>(
  { target }: RestoreContext,
  work: (client: pg.Client | undefined) => Promise<Result>,
): Promise<Result> {
  if (target.database === undefined) return work(undefined)
  const client = await connect(target.database, 'restore/target')
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Whether buckets that the backup does not have are removed by this very restore. */
function removesBuckets({ wanted, flags }: KeptRowsContext): boolean {
  return (
    wanted.includes('storage') &&
    !flagsSchema.parse(flags)['keep-extra'] &&
    createSelection(scopeIn(flags)).everything
  )
}

/** Makes the rows of Storage tell the truth about the target's bytes, after the database was restored. */
export async function reconcileKept(
  context: { client: pg.ClientBase; directory: string } & KeptRowsContext,
): Promise<Finding[]> {
  const { client, directory, flags, wanted, disposable } = context
  const kept = await reconcileRows(client, directory, flagsSchema.parse(flags)['keep-extra'])
  const bare = wanted.includes('storage') || disposable ? [] : await objectsWithoutBytes(client)
  return [...(removesBuckets(context) ? [] : keptBuckets(kept)), ...bare]
}

/** What that will leave at the target. */
export async function previewKept(
  context: { client: pg.ClientBase; generation: string } & KeptRowsContext,
): Promise<KeptRowsPreview> {
  if (removesBuckets(context)) return { rows: {}, findings: [] }
  const { client, generation, flags } = context
  const kept = await bucketsThatStay(client, generation, flagsSchema.parse(flags)['keep-extra'])
  return { rows: { 'storage.buckets': kept.length }, findings: keptBuckets(kept) }
}

/** A throwaway project for Storage alone; with the database's there is one already. */
export async function standInForStorage(context: StandInContext): Promise<StandIn> {
  // On this machine every byte costs only the reading of it.
  const flags = { 'verify-bytes': 'all' }
  const { config, generation, manifest, project, log } = context
  if (project.storage !== undefined) return { project: {}, findings: [], flags, async stop() {} }
  const server = manifest.versions['server']
  const { findings, stop, failure, ...started } = await startStorageTarget({
    ...{ generation, server, config, log },
  })
  return { project: started, findings, flags, failure, stop }
}

/** Writes the chosen objects as plain files. */
export async function writeToDirectory(context: OfflineContext & { directory: string }) {
  const { directory, flags, generation } = context
  const scope = scopeIn(flags)
  await refuseUnmetInBackup(generation, scope)
  const result = await restoreStorageToDirectory({ ...context, scope })
  const { objects = 0, bytes = 0 } = result.counts
  const written = `${plural(objects, 'object')}, ${formatBytes(bytes)}, written below ${directory}`
  return { result, lines: [written, ...result.findings.map(({ message }) => message)] }
}
