import pg from 'pg'
import { z } from 'zod'
import { type SearchPath, searchPathOf } from '../connect/search-path.ts'
import { readFact } from './fact.ts'
import { databaseFact } from './objects.ts'
import { quoteRelation, type Relation } from './relations.ts'
import { databaseSettings, roleSettings } from './roles.ts'
import { type ListedTable, rewrittenTables } from './tables.ts'

/** SQL, true: from the first row on, names are looked up and printed as in all our queries. */
const printAsEver = `(select pg_catalog.set_config('search_path', 'pg_catalog', true)) is not null`

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

/** A table to be hashed, with its `givenColumns` and `orderedColumns`, or some of its blocks. */
type HashedRelation = Relation & { given: string | null; ordered: string | null; range?: BlockRange }

/** Blocks of a table from `first` to before `end`; null: to the last one there is. */
interface BlockRange {
  first: number
  end: number | null
}

/**
 * One query that counts and hashes several tables.
 * @param options.underUsersPath for tables of which `callsFunctions` holds: planned as the session's search_path says
 */
export function hashQuery(
  list: readonly HashedRelation[],
  options: { hash: boolean; underUsersPath?: boolean } = { hash: true },
): string {
  const path = options.underUsersPath ? [printAsEver] : []
  const hash = options.hash ? rowsHash : 'null::text'
  return list
    .map(
      (table) =>
        `select ${table.oid}::oid as oid, count(*)::float8 as rows, ${hash} as hash,
          ${options.hash ? hashOfColumns(table.given) : hash} as "givenHash",
          ${options.hash ? hashOfColumns(table.ordered) : hash} as "orderedHash" from only ${quoteRelation(table)} t
          where ${[...path, ...rangeConditions(table.range)].join(' and ') || 'true'}`,
    )
    .join('\nunion all ')
}

function rangeConditions(range: BlockRange | undefined): string[] {
  if (range === undefined) return []
  const upTo = range.end === null ? [] : [`t.ctid < '(${range.end},0)'::pg_catalog.tid`]
  return [`t.ctid >= '(${range.first},0)'::pg_catalog.tid`, ...upTo]
}

const ownerRow = z.object({ owner: z.string() })
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
  const { clients, renew, hash = true } = options
  const [calling, plain] = [true, false].map((calls) =>
    options.tables.filter(({ populated, callsFunctions }) => populated && callsFunctions === calls),
  )
  const size = bytesPerQuery(total(plain ?? []), clients.length)
  const pieces = (plain ?? []).flatMap((table) => (hash ? split(table, size) : [table]))
  const queue = [...batchesBySize(pieces, size), ...(calling ?? []).map((table) => [table])]
  const unfinished = new Map<number, number>()
  for (const { oid } of queue.flat()) unfinished.set(oid, (unfinished.get(oid) ?? 0) + 1)
  const results = new Map<number, HashedTable>()
  const work = async (client: pg.Client) => {
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
      for (const hashed of await hashBatch(client, batch, options))
        results.set(hashed.oid, sumOf(results.get(hashed.oid), hashed))
      await renew(client)
      for (const { oid } of batch) unfinished.set(oid, (unfinished.get(oid) ?? 0) - 1)
      options.onHashed?.(batch.filter(({ oid }) => unfinished.get(oid) === 0).length, total(batch))
    }
  }
  await Promise.all(clients.map(work))
  await hashMovedAnew(pieces, results, options)
  return results
}

/** A table that was rewritten between two of its pieces has its rows in other blocks now: it is read at once. */
async function hashMovedAnew(
  pieces: readonly Piece[],
  results: Map<number, HashedTable>,
  { clients, tables, renew }: HashOptions,
): Promise<void> {
  const divided = new Set(pieces.filter(({ range }) => range !== undefined).map(({ oid }) => oid))
  const [client] = clients
  if (divided.size === 0 || client === undefined) return
  const rewritten = await rewrittenTables(client)
  for (const table of tables.filter(({ oid }) => divided.has(oid) && rewritten.has(oid))) {
    for (const hashed of await hashBatch(client, [table], { renew })) results.set(hashed.oid, hashed)
    await renew(client)
  }
}

/** A table, or some of its blocks, with their size in bytes. */
type Piece = ListedTable & { range?: BlockRange }

/** How much one query reads at most: the clients are to end together, and none is to hold a lock for long. */
function bytesPerQuery(bytes: number, clients: number): number {
  return Math.min(Math.max(bytes / (2 * clients), 4 << 20), 64 << 20)
}

/** Each table of a query is locked with its indexes, and pg_dump fills the server's lock table at the same time. */
const tablesPerQuery = 50

/** A table in ranges of its blocks, each of about that size. */
function split(table: ListedTable, size: number): Piece[] {
  const { blocks, bytes } = table
  const pieces = blocks === null ? 1 : Math.min(Math.ceil(bytes / size), blocks)
  if (blocks === null || pieces < 2) return [table]
  const start = (piece: number) => Math.floor((blocks * piece) / pieces)
  return Array.from({ length: pieces }, (_, piece) => ({
    ...table,
    bytes: bytes / pieces,
    range: { first: start(piece), end: piece + 1 === pieces ? null : start(piece + 1) },
  }))
}

function sumOf(before: HashedTable | undefined, piece: HashedTable): HashedTable {
  if (before === undefined) return piece
  return {
    oid: piece.oid,
    rows: before.rows + piece.rows,
    hash: sumOfHashes(before.hash, piece.hash),
    givenHash: sumOfHashes(before.givenHash, piece.givenHash) ?? undefined,
    orderedHash: sumOfHashes(before.orderedHash, piece.orderedHash) ?? undefined,
  }
}

/** None where one of them could not be read. */
function sumOfHashes(one: string | null | undefined, other: string | null | undefined): string | null {
  return one == null || other == null ? null : String(BigInt(one) + BigInt(other))
}

function total(list: readonly { bytes: number }[]): number {
  return list.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** The largest pieces alone and first, so that the clients end together; small tables many to a query. */
function batchesBySize(list: readonly Piece[], bytes: number): Piece[][] {
  const queue: Piece[][] = []
  let batch: Piece[] = []
  let size = 0
  for (const piece of list.toSorted((a, b) => b.bytes - a.bytes)) {
    if (batch.length === tablesPerQuery || (batch.length > 0 && size + piece.bytes > bytes)) {
      queue.push(batch)
      batch = []
      size = 0
    }
    batch.push(piece)
    size += piece.bytes
  }
  if (batch.length > 0) queue.push(batch)
  return queue
}

async function hashBatch(
  client: pg.Client,
  batch: readonly Piece[],
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
    const single: HashedTable[] = []
    for (const table of batch) {
      single.push(...(await hashBatch(client, [table], options)))
      await renew(client)
    }
    return single
  }
}

/** Of tables whose every query calls functions of the user's: with names looked up as these do it. */
async function hashUnderUsersPath(
  client: pg.Client,
  batch: readonly Piece[],
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
