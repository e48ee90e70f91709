import { BackupError, ExitCode } from '../../common/errors.ts'
import { parseStatements } from '../sql/statements.ts'
import type { ContentsEntry } from './contents.ts'
import { isManagedSchema } from './platform.ts'
import { readTrigger } from './platform-objects.ts'
import { publicSchemaTags } from './rules.ts'

const phase = 'database/selection'

export interface QualifiedName {
  schema: string
  name: string
}

/** The part of a database to restore. */
export interface Selection {
  schemas: readonly string[]
  /** Tables and views. */
  tables: readonly QualifiedName[]
}

/** Types of entries that are, or can stand in the place of, a table. */
export const relationTypes = ['TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW']

/** Entries whose first dependency is not always the table they belong to. */
const tablePartTypes = ['FK CONSTRAINT', 'TRIGGER']

function usageError(code: string, message: string, suggestion: string): BackupError {
  return new BackupError({ code, message, suggestion, phase, exitCode: ExitCode.usage })
}

/**
 * `schema.table` as a flag has it: names with dots, capitals or spaces in double quotes, as in SQL.
 * @throws BackupError SELECTION_INVALID
 */
export async function parseTableName(text: string): Promise<QualifiedName> {
  const invalid = usageError(
    'SELECTION_INVALID',
    `${text} is not the name of a table with its schema.`,
    'Write it as in SQL: public.orders, or "My Schema"."My Table".',
  )
  const [statement, ...more] = await parseStatements(`TABLE ${text}`, phase).catch(() => {
    throw invalid
  })
  const from =
    statement && more.length === 0 && 'SelectStmt' in statement.node
      ? statement.node.SelectStmt.fromClause
      : undefined
  const [source] = from ?? []
  if (from?.length !== 1 || source === undefined || !('RangeVar' in source)) throw invalid
  const { catalogname, schemaname: schema, relname: name } = source.RangeVar
  if (catalogname !== undefined || schema === undefined || name === undefined) throw invalid
  return { schema, name }
}

/** @throws BackupError SELECTION_MANAGED for what belongs to the platform */
export function refuseManaged(selection: Selection): void {
  const schemas = [...selection.schemas, ...selection.tables.map(({ schema }) => schema)]
  const managed = schemas.filter(isManagedSchema)
  if (managed.length === 0) return
  throw usageError(
    'SELECTION_MANAGED',
    `The schema ${managed.join(', ')} belongs to the platform and cannot be restored by itself.`,
    'Restore the whole database, which brings accounts and object records with it.',
  )
}

/** The table an entry is a part of: its rows, constraints, indexes, triggers, policies, … */
async function tableOf(
  entry: ContentsEntry,
  tables: ReadonlyMap<number, ContentsEntry>,
): Promise<ContentsEntry | undefined> {
  if (entry.desc === 'TABLE ATTACH') return partitionOf(entry, tables).child
  const parents = entry.dependencies.flatMap((id) => tables.get(id) ?? [])
  if (!tablePartTypes.includes(entry.desc)) return parents[0]
  const { schema, table } =
    entry.desc === 'TRIGGER' ? await readTrigger(entry) : await constrainedTable(entry)
  return parents.find((parent) => parent.namespace === schema && parent.tag === table)
}

async function constrainedTable(entry: ContentsEntry): Promise<{ schema: string; table: string }> {
  const [statement] = await parseStatements(entry.defn, phase)
  const relation =
    statement && 'AlterTableStmt' in statement.node ? statement.node.AlterTableStmt.relation : undefined
  return { schema: relation?.schemaname ?? entry.namespace, table: relation?.relname ?? '' }
}

/** The table that a foreign key points to. */
export async function referencedTable(entry: ContentsEntry): Promise<QualifiedName> {
  const [statement] = await parseStatements(entry.defn, phase)
  const [command] =
    statement && 'AlterTableStmt' in statement.node ? (statement.node.AlterTableStmt.cmds ?? []) : []
  const definition = command && 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined
  const table = definition && 'Constraint' in definition ? definition.Constraint.pktable : undefined
  return { schema: table?.schemaname ?? '', name: table?.relname ?? '' }
}

/** A partition, and what it is attached to. */
export function partitionOf(
  attach: ContentsEntry,
  tables: ReadonlyMap<number, ContentsEntry>,
): { child?: ContentsEntry | undefined; parent?: ContentsEntry | undefined } {
  const both = attach.dependencies.flatMap((id) => tables.get(id) ?? [])
  const isChild = (table: ContentsEntry) => table.namespace === attach.namespace && table.tag === attach.tag
  return { child: both.find(isChild), parent: both.find((table) => !isChild(table)) }
}

/**
 * The entries of a dump that make up the selected schemas and tables: definitions, rows, and everything that belongs to
 * them alone. Functions, types and other tables that they use are not among them.
 */
export async function selectEntries(
  entries: readonly ContentsEntry[],
  selection: Selection,
): Promise<Set<ContentsEntry>> {
  const isSelectedTable = (entry: ContentsEntry) =>
    relationTypes.includes(entry.desc) &&
    selection.tables.some(({ schema, name }) => entry.namespace === schema && entry.tag === name)
  const tables = new Map(
    entries.filter(({ desc }) => relationTypes.includes(desc)).map((entry) => [entry.dumpId, entry]),
  )
  const selected = new Set<ContentsEntry>()
  const byId = new Map<number, ContentsEntry>()
  const select = (entry: ContentsEntry) => {
    selected.add(entry)
    byId.set(entry.dumpId, entry)
  }
  for (const entry of entries) {
    const ofSchema =
      selection.schemas.includes(entry.namespace) ||
      (entry.desc === 'SCHEMA' && selection.schemas.includes(entry.tag)) ||
      // They depend on nothing where the dump has no entry of the schema itself.
      (publicSchemaTags.includes(entry.tag) && selection.schemas.includes('public'))
    if (ofSchema || isSelectedTable(entry)) select(entry)
  }
  // Parts of parts follow their part: the comment on a policy, the value of a sequence that a table owns.
  for (let before = -1; before < selected.size; ) {
    before = selected.size
    for (const entry of entries) {
      // A partitioned table is nothing without its partitions.
      const { parent, child } = entry.desc === 'TABLE ATTACH' ? partitionOf(entry, tables) : {}
      if (parent && child && selected.has(parent)) select(child)
      if (selected.has(entry) || entry.desc === 'DEFAULT ACL') continue
      if (await belongsTo(entry, tables, byId)) select(entry)
    }
  }
  return selected
}

/**
 * What a selection names and a dump has nothing of, in words: "schema nowhere", "table public.orders". Each name counts by
 * itself: one that was misspelt beside others would go unnoticed, and what the target has by it be dropped for nothing.
 */
export function unmetNames(entries: Iterable<ContentsEntry>, selection: Selection): string[] {
  const all = [...entries]
  // A dump has an entry of public only where something about it was changed.
  const schemas = new Set(['public'])
  for (const { desc, namespace, tag } of all) schemas.add(desc === 'SCHEMA' ? tag : namespace)
  const hasTable = ({ schema, name }: QualifiedName) =>
    all.some(
      (entry) => relationTypes.includes(entry.desc) && entry.namespace === schema && entry.tag === name,
    )
  return [
    ...selection.schemas.filter((schema) => !schemas.has(schema)).map((schema) => `schema ${schema}`),
    ...selection.tables
      .filter((table) => !hasTable(table))
      .map(({ schema, name }) => `table ${schema}.${name}`),
  ]
}

/** Entries with what belongs to them and is no rows: privileges, comments, of a table also its policies and indexes. */
export async function withParts(
  list: readonly ContentsEntry[],
  entries: readonly ContentsEntry[],
): Promise<Set<ContentsEntry>> {
  const tables = new Map(
    entries.filter(({ desc }) => relationTypes.includes(desc)).map((entry) => [entry.dumpId, entry]),
  )
  const all = new Set(list)
  const byId = new Map(list.map((entry) => [entry.dumpId, entry]))
  for (let before = -1; before < all.size; ) {
    before = all.size
    for (const entry of entries) {
      if (all.has(entry) || isContents(entry) || ownSubjects.includes(entry.desc)) continue
      if (!(await belongsTo(entry, tables, byId))) continue
      all.add(entry)
      byId.set(entry.dumpId, entry)
    }
  }
  return all
}

/** Parts that need more than the table they belong to. */
const ownSubjects = ['FK CONSTRAINT', 'TRIGGER', 'PUBLICATION TABLE', 'DEFAULT ACL', 'SEQUENCE SET']

/** Types of entries that belong to the entry they depend on first. */
const partTypes = [
  ...[
    'TABLE DATA',
    'MATERIALIZED VIEW DATA',
    'DEFAULT',
    'CONSTRAINT',
    'CHECK CONSTRAINT',
    'INDEX',
    'INDEX ATTACH',
  ],
  ...[
    'TABLE ATTACH',
    'RULE',
    'POLICY',
    'ROW SECURITY',
    'STATISTICS',
    'PUBLICATION TABLE',
    'SEQUENCE OWNED BY',
  ],
  ...['SEQUENCE SET', 'ACL', 'COMMENT', 'SECURITY LABEL', ...tablePartTypes],
]

async function belongsTo(
  entry: ContentsEntry,
  tables: ReadonlyMap<number, ContentsEntry>,
  selected: ReadonlyMap<number, ContentsEntry>,
): Promise<boolean> {
  // No schema has these: they go where all goes that they are made of.
  if (entry.desc === 'CAST' || entry.desc === 'TRANSFORM')
    return entry.dependencies.length > 0 && entry.dependencies.every((id) => selected.has(id))
  // A sequence that a table's column owns depends on the table.
  if (entry.desc === 'SEQUENCE') return entry.dependencies.some((id) => selected.has(id) && tables.has(id))
  if (!partTypes.includes(entry.desc)) return false
  const table = await tableOf(entry, tables)
  if (table !== undefined && entry.desc !== 'ACL' && entry.desc !== 'COMMENT')
    return selected.has(table.dumpId)
  const [first] = entry.dependencies
  return first !== undefined && selected.has(first)
}

/** Whether an entry holds rows or the state of something, and no definition. */
export function isContents({ desc, section }: ContentsEntry): boolean {
  return section === 'data' || desc === 'MATERIALIZED VIEW DATA'
}

/** Everything the selected entries are made of, directly or not. */
export function requiredBy(
  selected: ReadonlySet<ContentsEntry>,
  entries: readonly ContentsEntry[],
): Set<ContentsEntry> {
  const byId = new Map(entries.map((entry) => [entry.dumpId, entry]))
  const required = new Set<ContentsEntry>()
  const queue = [...selected]
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop())
    for (const id of entry.dependencies) {
      const needed = byId.get(id)
      if (needed === undefined || selected.has(needed) || required.has(needed)) continue
      required.add(needed)
      queue.push(needed)
    }
  return required
}
