import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BackupError, ExitCode } from '../common/errors.ts'
import type { Component, ComponentResult } from '../common/findings.ts'
import type { Log } from '../common/log.ts'
import type { PostgresClients } from '../database/clients.ts'
import { connect } from '../database/connection.ts'
import { restoreDatabase } from '../database/restore.ts'
import { observeTarget, reconcileRows } from '../storage/reconcile.ts'
import { restoreStorage } from '../storage/restore.ts'
import type { Scope } from '../storage/rows.ts'
import { markUnrestoredSql } from '../storage/unrestored.ts'
import type { RestoreTarget } from './target.ts'

export interface ApplyOptions {
  /** A verified generation. */
  generation: string
  components: readonly Component[]
  target: RestoreTarget
  clients: PostgresClients
  /** The target's own data is nobody's loss, and it is verified as a whole right afterwards. */
  disposable: boolean
  /** Whether cron jobs and webhooks become active at once. */
  arm: boolean
  /** Storage objects transferred at the same time. */
  concurrency: number
  scope: Scope
  keepExtra: boolean
  log: Log
  signal: AbortSignal
}

/**
 * Restores the components into the target: the database in one transaction, then Storage by difference.
 *
 * Restoring the database replaces the rows that say which objects the target has, not the objects. So what the target
 * holds is noted before; the restored rows are marked as having no bytes in the very transaction; and afterwards those
 * whose bytes are there are told so.
 */
export async function applyBackup(options: ApplyOptions): Promise<ComponentResult[]> {
  const { components, target, log, signal } = options
  if (components.includes('storage') && target.storage === undefined) throw storageUnknown(target)
  const observed = await mkdtemp(join(tmpdir(), 'supabase-restore-'))
  const client = await connect(target.database, 'restore/target')
  try {
    const results: ComponentResult[] = []
    if (components.includes('database')) {
      await observeTarget({ client, directory: observed, signal })
      const database = { ...options, target: target.database, log: log.child('database') }
      const hash = !options.disposable
      results.push(
        await restoreDatabase({ ...database, hash, superuser: target.superuser, finally: markUnrestoredSql }),
      )
    }
    signal.throwIfAborted()
    if (components.includes('storage') && target.storage)
      results.push(
        await restoreStorage({
          ...options,
          endpoint: target.storage,
          database: client,
          observed: components.includes('database') ? observed : undefined,
          log: log.child('storage'),
        }),
      )
    else await reconcileRows(client, observed)
    return results
  } finally {
    await client.end()
    await rm(observed, { recursive: true, force: true })
  }
}

function storageUnknown(target: RestoreTarget): BackupError {
  return new BackupError({
    code: 'TARGET_INCOMPLETE',
    message: `Storage is to be restored to ${target.reference}, but its Storage API is not known.`,
    suggestion:
      'Give its address and service_role (or secret) key, or restore only the database: --only database.',
    phase: 'restore/target',
    exitCode: ExitCode.configuration,
  })
}
