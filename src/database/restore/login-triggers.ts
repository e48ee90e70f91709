import { z } from 'zod'
import { connect, type DatabaseConnection } from '../connect/connection.ts'
import type { PsqlSession } from '../connect/psql.ts'
import { type ContentsEntry, nameOf } from '../rules/contents.ts'
import { quoteName } from '../sql/statements.ts'
import type { Weakening } from './weakened.ts'

/** How ALTER EVENT TRIGGER says a state, by `evtenabled`. */
const states: Record<string, string> = { O: 'ENABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS' }

const triggerRow = z.object({ name: z.string(), state: z.string() })

/**
 * Disables the event triggers on logins that a restore brought. No role but a superuser can keep its own logins from firing
 * them: the comparison's would write rows that are not in the backup, or be refused.
 * @returns each with the statement that enables it as it was
 */
export async function disableLoginTriggers(
  session: PsqlSession,
  restored: readonly ContentsEntry[],
): Promise<Weakening[]> {
  const enabled = await session.rows(
    `SELECT evtname::text AS name, evtenabled::text AS state FROM pg_catalog.pg_event_trigger
      WHERE evtevent = 'login' AND evtenabled <> 'D'`,
    triggerRow,
  )
  const asleep = restored.flatMap((entry): Weakening[] => {
    const found = entry.desc === 'EVENT TRIGGER' && enabled.find(({ name }) => name === entry.tag)
    if (!found) return []
    const sql = `ALTER EVENT TRIGGER ${quoteName(found.name)} ${states[found.state]}`
    return [{ kind: 'asleep', name: nameOf(entry), reason: 'enabled after the comparison', sql }]
  })
  const disable = asleep.map(({ sql }) => `${sql?.replace(/ ENABLE.*$/, ' DISABLE')};\n`)
  if (disable.length > 0) await session.run(disable.join(''))
  return asleep
}

/** Enables them. It can be done again, and is the last a restore does: whoever logs in from here on fires them. */
export async function enableLoginTriggers(
  target: DatabaseConnection,
  weakened: readonly Weakening[],
): Promise<void> {
  const statements = weakened.flatMap(({ kind, sql }) =>
    kind === 'asleep' && sql !== undefined ? [sql] : [],
  )
  if (statements.length === 0) return
  const client = await connect(target, 'database/restore')
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
