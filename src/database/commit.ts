import { z } from 'zod'
import { BackupError } from '../common/errors.ts'
import { connect, type DatabaseConnection } from './connection.ts'
import type { PsqlSession } from './psql.ts'

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

/**
 * Commits. When the session is lost on the way, the server is asked what became of the transaction: lost before it
 * arrived and lost after look the same from here.
 */
export async function commit(
  session: PsqlSession,
  target: DatabaseConnection,
  transaction: string,
): Promise<void> {
  try {
    await session.run('COMMIT;\n')
  } catch (error) {
    if ((await transactionOutcome(target, transaction)) !== 'committed') throw error
  }
}

/**
 * What became of a transaction: `committed`, `aborted`, `in progress`; null when the server no longer knows.
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
    throw new BackupError({
      code: 'RESTORE_OUTCOME_UNKNOWN',
      message:
        'The connection was lost while the restore was being committed, and the target cannot be asked.',
      suggestion: `Once it is reachable again: restore.sh --resume, or SELECT pg_xact_status('${transaction}') says committed or aborted. Aborted means that nothing was changed.`,
      phase,
      cause: error,
    })
  }
}
