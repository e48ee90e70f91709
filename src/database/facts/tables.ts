import pg from 'pg'
import { z } from 'zod'
import { type SearchPath, searchPathOf } from '../connect/search-path.ts'
import { readFact, streamRows } from './fact.ts'
import { databaseFact } from './objects.ts'
import { dumped, quoteRelation, type Relation, readable } from './relations.ts'
import { databaseSettings, roleSettings } from './roles.ts'

/** One relation that holds rows of its own: partitioned parents have none, foreign tables' are elsewhere. */
export const tableRow = z.object({
  /** The source's object identifier: it finds the entry in the dump's table of contents. */
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

/** SQL, true: from the first row on, names are looked up and printed as in all our queries. */
const printAsEver = `(select pg_catalog.set_config('search_path', 'pg_catalog', true)) is not null`

/** The tables to hash: those with rows in the dump, and materialized views. The client must be inside a transaction. */
export function listTables(client: pg.Client): Promise<ListedTable[]> {
  return Array.fromAsync(
    streamRows(
      client,
      `select c.oid, n.nspname::text as schema, c.relname::text as name,
         case when c.relkind = 'm' then 'materialized view' when c.relispartition then 'partition' else 'table' end as kind,
         coalesce(pg_catalog.pg_table_size(c.oid), 0)::float8 as bytes, c.relispopulated as populated,
         ${callsFunctions('c.oid')} as "callsFunctions", ${givenColumns('c.oid')} as given,
         ${orderedColumns('c.oid')} as "ordered"
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'm') and ${dumped} and ${readable} order by 2, 3`,
      listedRow,
    ),
  )
}

/**
 * SQL: the hash of a table's rows, as aliased `t`, independent of their order. `record_out` prints the row whatever casts
 * the user has defined for its type; the argument is `t.*`, since a bare `t` would mean a column of that name where there is one.
 */
export const rowsHash = hashOf('t.*')

function hashOf(row: string): string {
  return `coalesce(sum(pg_catalog.hashtextextended(pg_catalog.textin(pg_catalog.record_out(${row})), 0)::numeric), 0)::text`
}

function hashOfColumns(columns: string | null): string {
  return columns === null ? 'null::text' : hashOf(`row(${columns})`)
}

/** A table to be hashed, with its `givenColumns` and `orderedColumns`. */
type HashedRelation = Relation & { given: string | null; ordered: string | null }

/**
 * One query that counts and hashes several tables.
 * @param options.underUsersPath for tables of which `callsFunctions` holds: planned as the session's search_path says
 */
export function hashQuery(
  list: readonly HashedRelation[],
  options: { hash: boolean; underUsersPath?: boolean } = { hash: true },
): string {
  const condition = options.underUsersPath ? ` where ${printAsEver}` : ''
  const hash = options.hash ? rowsHash : 'null::text'
  return list
    .map(
      (table) =>
        `select ${table.oid}::oid as oid, count(*)::float8 as rows, ${hash} as hash,
          ${options.hash ? hashOfColumns(table.given) : hash} as "givenHash",
          ${options.hash ? hashOfColumns(table.ordered) : hash} as "orderedHash" from only ${quoteRelation(table)} t${condition}`,
    )
    .join('\nunion all ')
}

const ownerRow = z.object({ owner: z.string() })
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

const optionalHash = z
  .string()
  .nullable()
  .transform((hash) => hash ?? undefined)

export const hashedRow = z.object({
  oid: z.coerce.number(),
  rows: z.number(),
  hash: z.string().nullable(),
  givenHash: optionalHash,
  orderedHash: optionalHash,
})
export type HashedTable = z.infer<typeof hashedRow>

export interface HashOptions {
  tables: readonly ListedTable[]
  /** Clients in the same snapshot; they share the work. */
  clients: readonly pg.Client[]
  /** Releases the locks of one query before the next, and leaves a failed transaction behind. */
  renew(client: pg.Client): Promise<void>
  /** False: count the rows only. Default true. */
  hash?: boolean | undefined
  /** Called after each query with what it covered. */
  onHashed?: (tables: number, bytes: number) => void
}

/**
 * Rows and hash of every table, by object identifier. Those are missing of which no query can be planned, since an index
 * of theirs calls a function that fails.
 */
export async function hashTables(options: HashOptions): Promise<Map<number, HashedTable>> {
  const [calling, plain] = [true, false].map((calls) =>
    options.tables.filter(({ populated, callsFunctions }) => populated && callsFunctions === calls),
  )
  const queue = [...batchesBySize(plain ?? []), ...(calling ?? []).map((table) => [table])]
  const results = new Map<number, HashedTable>()
  const work = async (client: pg.Client) => {
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
      for (const hashed of await hashBatch(client, batch, options)) results.set(hashed.oid, hashed)
      await options.renew(client)
      options.onHashed?.(batch.length, total(batch))
    }
  }
  await Promise.all(options.clients.map(work))
  return results
}

const bytesPerQuery = 64 << 20
/** Each table of a query is locked with its indexes, and pg_dump fills the server's lock table at the same time. */
const tablesPerQuery = 50

function total(list: readonly ListedTable[]): number {
  return list.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** The largest tables alone and first, so that the clients end together; small ones many to a query. */
function batchesBySize(list: readonly ListedTable[]): ListedTable[][] {
  const queue: ListedTable[][] = []
  let batch: ListedTable[] = []
  let size = 0
  for (const table of list.toSorted((a, b) => b.bytes - a.bytes)) {
    if (batch.length === tablesPerQuery || (batch.length > 0 && size + table.bytes > bytesPerQuery)) {
      queue.push(batch)
      batch = []
      size = 0
    }
    batch.push(table)
    size += table.bytes
  }
  if (batch.length > 0) queue.push(batch)
  return queue
}

async function hashBatch(
  client: pg.Client,
  batch: readonly ListedTable[],
  options: Pick<HashOptions, 'renew' | 'hash'>,
): Promise<HashedTable[]> {
  const { renew, hash = true } = options
  const run = async (sql: string) => (await client.query(sql)).rows.map((row) => hashedRow.parse(row))
  if (batch.some(({ callsFunctions }) => callsFunctions)) return hashUnderUsersPath(client, batch, options)
  try {
    return await run(hashQuery(batch, { hash }))
  } catch (error) {
    const [first] = batch
    const alone = batch.length === 1 && first !== undefined
    if (!isTooLong(error) && (alone || !isLockTableFull(error))) throw error
    await renew(client)
    if (alone) return await run(hashQuery([first], { hash: false }))
    const one: HashedTable[] = []
    for (const table of batch) {
      one.push(...(await hashBatch(client, [table], options)))
      await renew(client)
    }
    return one
  }
}

/** Of tables whose every query calls functions of the user's: with names looked up as these do it. */
async function hashUnderUsersPath(
  client: pg.Client,
  batch: readonly ListedTable[],
  { renew, hash = true }: Pick<HashOptions, 'renew' | 'hash'>,
): Promise<HashedTable[]> {
  const { definitions } = await readSearchPath(client)
  const run = async (wanted: boolean) => {
    await client.query(definitions.replace(/^SET /, 'SET LOCAL '))
    const { rows } = await client.query(hashQuery(batch, { hash: wanted, underUsersPath: true }))
    return rows.map((row) => hashedRow.parse(row))
  }
  try {
    return await run(hash)
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    await renew(client)
    if (isTooLong(error)) return await run(false)
    // Whatever else: a lost connection fails the next query, too. The table is sound, and so are its rows in the dump.
    return []
  }
}

/** The search_path of the database a client is connected to. */
async function readSearchPath(client: pg.Client): Promise<SearchPath> {
  const server = { version: 0, relations: new Set<string>() }
  const [database] = await Array.fromAsync(readFact(client, databaseFact, server))
  const settings = [
    ...(await Array.fromAsync(readFact(client, roleSettings, server))),
    ...(await Array.fromAsync(readFact(client, databaseSettings, server))),
  ]
  const { rows } = await client.query(
    `select distinct pg_catalog.pg_get_userbyid(proowner)::text as owner from pg_catalog.pg_proc where oid >= 16384`,
  )
  const owners = new Set(rows.map((row) => ownerRow.parse(row).owner))
  return searchPathOf({ searchPath: database?.searchPath ?? null, settings }, owners)
}

function isLockTableFull(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '53200'
}

/** A row of more than 1 GB as text: `program_limit_exceeded`, or the allocator's own refusal. */
function isTooLong(error: unknown): boolean {
  return (
    error instanceof pg.DatabaseError &&
    (error.code === '54000' || /invalid memory alloc request size/.test(error.message))
  )
}
