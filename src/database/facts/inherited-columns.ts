import { z } from 'zod'
import { type Fact, managedSchema } from './fact.ts'

const inheritedColumnRow = z.object({
  schema: z.string(),
  table: z.string(),
  column: z.string(),
  /** What a table above it has of the column. */
  lacks: z.enum(['default', 'not null']),
})
export type InheritedColumn = z.infer<typeof inheritedColumnRow>

/**
 * Columns of tables that inherit which lack what a parent of theirs has. A dump makes each table before it takes
 * anything from its parent, and says nothing of a NOT NULL that is gone and not always of a default.
 */
export const inheritedColumns: Fact<InheritedColumn> = {
  file: 'inherited-columns.jsonl',
  row: inheritedColumnRow,
  sql: () => `with recursive above as (
      select i.inhrelid as child, i.inhparent as parent from pg_catalog.pg_inherits i
        join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relkind in ('r', 'f') and not c.relispartition
      union select a.child, i.inhparent from above a join pg_catalog.pg_inherits i on i.inhrelid = a.parent)
    select n.nspname::text as schema, c.relname::text as "table", own.attname::text as "column", kind.lacks
    from above join pg_catalog.pg_class c on c.oid = above.child
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace and not ${managedSchema('n.nspname::text')}
      join pg_catalog.pg_attribute own on own.attrelid = c.oid and own.attinhcount > 0 and not own.attisdropped
      join pg_catalog.pg_attribute theirs on theirs.attrelid = above.parent and theirs.attname = own.attname
      cross join lateral (values ('default', theirs.atthasdef and theirs.attgenerated = '' and not own.atthasdef),
        ('not null', theirs.attnotnull and not own.attnotnull)) kind (lacks, applies)
    where kind.applies group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
}
