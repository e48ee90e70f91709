import type pg from 'pg'
import { z } from 'zod'
import { BackupError, ExitCode } from '../../common/errors.ts'
import { backupTypes, type PartialBackup } from '../../common/partial.ts'
import type { ComponentFlags } from '../../components/component.ts'
import { namesIn } from '../connect/search-path.ts'
import { streamRows } from '../facts/fact.ts'
import { dumped, quoteRelation, type Relation, relationRow } from '../facts/relations.ts'
import { isManagedSchema } from '../rules/platform.ts'
import { quoteName } from '../sql/statements.ts'
import { readTablePattern, type TablePattern } from './table-pattern.ts'

const phase = 'database/scope'

/** What of a database is backed up. Its definitions are there whole, unless it is about roles: a restore of a part may need any. */
export interface Scope {
  /** For the manifest; undefined for all of it. */
  partial: PartialBackup | undefined
  /** Whether the rows of a table, or the value of a sequence, are in the backup. */
  holdsRowsOf(relation: Pick<Relation, 'schema' | 'name'>): boolean
  /** Whether what belongs to no schema is: large objects, cron jobs, queues, secrets. */
  holdsRest: boolean
  /** What tells pg_dump the same. */
  dumpArguments: string[]
}

export const wholeScope: Scope = {
  partial: undefined,
  holdsRowsOf: () => true,
  holdsRest: true,
  dumpArguments: [],
}

const flagsSchema = z.object({
  type: z.enum(backupTypes).default('full'),
  schema: z.array(z.string()).default([]),
  'exclude-table': z.array(z.string()).default([]),
})

/**
 * Reads what --type, --schema and --exclude-table choose, and looks it up in the database, in the snapshot.
 * @throws BackupError SCHEMA_UNKNOWN, SELECTION_MANAGED, PATTERN_INVALID, PATTERN_UNMATCHED, PARTIAL_EMPTY
 */
export async function readScope(client: pg.Client, flags: ComponentFlags): Promise<Scope> {
  const { type, schema, 'exclude-table': excludeTables } = flagsSchema.parse(flags)
  const schemas = [...new Set(schema)]
  if (type === 'full' && schemas.length + excludeTables.length === 0) return wholeScope
  const there = await schemasOf(client)
  refuseSchemas(schemas, there)
  const isChosen = (name: string) =>
    schemas.length > 0 ? schemas.includes(name) : type !== 'data' || !isManagedSchema(name)
  const relations = (await dumpedRelations(client)).filter((each) => isChosen(each.schema))
  const excluded = await matching(client, excludeTables, relations)
  const names = new Set(excluded.map(quoteRelation))
  const holdsRowsOf = (relation: Pick<Relation, 'schema' | 'name'>) =>
    (type === 'full' || type === 'data') &&
    isChosen(relation.schema) &&
    !names.has(quoteName(relation.schema, relation.name))
  if (type === 'data' && !relations.some(holdsRowsOf)) throw nothingLeft()
  const holdsRest = type === 'full' && schemas.length === 0
  const without = [
    ...there.filter((name) => !isChosen(name)).map((name) => `${quoteName(name)}.*`),
    ...excluded.map(quoteRelation),
  ]
  return {
    partial: {
      ...{ type, schemas, excludeTables },
      excludedTables: excluded.map(({ schema: of, name }) => ({ schema: of, name })),
    },
    ...{ holdsRowsOf, holdsRest },
    dumpArguments:
      type === 'schema' ? ['--schema-only'] : without.map((pattern) => `--exclude-table-data=${pattern}`),
  }
}

const nameRow = z.object({ name: z.string() })

async function schemasOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(
    `select nspname::text as name from pg_catalog.pg_namespace
     where not pg_catalog.starts_with(nspname, 'pg_') and nspname <> 'information_schema' order by 1`,
  )
  return rows.map((row) => nameRow.parse(row).name)
}

function refuseSchemas(schemas: readonly string[], there: readonly string[]): void {
  const unknown = schemas.filter((name) => !there.includes(name))
  if (unknown.length > 0)
    throw usageError({
      code: 'SCHEMA_UNKNOWN',
      message: `The database has no schema ${unknown.join(', ')}.`,
      detail: `schemas of yours: ${there.filter((name) => !isManagedSchema(name)).join(', ')}`,
      suggestion: 'Correct --schema; names are case-sensitive.',
    })
  const managed = schemas.filter(isManagedSchema)
  if (managed.length > 0)
    throw usageError({
      code: 'SELECTION_MANAGED',
      message: `The schema ${managed.join(', ')} belongs to the platform and cannot be restored by itself.`,
      suggestion: 'Back up the whole database, which has accounts and object records with it.',
    })
}

const relationWithRoot = relationRow.extend({
  /** Of a partition the tables that it is a part of, and itself. */
  within: z.array(z.number()),
})
type Listed = z.infer<typeof relationWithRoot>

/** What a pattern of tables may mean, as for pg_dump: tables, views and sequences. */
function dumpedRelations(client: pg.Client): Promise<Listed[]> {
  return Array.fromAsync(
    streamRows(
      client,
      `select c.oid, n.nspname::text as schema, c.relname::text as name,
         array(select a.relid::oid::int8::float8 from pg_catalog.pg_partition_ancestors(c.oid) a
           union select c.oid::int8::float8) as within
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and ${dumped} order by 2, 3`,
      relationWithRoot,
    ),
  )
}

/** What the patterns match among these; a partitioned table with its partitions. @throws BackupError PATTERN_UNMATCHED */
async function matching(
  client: pg.Client,
  patterns: readonly string[],
  relations: readonly Listed[],
): Promise<Listed[]> {
  if (patterns.length === 0) return []
  const { rows } = await client.query(
    `select reset_val as name from pg_catalog.pg_settings where name = 'search_path'
     union all select current_user::text`,
  )
  const [path = '', user = ''] = rows.map((row) => nameRow.parse(row).name)
  const visible = new Set(namesIn(path).map((name) => (name === '$user' ? user : name)))
  const matched = new Set<number>()
  for (const text of patterns) {
    const found = relations.filter((relation) => matches(readTablePattern(text), relation, visible))
    if (found.length === 0) throw unmatched(text)
    for (const { oid } of found) matched.add(oid)
  }
  return relations.filter(({ within }) => within.some((oid) => matched.has(oid)))
}

function matches({ schema, name }: TablePattern, relation: Relation, visible: ReadonlySet<string>): boolean {
  const inSchema = schema === undefined ? visible.has(relation.schema) : schema.test(relation.schema)
  return inSchema && name.test(relation.name)
}

function unmatched(pattern: string): BackupError {
  return usageError({
    code: 'PATTERN_UNMATCHED',
    message: `--exclude-table ${pattern} matches no table, view or sequence of what is backed up.`,
    suggestion:
      'Correct the pattern: public.log_* with the schema, capitals in double quotes, and the whole in single quotes for the shell.',
  })
}

function nothingLeft(): BackupError {
  return usageError({
    code: 'PARTIAL_EMPTY',
    message: 'That leaves no table whose rows could be backed up.',
    suggestion: 'Name other schemas, or leave fewer tables out.',
  })
}

function usageError(about: {
  code: string
  message: string
  detail?: string
  suggestion: string
}): BackupError {
  return new BackupError({ ...about, phase, exitCode: ExitCode.usage })
}
