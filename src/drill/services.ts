import type pg from 'pg'
import { z } from 'zod'
import { describeServer, managedColumns, readFact, services } from '../database/facts/all.ts'
import { dataSchemas, tablesNeverRestored } from '../database/rules/platform.ts'
import { parse } from '../database/sql/parser.ts'
import { quoteName } from '../database/sql/statements.ts'

type Column = z.infer<(typeof managedColumns)['row']>
type Service = z.infer<(typeof services)['row']>

/** What a backup recorded of the services. */
export interface ServiceRecord {
  columns: readonly Column[]
  services: readonly Service[]
}

const tableOf = ({ schema, table }: Column) => `${schema}.${table}`
const nameOf = (column: Column) => `${tableOf(column)}.${column.column}`

/** What differs between the toolkit's copy of Auth's and Storage's tables and those of a backup. */
export interface ServiceDifferences {
  /** Columns, or whole tables, of the backup that were added. */
  added: string[]
  /** Columns of a newer service that were taken away, or need no value any more. */
  removed: string[]
}

/**
 * Turns the toolkit's copy of the tables of Auth and Storage into that of the versions a project had, by the recorded
 * names and types of their columns. What a newer service has beyond the copy is added, as plain columns; what an older
 * one lacks is taken away. What the copy lacks although the service is no newer is the user's own: a new project would
 * not have it either. Nothing of a dump is run for it.
 * @param isServices whether a table that the copy lacks belongs to the service
 */
export async function fitServiceTables(
  client: pg.Client,
  recorded: ServiceRecord,
  isServices: (table: string) => boolean,
): Promise<ServiceDifferences> {
  const { present, copied } = await readCopy(client)
  const newer = newerServices(recorded.services, copied)
  const tables = new Set(present.map(tableOf))
  const names = new Set(present.map(nameOf))
  const missing = recorded.columns.filter(
    (column) =>
      newer.has(column.schema) &&
      !names.has(nameOf(column)) &&
      column.generated === '' &&
      !tablesNeverRestored.includes(tableOf(column)) &&
      (tables.has(tableOf(column)) || isServices(tableOf(column))),
  )
  const wanted = new Set(recorded.columns.map(nameOf))
  const wantedTables = new Set(recorded.columns.map(tableOf))
  const surplus = present.filter((column) => wantedTables.has(tableOf(column)) && !wanted.has(nameOf(column)))
  for (const column of missing) {
    if (!tables.has(tableOf(column))) await createTable(client, column)
    tables.add(tableOf(column))
    await addColumn(client, column)
  }
  for (const column of surplus) await removeColumn(client, column)
  return { added: missing.map(nameOf), removed: surplus.map(nameOf) }
}

/** The copy's columns and versions. Facts are read inside a transaction. */
async function readCopy(client: pg.Client): Promise<{ present: Column[]; copied: Service[] }> {
  await client.query('BEGIN')
  const server = await describeServer(client)
  const present = await Array.fromAsync(readFact(client, managedColumns, server))
  const copied = await Array.fromAsync(readFact(client, services, server))
  await client.query('COMMIT')
  return { present, copied }
}

/** Services of the backup whose newest migration the copy does not have yet; all whose version is not known. */
function newerServices(recorded: readonly Service[], copied: readonly Service[]): Set<string> {
  const isNewer = (service: Service['service']) => {
    const [theirs, ours] = [recorded, copied].map(
      (list) => list.find((each) => each.service === service)?.version,
    )
    if (theirs === undefined || ours === undefined) return true
    return Number(theirs) > Number(ours)
  }
  return new Set((['auth', 'storage'] as const).filter(isNewer))
}

async function createTable(client: pg.Client, { schema, table }: Column): Promise<void> {
  const name = quoteName(schema, table)
  await client.query(`CREATE TABLE ${name} ()`)
  await client.query(`ALTER TABLE ${name} OWNER TO ${quoteName(`supabase_${schema}_admin`)}`)
}

async function addColumn(client: pg.Client, column: Column): Promise<void> {
  const type = await typeOf(client, column.type)
  await client.query(
    `ALTER TABLE ${quoteName(column.schema, column.table)} ADD COLUMN ${quoteName(column.column)} ${type}`,
  )
}

/** A column that something else of the platform is made of stays, but needs no value. */
async function removeColumn(client: pg.Client, { schema, table, column, notNull }: Column): Promise<void> {
  const alter = `ALTER TABLE ${quoteName(schema, table)}`
  await client.query(`${alter} DROP COLUMN ${quoteName(column)}`).catch(async () => {
    if (notNull)
      await client.query(`${alter} ALTER COLUMN ${quoteName(column)} DROP NOT NULL`).catch(() => {})
  })
}

const located = { location: z.number().optional() }
const castOfNull = z.strictObject({
  targetList: z.tuple([
    z.strictObject({
      ResTarget: z.strictObject({
        val: z.strictObject({
          TypeCast: z.object({
            arg: z.object({ A_Const: z.object({ isnull: z.literal(true) }) }),
            typeName: z.object({ names: z.array(z.object({ String: z.object({ sval: z.string() }) })) }),
          }),
        }),
        ...located,
      }),
    }),
  ]),
  limitOption: z.string(),
  op: z.string(),
})
const oneCast = z.object({ stmts: z.tuple([z.object({ stmt: z.strictObject({ SelectStmt: castOfNull }) })]) })

/**
 * A recorded type, where the text is the name of a type and nothing else. One of the service's own that the copy lacks, as
 * an enumeration of a newer version, becomes a domain of that name: its values are compared as the text they are.
 */
async function typeOf(client: pg.Client, text: string): Promise<string> {
  const parsed = oneCast.safeParse(await parse(`SELECT CAST(NULL AS ${text})`).catch(() => undefined))
  if (!parsed.success) return 'text'
  const isKnown = async () => {
    const { rows } = await client.query<{ known: boolean }>('SELECT to_regtype($1) IS NOT NULL AS known', [
      text,
    ])
    return rows[0]?.known ?? false
  }
  if (await isKnown()) return text
  const [target] = parsed.data.stmts[0].stmt.SelectStmt.targetList
  const [schema, name, ...others] = target.ResTarget.val.TypeCast.typeName.names.map(
    ({ String: { sval } }) => sval,
  )
  if (schema === undefined || name === undefined || others.length > 0 || !dataSchemas.includes(schema))
    return 'text'
  await client.query(`CREATE DOMAIN ${quoteName(schema, name)} AS text`)
  return (await isKnown()) ? text : 'text'
}
