import { z } from 'zod'
import type { PsqlSession } from '../connect/psql.ts'
import { quoteText } from '../sql/statements.ts'

/**
 * SQL that runs a statement which the target may refuse to role `postgres` although nothing is wrong: the refusal
 * alone is undone, and whoever calls looks at what came of it.
 */
export function ignorePrivilegeError(statement: string): string {
  return `DO ${quoteText(`BEGIN ${statement}; EXCEPTION WHEN insufficient_privilege THEN NULL; END`)};\n`
}

/** A statement by what it is for, such as `membership reader to anon`. */
export interface FallibleStatement {
  name: string
  sql: string
}

/** What the server said of an attempt that it refused. */
export interface Refusal extends FallibleStatement {
  reason: string
}

/** A parameter of the session's own, in which refusals are kept until they are read. */
const kept = 'supabase_backup.refused'

/** What a server may have against a statement about roles or settings; anything else is a fault, and ends the restore. */
const refusals = [
  'insufficient_privilege',
  'invalid_grant_operation',
  'undefined_object',
  'invalid_parameter_value',
  'feature_not_supported',
  'dependent_objects_still_exist',
  'reserved_name',
  'cant_change_runtime_param',
].join(' OR ')

/**
 * Runs statements each of which the target may refuse: what is refused is undone alone.
 * @returns those that were, with the server's words
 */
export async function runIgnoringPrivilegeErrors(
  session: PsqlSession,
  attempts: readonly FallibleStatement[],
): Promise<Refusal[]> {
  if (attempts.length === 0) return []
  const guarded = attempts.map(({ sql }, index) => {
    const note = `pg_catalog.set_config('${kept}', pg_catalog.current_setting('${kept}') || '${index} '
      || pg_catalog.translate(SQLERRM, E'\\n', ' ') || E'\\n', false)`
    return `DO ${quoteText(`BEGIN ${sql}; EXCEPTION WHEN ${refusals} THEN PERFORM ${note}; END`)};\n`
  })
  await session.run(`SELECT pg_catalog.set_config('${kept}', '', false);\n${guarded.join('')}`)
  const [row] = await session.rows(
    `SELECT pg_catalog.current_setting('${kept}') AS refused`,
    z.object({ refused: z.string() }),
  )
  return (row?.refused ?? '').split('\n').flatMap((line) => {
    const found = attempts[Number.parseInt(line, 10)]
    return found === undefined ? [] : [{ ...found, reason: line.slice(line.indexOf(' ') + 1) }]
  })
}
