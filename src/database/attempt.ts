import { quoteText } from './statements.ts'

/**
 * SQL that runs a statement which the target may refuse to role `postgres` although nothing is wrong: the refusal
 * alone is undone, and whoever calls looks at what came of it.
 */
export function attempt(statement: string): string {
  return `DO ${quoteText(`BEGIN ${statement}; EXCEPTION WHEN insufficient_privilege THEN NULL; END`)};\n`
}
