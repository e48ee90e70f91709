import type pg from 'pg'
import { z } from 'zod'
import { streamRows } from './fact.ts'
import { dumped, readable } from './relations.ts'

/** One relation that holds rows of its own: partitioned parents have none, foreign tables' are elsewhere. */
export const tableRow = z.object({
  /** The origin's object identifier: it finds the entry in the dump's table of contents. */
  oid: z.number(),
  schema: z.string(),
  name: z.string(),
  kind: z.enum(['table', 'partition', 'materialized view']),
  rows: z.number().int(),
  /**
   * Sum over the rows of `hashtextextended(row as text, 0)`, in decimal: independent of their order. Null for a
   * materialized view that was never populated, for a table with a row too long to be printed, and for one that was
   * truncated or rewritten while it was read.
   */
  hash: z.string().nullable(),
  /** The same without the columns that PostgreSQL computes itself, of a table that has some; backups of before lack it. */
  givenHash: z.string().optional(),
  /** The same with the columns in another order (`orderedColumns`), of a table that inherits. */
  orderedHash: z.string().optional(),
  /** Size of the table with its TOAST data, in bytes. */
  bytes: z.number(),
})
export type Table = z.infer<typeof tableRow>

export const tables = { file: 'tables.jsonl', row: tableRow }

const listedRow = tableRow.omit({ rows: true, hash: true, givenHash: true, orderedHash: true }).extend({
  ...{ populated: z.boolean(), callsFunctions: z.boolean() },
  ...{ given: z.string().nullable(), ordered: z.string().nullable() },
  /** Blocks of the table itself, without its TOAST data; null where rows are not found by block. */
  blocks: z.number().nullable(),
})
export type ListedTable = z.infer<typeof listedRow>

/**
 * SQL: whether planning any query over a table runs code of the user's: the planner reads the expressions and conditions
 * of its indexes, and the expressions of its extended statistics, and unfolds the functions in them, which look up names by
 * the session's search_path.
 */
export function callsFunctions(oid: string): string {
  return `exists (select from (
        select 'pg_catalog.pg_class'::regclass as catalog, i.indexrelid as oid from pg_catalog.pg_index i
          where i.indrelid = ${oid} and (i.indexprs is not null or i.indpred is not null)
        union all select 'pg_catalog.pg_statistic_ext'::regclass, s.oid from pg_catalog.pg_statistic_ext s
          where s.stxrelid = ${oid}) planned
      join pg_catalog.pg_depend d on d.classid = planned.catalog and d.objid = planned.oid
      left join pg_catalog.pg_operator o on d.refclassid = 'pg_catalog.pg_operator'::regclass and o.oid = d.refobjid
      join pg_catalog.pg_proc p on p.oid = coalesce(o.oprcode::oid, d.refobjid)
        and (o.oid is not null or d.refclassid = 'pg_catalog.pg_proc'::regclass)
      join pg_catalog.pg_language l on l.oid = p.prolang
    where l.lanname not in ('c', 'internal'))`
}

/** SQL: the columns of a table aliased `t` that PostgreSQL does not compute itself; null where there are no others. */
export function givenColumns(oid: string): string {
  return `(select case when pg_catalog.bool_or(a.attgenerated <> '') then coalesce(pg_catalog.string_agg(
      't.' || pg_catalog.quote_ident(a.attname), ', ' order by a.attnum) filter (where a.attgenerated = ''), '') end
    from pg_catalog.pg_attribute a where a.attrelid = ${oid} and a.attnum > 0 and not a.attisdropped)`
}

/**
 * SQL: the columns of a table aliased `t` in an order that is not its own: of a partition that of its root, where it has
 * another; of what inherits otherwise that of their names, since a dump does not tell the order of columns that a table was
 * given with its parents later. Null for other tables.
 */
export function orderedColumns(oid: string): string {
  return `(select case when not pg_catalog.bool_or(r.attnum is null) and pg_catalog.array_agg(a.attname order by a.attnum)
        = pg_catalog.array_agg(a.attname order by r.attnum) then null
      else pg_catalog.string_agg('t.' || pg_catalog.quote_ident(a.attname), ', ' order by r.attnum, a.attname collate "C") end
    from pg_catalog.pg_attribute a left join pg_catalog.pg_attribute r
      on r.attrelid = pg_catalog.pg_partition_root(${oid}) and r.attname = a.attname and r.attnum > 0
    where a.attrelid = ${oid} and a.attnum > 0 and not a.attisdropped
      and exists (select from pg_catalog.pg_inherits i where i.inhrelid = ${oid}))`
}

/** SQL: how many blocks a heap has; null for what is stored otherwise, and before 14, which would read all of it for a range. */
function blocksOf(relation: string): string {
  return `case when pg_catalog.current_setting('server_version_num')::int >= 140000
      and ${relation}.relam = (select a.oid from pg_catalog.pg_am a where a.amname = 'heap')
    then (pg_catalog.pg_relation_size(${relation}.oid) / pg_catalog.current_setting('block_size')::int)::float8 end`
}

/** The tables to hash: those with rows in the dump, and materialized views. The client must be inside a transaction. */
export function listTables(client: pg.Client): Promise<ListedTable[]> {
  return Array.fromAsync(
    streamRows(
      client,
      `select c.oid, n.nspname::text as schema, c.relname::text as name,
         case when c.relkind = 'm' then 'materialized view' when c.relispartition then 'partition' else 'table' end as kind,
         coalesce(pg_catalog.pg_table_size(c.oid), 0)::float8 as bytes, c.relispopulated as populated,
         ${callsFunctions('c.oid')} as "callsFunctions", ${givenColumns('c.oid')} as given,
         ${orderedColumns('c.oid')} as "ordered", ${blocksOf('c')} as blocks
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'm') and ${dumped} and ${readable} order by 2, 3`,
      listedRow,
    ),
  )
}

const oidRow = z.object({ oid: z.number() })

/**
 * Tables that were truncated or rewritten since the snapshot was taken. A snapshot does not protect from that: in it
 * such a table looks empty. The catalog as the snapshot sees it names another file than the one in use.
 */
export async function rewrittenTables(client: pg.Client): Promise<ReadonlySet<number>> {
  const rows = streamRows(
    client,
    `select c.oid from pg_catalog.pg_class c
     where c.relkind in ('r', 'm') and c.relfilenode <> 0 and c.relfilenode <> pg_catalog.pg_relation_filenode(c.oid)`,
    oidRow,
  )
  return new Set((await Array.fromAsync(rows)).map(({ oid }) => oid))
}

/**
 * Tables that were given columns, or lost some, since the snapshot was taken: a row of theirs is read with the columns of now, but
 * dumped with those of the snapshot. Unlike the catalog, the question for a privilege is answered as of now: null where there is
 * no such column.
 */
export async function alteredTables(client: pg.Client): Promise<ReadonlySet<number>> {
  const rows = streamRows(
    client,
    `select c.oid from pg_catalog.pg_class c
     where c.relkind = 'r' and (pg_catalog.has_column_privilege(c.oid, (c.relnatts + 1)::int2, 'select') is not null
       or exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         and pg_catalog.has_column_privilege(c.oid, a.attnum, 'select') is null))`,
    oidRow,
  )
  return new Set((await Array.fromAsync(rows)).map(({ oid }) => oid))
}
