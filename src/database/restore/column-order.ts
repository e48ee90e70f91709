import { z } from 'zod'
import type { PsqlSession } from '../connect/psql.ts'
import { literals } from '../facts/all.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { parseStatements } from '../sql/statements.ts'
import { reorderedWeakening, type Weakening } from './weakened.ts'

const columnsRow = z.object({ schema: z.string(), name: z.string(), columns: z.array(z.string()) })

/**
 * Tables that inherit and whose columns came out in another order than their definition lists them: PostgreSQL lets
 * inherited ones stand first, also where a table got them later, or declares them itself.
 * @param entries those of the dump that were restored
 * @param known those that are known already, by their rows
 */
export async function findReordered(
  session: PsqlSession,
  entries: readonly ContentsEntry[],
  known: readonly Weakening[],
): Promise<Weakening[]> {
  const names = new Set(known.map(({ name }) => name))
  return (await reorderedOf(session, entries)).filter(({ name }) => !names.has(name))
}

async function reorderedOf(session: PsqlSession, entries: readonly ContentsEntry[]): Promise<Weakening[]> {
  const listed = new Map<string, string[]>()
  for (const entry of entries) {
    if (entry.desc !== 'TABLE' || !/\bINHERITS\b/.test(entry.defn)) continue
    const columns = await columnsOf(entry)
    if (columns.length > 1) listed.set(JSON.stringify([entry.namespace, entry.tag]), columns)
  }
  if (listed.size === 0) return []
  const names = [...listed.keys()].map((key) => z.tuple([z.string(), z.string()]).parse(JSON.parse(key)))
  const rows = await session.rows(
    `SELECT nspname::text AS schema, relname::text AS name, json_agg(attname ORDER BY attnum) AS columns
      FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_class c ON c.oid = attrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
      WHERE attnum > 0 AND NOT attisdropped
        AND (nspname, relname) IN (${names.map(([schema, name]) => `(${literals([schema])}, ${literals([name])})`).join(', ')})
      GROUP BY 1, 2 ORDER BY 1, 2`,
    columnsRow,
  )
  return rows
    .filter(({ schema, name, columns }) => {
      const wanted = listed.get(JSON.stringify([schema, name])) ?? []
      const found = columns.filter((column) => wanted.includes(column))
      return found.some((column, at) => column !== wanted[at])
    })
    .map(reorderedWeakening)
}

/** The columns that a table's own definition lists, where it inherits others. */
async function columnsOf({ defn }: ContentsEntry): Promise<string[]> {
  const [statement] = await parseStatements(defn, 'database/restore')
  if (statement === undefined || !('CreateStmt' in statement.node)) return []
  const { inhRelations = [], partbound, tableElts = [] } = statement.node.CreateStmt
  if (inhRelations.length === 0 || partbound !== undefined) return []
  return tableElts.flatMap((element) =>
    'ColumnDef' in element && element.ColumnDef.colname !== undefined ? [element.ColumnDef.colname] : [],
  )
}
