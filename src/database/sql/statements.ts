import type { Node } from 'libpg-query'
import { BackupError } from '../../common/errors.ts'
import { parse } from './parser.ts'

/** One SQL statement: its own text, untouched, and what PostgreSQL's parser makes of it. */
export interface Statement {
  text: string
  node: Node
}

/**
 * Splits SQL into statements with PostgreSQL's own parser.
 * @throws BackupError when it is not SQL as PostgreSQL knows it
 */
export async function parseStatements(sql: string, phase: string): Promise<Statement[]> {
  const bytes = Buffer.from(sql)
  let parsed: Awaited<ReturnType<typeof parse>>
  try {
    parsed = await parse(sql)
  } catch (error) {
    throw new BackupError({
      code: 'DUMP_STATEMENT_UNREADABLE',
      message: 'A statement of the dump that has to be looked into cannot be parsed.',
      detail: `${error instanceof Error ? error.message : String(error)}: ${sql.slice(0, 500)}`,
      suggestion: 'Please report this with the statement. Until it is mended, leave its table out.',
      phase,
      cause: error,
    })
  }
  return (parsed.stmts ?? []).flatMap(({ stmt, stmt_location: start = 0, stmt_len: length }) => {
    // The parser counts bytes, and gives the last statement no length when nothing follows it.
    const end = length ? start + length : bytes.length
    return stmt === undefined ? [] : [{ text: bytes.toString('utf8', start, end).trim(), node: stmt }]
  })
}

/** The strings of a parse tree's list, e.g. the parts of a qualified name. */
export function strings(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => ('String' in node && node.String.sval ? [node.String.sval] : []))
}

/** A name as SQL, always quoted. */
export function quoteName(...parts: readonly string[]): string {
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.')
}

/** Text as an SQL literal, whatever standard_conforming_strings says. */
export function quoteText(text: string): string {
  const quoted = text.replaceAll("'", "''")
  return quoted.includes('\\') ? `E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`
}
