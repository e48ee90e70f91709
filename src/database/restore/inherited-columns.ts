import type { PsqlSession } from '../connect/psql.ts'
import type { InheritedColumn } from '../facts/all.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { quoteName } from '../sql/statements.ts'

/**
 * Takes from columns of tables that inherit what they lack and their parents have, before rows come that need it gone.
 * @param created entries of the dump that were restored
 */
export async function bareInheritedColumns(
  session: PsqlSession,
  columns: readonly InheritedColumn[],
  created: readonly ContentsEntry[],
): Promise<void> {
  if (columns.length === 0) return
  const tables = created.filter(({ desc }) => desc === 'TABLE' || desc === 'FOREIGN TABLE')
  const names = new Set(tables.map(({ namespace, tag }) => quoteName(namespace, tag)))
  const statements = columns
    .map(({ schema, table, column, lacks }) => ({ table: quoteName(schema, table), column, lacks }))
    .filter(({ table }) => names.has(table))
    .map(
      ({ table, column, lacks }) =>
        `ALTER TABLE ONLY ${table} ALTER COLUMN ${quoteName(column)} DROP ${lacks.toUpperCase()};\n`,
    )
  if (statements.length > 0) await session.run(statements.join(''))
}
