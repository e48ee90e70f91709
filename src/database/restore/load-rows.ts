import { join } from 'node:path'
import { BackupError } from '../../common/errors.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { parseStatements, quoteName, strings } from '../sql/statements.ts'

const phase = 'database/restore'

export interface CopyTarget {
  schema: string
  table: string
  columns: string[]
}

/**
 * What the COPY statement of a TABLE DATA entry loads into. With `--load-via-partition-root` that is another table than
 * the entry's.
 */
export async function readCopyTarget(entry: ContentsEntry): Promise<CopyTarget> {
  const [statement] = await parseStatements(entry.copyStmt, phase)
  const copy = statement && 'CopyStmt' in statement.node ? statement.node.CopyStmt : undefined
  if (copy?.relation?.relname === undefined)
    throw new BackupError({
      code: 'DUMP_STATEMENT_UNREADABLE',
      message: `The dump loads the rows of ${entry.namespace}.${entry.tag} in a way the toolkit does not know.`,
      detail: entry.copyStmt,
      suggestion: 'Make the backup with pg_dump 15 to 18 and without --inserts.',
      phase,
    })
  return {
    schema: copy.relation.schemaname ?? entry.namespace,
    table: copy.relation.relname,
    columns: strings(copy.attlist),
  }
}

/** `schema.table (columns)`, as COPY and \copy take it. */
function copyTargetSql({ schema, table, columns }: CopyTarget): string {
  const list = columns.map((column) => quoteName(column)).join(', ')
  return `${quoteName(schema, table)}${columns.length > 0 ? ` (${list})` : ''}`
}

/**
 * Loads a data file of the dump, which is what COPY reads. psql reads the file itself: its bytes need not pass through
 * this process. Its command has to stand on one line, which a name with a line break cannot.
 * @param target as `copyTargetSql` gives it
 */
export function copyCommand(target: string, dump: string, file: string): string | undefined {
  if (/[\n\r]/.test(target)) return undefined
  return `\\copy ${target} FROM '${join(dump, file).replaceAll("'", "''")}'\n`
}

export interface Copies {
  /** Commands of psql, a table each. */
  commands: string[]
  /** The file that each of them reads, in the dump's directory. */
  files: string[]
  /** The entries that pg_restore has to write out instead. */
  others: ContentsEntry[]
}

/**
 * How the rows of tables are loaded, in the order given.
 * @param roots of partitions, by `schema.table`: what their rows are loaded into instead
 */
export async function planCopies(
  dump: string,
  entries: readonly ContentsEntry[],
  roots?: ReadonlyMap<string, { schema: string; name: string }>,
): Promise<Copies> {
  const copies: Copies = { commands: [], files: [], others: [] }
  for (const entry of entries) {
    const { desc, file } = entry
    const command =
      desc === 'TABLE DATA' && file !== undefined
        ? copyCommand(copyTargetSql(await targetOf(entry, roots)), dump, file)
        : undefined
    if (command === undefined || file === undefined) copies.others.push(entry)
    else {
      copies.commands.push(command)
      copies.files.push(file)
    }
  }
  return copies
}

async function targetOf(
  entry: ContentsEntry,
  roots?: ReadonlyMap<string, { schema: string; name: string }>,
): Promise<CopyTarget> {
  const target = await readCopyTarget(entry)
  const root = roots?.get(`${target.schema}.${target.table}`)
  return root ? { ...target, schema: root.schema, table: root.name } : target
}
