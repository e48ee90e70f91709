import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import { connect, type DatabaseConnection } from '../connect/connection.ts'
import { type ContentsEntry, nameOf } from '../rules/contents.ts'
import { readCopyTarget } from './load-rows.ts'

const phase = 'database/preflight'
const namesShown = 20

const columnRow = z.object({
  schema: z.string(),
  table: z.string(),
  name: z.string(),
  /** Whether a row may be made that does not say what stands in it. */
  optional: z.boolean(),
  generated: z.boolean(),
})

/** Every column of every table that rows could be loaded into. */
const columnsSql = `
  select n.nspname::text as schema, c.relname::text as table, a.attname::text as name,
    not a.attnotnull or a.atthasdef or a.attidentity <> '' as optional, a.attgenerated <> '' as generated
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relkind in ('r', 'p', 'f') and n.nspname = any ($1)`

/**
 * Looks, before anything is written, whether the tables of a target can take rows of a dump: they are there, with every column that
 * the rows have, and none besides that must be given.
 * @param entries of the rows
 * @throws BackupError TARGET_TABLES_MISSING, TARGET_TABLES_DIFFER
 */
export async function requireFitting(
  target: DatabaseConnection,
  entries: readonly ContentsEntry[],
): Promise<void> {
  const client = await connect(target, phase)
  try {
    const { rows } = await client.query(columnsSql, [[...new Set(entries.map(({ namespace }) => namespace))]])
    const columns = Map.groupBy(
      rows.map((row) => columnRow.parse(row)),
      ({ schema, table }) => key(schema, table),
    )
    const there = (entry: ContentsEntry) => columns.get(key(entry.namespace, entry.tag))
    const missing = entries.filter((entry) => there(entry) === undefined)
    if (missing.length > 0) throw tablesMissing(missing)
    const problems: string[] = []
    for (const entry of entries) problems.push(...(await problemsOf(entry, there(entry) ?? [])))
    if (problems.length > 0) throw tablesDiffer(problems)
  } finally {
    await client.end()
  }
}

function key(schema: string, table: string): string {
  return JSON.stringify([schema, table])
}

async function problemsOf(
  entry: ContentsEntry,
  columns: readonly z.infer<typeof columnRow>[],
): Promise<string[]> {
  const given = (await readCopyTarget(entry)).columns
  const table = `${entry.namespace}.${entry.tag}`
  const lacking = given.filter((name) => !columns.some((column) => column.name === name))
  const computed = columns.filter(({ name, generated }) => generated && given.includes(name))
  const required = columns.filter(({ name, optional }) => !optional && !given.includes(name))
  return [
    ...lacking.map((name) => `${table} has no column ${name}`),
    ...computed.map(({ name }) => `${table} computes its column ${name}`),
    ...required.map(
      ({ name }) => `${table} needs a value for its column ${name}, which the rows have none for`,
    ),
  ]
}

function tablesMissing(missing: readonly ContentsEntry[]): BackupError {
  return new BackupError({
    code: 'TARGET_TABLES_MISSING',
    message: 'The target does not have tables whose rows are to be restored.',
    detail: missing.slice(0, namesShown).map(nameOf).join(', '),
    suggestion:
      'Restore them with their definitions: leave --data-only out, or from a backup of rows alone restore one of the definitions first.',
    phase,
  })
}

function tablesDiffer(problems: readonly string[]): BackupError {
  return new BackupError({
    code: 'TARGET_TABLES_DIFFER',
    message: 'Tables of the target do not fit the rows that are to be restored; nothing was changed.',
    detail: problems.slice(0, namesShown).join('; '),
    suggestion:
      'Bring the tables to the state of the backup (migrations), restore them with their definitions, or choose others with --table.',
    phase,
  })
}
