import { z } from 'zod'
import type { PsqlSession } from '../connect/psql.ts'
import { literals, type Sequence } from '../facts/all.ts'
import { dataSchemas, isManagedSchema } from '../rules/platform.ts'
import { quoteName, quoteText } from '../sql/statements.ts'

/**
 * SQL: the sequences of auth and storage that the session may set. Nobody but their own services or extensions moves the
 * platform's other ones (of cron's runs, of Realtime's subscriptions), so that their values are nothing to restore.
 */
export const settableOfServices = `SELECT nspname || '.' || relname AS name
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
  WHERE nspname IN (${literals(dataSchemas)}) AND CASE relkind WHEN 'S' THEN
    has_sequence_privilege(c.oid, 'UPDATE') AND has_sequence_privilege(c.oid, 'SELECT') ELSE false END`

export const settableRow = z.object({ name: z.string() })

/** SQL that sets a sequence of the user exactly as recorded. */
function setExactly({ schema, name, lastValue, isCalled }: Sequence): string {
  return `SELECT pg_catalog.setval(${quoteText(quoteName(schema, name))}, ${lastValue}, ${isCalled});\n`
}

/** SQL that moves a sequence of the platform forward only: a rollback would not undo it. */
function setForward({ schema, name, lastValue, isCalled }: Sequence): string {
  const sequence = quoteName(schema, name)
  return `SELECT pg_catalog.setval(${quoteText(sequence)}, greatest(last_value, ${lastValue}), CASE
    WHEN last_value > ${lastValue} THEN is_called WHEN last_value < ${lastValue} THEN ${isCalled} ELSE is_called OR ${isCalled} END) FROM ${sequence};\n`
}

/** Sets the user's sequences to their recorded values, or those of auth and storage that the target has and lets be set. */
export async function setSequences(
  session: PsqlSession,
  recorded: readonly Sequence[],
  which: 'of the user' | 'of services',
): Promise<void> {
  const ofUser = recorded.filter(({ schema }) => !isManagedSchema(schema))
  if (which === 'of the user') return session.run(ofUser.map(setExactly).join(''))
  const settable = await session.rows(settableOfServices, settableRow)
  const platform = new Set(settable.map((row) => row.name))
  const ofServices = recorded.filter(({ schema, name }) => platform.has(`${schema}.${name}`))
  await session.run(ofServices.map(setForward).join(''))
}
