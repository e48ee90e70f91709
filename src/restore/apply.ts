import type pg from 'pg'
import { BackupError } from '../common/errors.ts'
import type { ComponentResult } from '../common/findings.ts'
import type { Log } from '../common/log.ts'
import type { PostgresClients } from '../database/connect/clients.ts'
import { connect, type DatabaseConnection } from '../database/connect/connection.ts'
import { clientsOf } from '../database/restore/clients.ts'
import {
  type DatabaseRestore,
  type DatabaseRestoreOptions,
  restoreDatabase,
} from '../database/restore/restore.ts'
import { databaseOf, type Project, storageOf } from '../project/project.ts'
import type { Scope } from '../storage/catalogue/rows.ts'
import { createSelection } from '../storage/catalogue/select.ts'
import { keptBuckets, objectsWithoutBytes } from '../storage/restore/kept-buckets.ts'
import { observeTarget, reconcileRows } from '../storage/restore/reconcile.ts'
import { restoreStorage } from '../storage/restore/restore.ts'
import { markUnrestoredSql } from '../storage/restore/unrestored.ts'
import { isRestored, type RestoreProgress } from './progress.ts'

export interface ApplyOptions {
  /** A verified generation. */
  generation: string
  components: readonly string[]
  target: Project
  /** Undefined where the database is not among them. */
  clients: PostgresClients | undefined
  /** The target's own data is nobody's loss, and it is verified as a whole right afterwards. */
  disposable: boolean
  /** Whether cron jobs and webhooks become active at once. */
  arm: boolean
  /** The database in many transactions instead of one. */
  batches?: boolean | undefined
  /** Entries of the database's dump to be left out, with what depends on them. */
  leaveOut?: readonly string[] | undefined
  /** The backup is the target itself as it was before a restore. */
  rollback?: boolean | undefined
  /** Where the names of what the database's restore left out are written. */
  leftOutFile?: string | undefined
  /** Storage objects transferred at the same time. */
  concurrency: number
  scope: Scope
  keepExtra: boolean
  /** What is done already, and where what is done next is noted. */
  progress: RestoreProgress
  log: Log
  signal: AbortSignal
}

/**
 * Restores the components into the target: the database in one transaction, then Storage by difference. What the
 * progress says is done is not done again.
 *
 * Restoring the database replaces the rows that say which objects the target has, not the objects. So what the target
 * holds is noted before; the restored rows are marked as having no bytes in the very transaction; and afterwards those
 * whose bytes are there are told so. Once, for then an upload may give a row another version than the one noted.
 */
export async function applyBackup(options: ApplyOptions): Promise<ComponentResult[]> {
  const { components, target, progress, log, signal } = options
  const endpoint = components.includes('storage') ? storageOf(target) : undefined
  if (components.includes('database') && !isRestored(progress, 'database')) {
    const observed = progress.observed
    await withClient(databaseOf(target), (client) => observeTarget({ client, directory: observed, signal }))
    const { weakened, ...result } = await restoreFitting(options.disposable, {
      ...options,
      clients: clientsOf(options),
      target: databaseOf(target),
      log: log.child('database'),
      hash: !options.disposable,
      superuser: target.superuser,
      finally: markUnrestoredSql,
      beforeCommit: (transaction, weakened) => progress.note({ transaction, weakened }),
      onAborted: () => progress.note({ transaction: null }),
    })
    await progress.note({ results: [result], weakened })
  }
  signal.throwIfAborted()
  if (components.includes('database') && !progress.done.rowsReconciled) {
    const { kept, bare } = await withClient(databaseOf(target), async (client) => ({
      kept: await reconcileRows(client, progress.observed, options.keepExtra),
      bare: endpoint || options.disposable ? [] : await objectsWithoutBytes(client),
    }))
    const named =
      endpoint && !options.keepExtra && createSelection(options.scope).everything ? [] : keptBuckets(kept)
    const results = progress.done.results.map((result) =>
      result.component === 'database'
        ? { ...result, findings: [...result.findings, ...named, ...bare] }
        : result,
    )
    await progress.note({ rowsReconciled: true, results })
  }
  if (endpoint && !isRestored(progress, 'storage')) {
    const bring = (database: pg.Client | undefined) =>
      restoreStorage({ ...options, endpoint, database, log: log.child('storage') })
    const result = target.database ? await withClient(target.database, bring) : await bring(undefined)
    await progress.note({ results: [...progress.done.results, result] })
  }
  return [...progress.done.results]
}

/**
 * Restores the database, and in batches where one transaction needs more locks than the server holds and nothing is lost
 * if a part of it stays: a test project that was drilled into before has as much to drop as to create.
 */
async function restoreFitting(
  disposable: boolean,
  options: DatabaseRestoreOptions,
): Promise<DatabaseRestore> {
  try {
    return await restoreDatabase(options)
  } catch (error) {
    const tooFew = error instanceof BackupError && error.code === 'TARGET_LOCKS_TOO_FEW'
    if (!tooFew || !disposable || options.batches) throw error
    options.log.info(`${error.message} The drill restores in batches instead.`)
    return await restoreDatabase({ ...options, batches: true })
  }
}

/** With a connection of its own: one that idles while the database is restored may have been cut meanwhile. */
async function withClient<Result>(
  database: DatabaseConnection,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = await connect(database, 'restore/target')
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
