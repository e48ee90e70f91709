import { z } from 'zod'
import { literals } from '../facts/all.ts'
import { dataSchemas } from '../rules/platform.ts'
import { quoteName } from '../sql/statements.ts'

const foreignKeyRow = z.object({
  name: z.string(),
  schema: z.string(),
  table: z.string(),
  columns: z.array(z.string()),
  parentSchema: z.string(),
  parent: z.string(),
  parentColumns: z.array(z.string()),
})

const orphanRow = z.object({ name: z.string(), rows: z.coerce.number() })

export interface Orphans extends z.infer<typeof orphanRow> {
  /** The table of the foreign key and the one it points at. */
  tables: string[]
}

/** Runs a query wherever the caller looks: in a restore's transaction or over a connection. */
export type Query = (sql: string) => Promise<unknown[]>

function names(conrelid: string, conkey: string): string {
  return `array(SELECT attname::text FROM pg_catalog.unnest(${conkey}) WITH ORDINALITY k (num, place)
    JOIN pg_catalog.pg_attribute a ON attrelid = ${conrelid} AND attnum = num ORDER BY place)`
}

/** Foreign keys, of those relations `c` that point to `p` where the condition holds. */
const foreignKeys = (
  condition: string,
) => `SELECT conname::text AS name, n.nspname::text AS schema, c.relname::text AS table,
    ${names('conrelid', 'conkey')} AS columns, pn.nspname::text AS "parentSchema", p.relname::text AS parent,
    ${names('confrelid', 'confkey')} AS "parentColumns"
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class p ON p.oid = confrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
  WHERE contype = 'f' AND conparentid = 0 AND ${condition}
    AND has_table_privilege(conrelid, 'SELECT') AND has_table_privilege(confrelid, 'SELECT')
  ORDER BY 2, 3, 1`

function nameOf({ schema, table, name }: z.infer<typeof foreignKeyRow>): string {
  return `${schema}.${table}.${name}`
}

const ofServices = `n.nspname IN (${literals(dataSchemas)})`

/**
 * Rows of auth and storage that point at no parent, by foreign key. A restore loads them in replica mode, in which
 * foreign keys are not enforced; those of the user's tables are made after the rows and checked then.
 * @param condition SQL on tables `c` with schema `n` and their parents `p` with schema `pn`, for other foreign keys
 */
export async function findOrphans(query: Query, condition = ofServices): Promise<Orphans[]> {
  const keys = (await query(foreignKeys(condition))).map((row) => foreignKeyRow.parse(row))
  if (keys.length === 0) return []
  const counts = keys.map((key) => {
    const child = key.columns.map((column) => `c.${quoteName(column)}`)
    const parent = key.parentColumns.map((column) => `p.${quoteName(column)}`)
    const set = child.map((column) => `${column} IS NOT NULL`).join(' AND ')
    const equal = child.map((column, place) => `${column} = ${parent[place]}`).join(' AND ')
    const name = nameOf(key).replaceAll("'", "''")
    return `SELECT '${name}' AS name, count(*) AS rows FROM ${quoteName(key.schema, key.table)} c
      WHERE ${set} AND NOT EXISTS (SELECT FROM ${quoteName(key.parentSchema, key.parent)} p WHERE ${equal})`
  })
  const rows = await query(`SELECT * FROM (${counts.join('\nUNION ALL ')}) counted WHERE rows > 0`)
  const tables = new Map(
    keys.map((key) => [nameOf(key), [`${key.schema}.${key.table}`, `${key.parentSchema}.${key.parent}`]]),
  )
  return rows.map((row) => {
    const found = orphanRow.parse(row)
    return { ...found, tables: tables.get(found.name) ?? [] }
  })
}
