import { BackupError, ExitCode } from '../../common/errors.ts'

/** A pattern of tables as regular expressions, which a name matches from its beginning to its end. */
export interface TablePattern {
  /** Undefined where the pattern names no schema: then those are meant that the session finds without one. */
  schema: RegExp | undefined
  name: RegExp
}

/**
 * Reads a pattern as pg_dump's --exclude-table and psql's \d do: `*` and `?` stand for any letters and any one, a dot parts schema and
 * name, capitals count only in double quotes, in which every character stands for itself; what else a regular expression knows, such
 * as `[0-9]`, means the same here.
 * See https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-PATTERNS.
 * @throws BackupError PATTERN_INVALID
 */
export function readTablePattern(text: string): TablePattern {
  const parts = ['']
  let quoted = false
  const letters = [...text]
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters[at] ?? ''
    const doubled = letter === '"' && quoted && letters[at + 1] === '"'
    if (letter === '"' && !doubled) quoted = !quoted
    else if (letter === '.' && !quoted) parts.push('')
    else parts.push((parts.pop() ?? '') + (quoted ? literal(letter) : special(letter)))
    if (doubled) at += 1
  }
  if (quoted || parts.length > 2 || parts.some((part) => part === '')) throw invalid(text)
  const name = parts.pop() ?? ''
  const [schema] = parts
  try {
    return { schema: schema === undefined ? undefined : whole(schema), name: whole(name) }
  } catch {
    throw invalid(text)
  }
}

function whole(expression: string): RegExp {
  return new RegExp(`^(?:${expression})$`, 'u')
}

function literal(letter: string): string {
  return letter.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
}

function special(letter: string): string {
  if (letter === '*') return '.*'
  if (letter === '?') return '.'
  return letter === '$' ? '\\$' : letter.toLowerCase()
}

function invalid(text: string): BackupError {
  return new BackupError({
    code: 'PATTERN_INVALID',
    message: `${text} is no pattern of tables.`,
    suggestion: `Write it as for pg_dump: public.log_*, "My Schema"."My Table", audit.*.`,
    phase: 'database/scope',
    exitCode: ExitCode.usage,
  })
}
