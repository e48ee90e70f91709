import { join } from 'node:path'
import type pg from 'pg'
import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import { readJsonl } from '../../common/jsonl.ts'
import { managedSchemaSql, reservedRolePrefixes, reservedRoles } from '../rules/platform.ts'

/** What a query may depend on: the server's version and which optional relations it has. */
export interface Server {
  /** `server_version_num`, e.g. 150020. */
  version: number
  /** Those of `optionalRelations` that exist and can be read. */
  relations: ReadonlySet<string>
}

/** Relations that not every project has. */
const optionalRelations = [
  'cron.job',
  'vault.decrypted_secrets',
  'pgmq.meta',
  'auth.schema_migrations',
  'storage.migrations',
  'realtime.schema_migrations',
  'pg_catalog.pg_user_mapping',
  'pg_catalog.pg_subscription',
] as const
export type OptionalRelation = (typeof optionalRelations)[number]

/**
 * One kind of fact about a database: read from the origin at backup time into `database/<file>`, and from a target
 * at verification, by the same query.
 */
export interface Fact<Row> {
  file: string
  row: z.ZodType<Row>
  /** Undefined where the server has nothing of the kind. */
  sql(server: Server): string | undefined
  /** Given a generation, what makes of a row as it was saved the one that a server would answer, where that is another. */
  reader?(generation: string): Promise<(saved: Row) => Row>
}

/** What is known of a fact to read it from a generation. */
export type SavedFact<Row> = Pick<Fact<Row>, 'file' | 'row' | 'reader'>

/** SQL: the names of the optional relations, as an array, that exist and can be read by now. */
export const presentRelations = `array(select name from unnest(array[${literals(optionalRelations)}]) name
  where pg_catalog.to_regclass(name) is not null
    and pg_catalog.has_schema_privilege(split_part(name, '.', 1), 'USAGE')
    and pg_catalog.has_table_privilege(pg_catalog.to_regclass(name), 'SELECT'))`

/** The name of a privilege: it stands in SQL as it is. */
export const privilegeSchema = z.string().regex(/^[A-Z][A-Z ]*$/)

const rowsPerFetch = 2_000

/** Looks up what the queries depend on. */
export async function describeServer(client: pg.Client): Promise<Server> {
  const { rows } = await client.query(
    `select current_setting('server_version_num')::int as version,
       ${presentRelations} as relations`,
  )
  const row = z.object({ version: z.number(), relations: z.array(z.string()) }).parse(rows[0])
  return { version: row.version, relations: new Set(row.relations) }
}

/**
 * Streams the rows of a query through a cursor, so that any number of them fits in memory.
 * The client must be inside a transaction and does nothing else meanwhile.
 */
export async function* streamRows<Row>(
  client: pg.Client,
  sql: string,
  row: z.ZodType<Row>,
): AsyncGenerator<Row> {
  const fetch = `fetch ${rowsPerFetch} from fact`
  let batch = await fetchBatch(client, `declare fact no scroll cursor for ${sql}; ${fetch}`)
  while (batch.length > 0) {
    for (const value of batch) yield row.parse(value)
    if (batch.length < rowsPerFetch) break
    batch = await fetchBatch(client, fetch)
  }
  await client.query('close fact')
}

/** The rows of the last statement; several statements in one query answer with an array of results. */
async function fetchBatch(client: pg.Client, sql: string): Promise<unknown[]> {
  const answer: pg.QueryResult | pg.QueryResult[] = await client.query(sql)
  const last = Array.isArray(answer) ? answer.at(-1) : answer
  return last?.rows ?? []
}

/** Reads one kind of fact from a database. The client must be inside a transaction. */
export async function* readFact<Row>(
  client: pg.Client,
  fact: Fact<Row>,
  server: Server,
): AsyncGenerator<Row> {
  const sql = fact.sql(server)
  if (sql !== undefined) yield* streamRows(client, sql, fact.row)
}

/** Reads one kind of fact from a generation. @throws BackupError FACTS_DAMAGED where a line is not as any version writes it */
export async function* savedFact<Row>(generation: string, fact: SavedFact<Row>): AsyncGenerator<Row> {
  const rows = readJsonl(join(generation, 'database', fact.file), (value) => parseFact(fact, value))
  const read = await fact.reader?.(generation)
  if (read === undefined) yield* rows
  else for await (const row of rows) yield read(row)
}

function parseFact<Row>({ file, row }: SavedFact<Row>, value: unknown): Row {
  const parsed = row.safeParse(value)
  if (parsed.success) return parsed.data
  throw new BackupError({
    code: 'FACTS_DAMAGED',
    message: `The backup's database/${file} has a line that this toolkit does not write.`,
    detail: `${z.prettifyError(parsed.error)}: ${JSON.stringify(value).slice(0, 300)}`,
    suggestion: 'The backup was altered, or is of a newer toolkit. Choose another archive.',
    phase: 'database/facts',
  })
}

/** SQL: whether the role name in `expression` is the platform's. */
export function reservedRole(expression: string): string {
  const prefixes = reservedRolePrefixes.map((prefix) => `starts_with(${expression}, '${prefix}')`)
  return `(${expression} in (${literals(reservedRoles)}) or ${prefixes.join(' or ')})`
}

/** SQL: whether the schema named by `expression` is the platform's. */
export const managedSchema = managedSchemaSql

/** Text as an SQL literal for the catalog queries, whose schema lists are ours. */
export function literals(values: readonly string[]): string {
  return values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ')
}
