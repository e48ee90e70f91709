import pg from 'pg'
import { z } from 'zod'
import { streamRows } from './fact.ts'

export const relationRow = z.object({
  oid: z.number(),
  schema: z.string(),
  name: z.string(),
})
export type Relation = z.infer<typeof relationRow>

/** Schema and name, quoted for SQL. */
export function quoteRelation(relation: Relation): string {
  return `${pg.escapeIdentifier(relation.schema)}.${pg.escapeIdentifier(relation.name)}`
}

/** SQL: whether the relation `c` in schema `n` is one of PostgreSQL's own. */
const system = `(starts_with(n.nspname, 'pg_') or n.nspname = 'information_schema')`

/** SQL: whether an extension made the relation `c`, and has not marked its rows as the user's. */
const extensionOwned = `exists (
  select from pg_catalog.pg_depend d join pg_catalog.pg_extension e on e.oid = d.refobjid
  where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
    and c.oid <> all (coalesce(e.extconfig, '{}')))`

/** SQL: relations whose contents a dump holds. */
export const dumped = `not ${system} and not ${extensionOwned}`

/** SQL: whether the session may read everything in the relation `c`. */
export const readable = `(pg_catalog.has_schema_privilege(n.oid, 'USAGE') and case when c.relkind = 'S'
  then pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
  else pg_catalog.has_table_privilege(c.oid, 'SELECT') and not pg_catalog.row_security_active(c.oid) end)`

/**
 * Relations that pg_dump would stop at, because the session may not read them: asked of the server, since roles and
 * grants differ between projects. Row security counts too, where the role does not bypass it.
 */
export function unreadableRelations(client: pg.Client): AsyncGenerator<Relation> {
  return streamRows(
    client,
    `select c.oid, n.nspname::text as schema, c.relname::text as name
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'S') and not ${system} and not ${readable} order by 2, 3`,
    relationRow,
  )
}

/** The list in parts of at most `size`. */
export function batches<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
