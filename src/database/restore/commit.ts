import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import { connect, type DatabaseConnection } from '../connect/connection.ts'
import type { PsqlSession } from '../connect/psql.ts'

const phase = 'database/commit'

export async function transactionId(session: PsqlSession): Promise<string> {
  const query = 'SELECT pg_catalog.pg_current_xact_id()::text AS id'
  const [row] = await session.rows(query, z.object({ id: z.string() }))
  return row?.id ?? ''
}

/** Something in the dump that ended our transaction would have committed half a restore. */
export async function checkTransaction(session: PsqlSession, expected: string): Promise<void> {
  const actual = await transactionId(session)
  if (actual === expected) return
  throw new BackupError({
    code: 'RESTORE_TRANSACTION_LOST',
    message: 'The restore did not stay in one transaction: a part of it may be on the target.',
    detail: `transaction ${expected} became ${actual}`,
    suggestion: 'Treat the target as damaged: restore it from its safety backup, and please report this.',
    phase,
  })
}

/** How long the server is asked what became of a COMMIT, in milliseconds: a network may take a moment to return. */
const settleMs = 30_000
const askAgainMs = 500

export interface CommitOptions {
  target: DatabaseConnection
  transaction: string
  /** Called when it is certain that nothing was committed. */
  onAborted?: (() => Promise<void>) | undefined
  settleMs?: number | undefined
  signal?: AbortSignal | undefined
}

/**
 * Commits. When the session is lost on the way, the server is asked what became of the transaction: lost before it
 * arrived and lost after look the same from here.
 * @throws BackupError RESTORE_OUTCOME_UNKNOWN when the server does not say; else why it was not committed
 */
export async function commit(session: PsqlSession, options: CommitOptions): Promise<void> {
  try {
    await session.run('COMMIT;\n')
  } catch (error) {
    if ((await settle(options)) === 'committed') return
    await options.onAborted?.()
    throw error
  }
}

/** Asks until the transaction has ended either way, and ends it where the server still waits for its COMMIT. */
async function settle(options: CommitOptions): Promise<'committed' | 'aborted'> {
  const { target, transaction, signal } = options
  const deadline = performance.now() + (options.settleMs ?? settleMs)
  for (;;) {
    const outcome = await transactionOutcome(target, transaction).catch((error: BackupError) => error)
    if (outcome === 'committed' || outcome === 'aborted') return outcome
    if (performance.now() > deadline || signal?.aborted)
      throw outcome instanceof BackupError ? outcome : outcomeUnknown(transaction, undefined)
    if (outcome === 'in progress') await abandon(target, transaction).catch(() => {})
    await sleep(askAgainMs, undefined, { signal }).catch(() => {})
  }
}

/** Its session has no client any more. */
async function abandon(target: DatabaseConnection, transaction: string): Promise<void> {
  const client = await connect(target, phase)
  try {
    await client.query(
      `select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
       where backend_xid = $1::xid8::xid and state = 'idle in transaction'`,
      [transaction],
    )
  } finally {
    await client.end()
  }
}

/** SQLSTATE of a transaction that the server has not come to: it was brought back to a moment before. */
const inTheFuture = '22023'

/**
 * What became of a transaction: `committed`, `aborted`, `in progress`; null when the server no longer knows, or has not come to it.
 * @throws BackupError RESTORE_OUTCOME_UNKNOWN when it cannot be asked
 */
export async function transactionOutcome(
  target: DatabaseConnection,
  transaction: string,
): Promise<string | null> {
  try {
    const client = await connect(target, phase)
    try {
      const { rows } = await client.query('select pg_catalog.pg_xact_status($1::xid8) as status', [
        transaction,
      ])
      return z.object({ status: z.string().nullable() }).parse(rows[0]).status
    } finally {
      await client.end()
    }
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === inTheFuture) return null
    throw outcomeUnknown(transaction, error)
  }
}

function outcomeUnknown(transaction: string, cause: unknown): BackupError {
  return new BackupError({
    code: 'RESTORE_OUTCOME_UNKNOWN',
    message:
      'The connection was lost while the restore was being committed, and the target does not say whether it was.',
    detail: cause instanceof Error ? cause.message : undefined,
    suggestion: `Once it is reachable again: restore.sh --resume, or SELECT pg_xact_status('${transaction}') says committed or aborted. Aborted means that nothing was changed.`,
    phase,
    cause,
  })
}
