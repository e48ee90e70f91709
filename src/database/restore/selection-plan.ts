import { join } from 'node:path'
import { BackupError, ExitCode } from '../../common/errors.ts'
import { dumpContents } from '../capture/schema-dump.ts'
import { type Lacks, leaveOutFlag } from '../connect/psql-errors.ts'
import type { Table } from '../facts/all.ts'
import { type CatalogFacts, readCatalogFacts } from '../facts/catalog-facts.ts'
import { type Contents, type ContentsEntry, nameOf, readContents } from '../rules/contents.ts'
import { refuseDependents } from '../rules/dependents.ts'
import { checkEntries } from '../rules/entry-kinds.ts'
import { describeOlder, olderAt } from '../rules/extension-versions.ts'
import { type Decision, decide } from '../rules/rules.ts'
import {
  isContents,
  referencedTable,
  refuseManaged,
  requiredBy,
  type Selection,
  selectEntries,
  withParts,
} from '../rules/selection.ts'
import { extensionCallers, impossibleOf } from './extension-callers.ts'
import { leaveOutAsked } from './left-out.ts'
import type { DatabaseRestoreOptions } from './options.ts'
import { inspectTarget, type Target } from './target.ts'
import { refuseUnmet } from './unmet.ts'
import type { Weakening } from './weakened.ts'

const phase = 'database/restore'

export interface SelectiveRestoreOptions
  extends Pick<
    DatabaseRestoreOptions,
    'generation' | 'target' | 'clients' | 'log' | 'signal' | 'arm' | 'superuser' | 'leaveOut' | 'notHeld'
  > {
  selection: Selection
  /** Restores the one selected schema beside the target's own, under this name. */
  intoSchema?: string | undefined
  /** Definitions without rows. */
  schemaOnly?: boolean | undefined
}

export interface SelectionPlan {
  dump: string
  contents: Contents
  recorded: CatalogFacts
  target: Target
  /** About the selected entries, and what they need that the target lacks. */
  decisions: Decision[]
  /** The target's own entries, and those of them that are replaced. */
  there: readonly ContentsEntry[]
  replaced: Set<ContentsEntry>
  tables: Table[]
  /** What was asked to be left out, with what depends on it. */
  leftOut: ReadonlySet<ContentsEntry>
  weakened: readonly Weakening[]
  lacks: Lacks
}

/** Decides what will happen, and changes nothing. @throws BackupError where that cannot be */
export async function planSelection(options: SelectiveRestoreOptions): Promise<SelectionPlan> {
  const { generation, selection, intoSchema } = options
  refuseManaged(selection)
  const dump = join(generation, 'database', 'dump')
  const contents = await readContents(dump)
  const asked = leaveOutAsked(options.leaveOut ?? [], contents.entries, options.notHeld)
  const recorded = await readCatalogFacts(generation)
  const target = await inspectTarget(options.target)
  const there = await dumpContents({ ...options, connection: options.target, phase })
  const selected = await selectEntries(contents.entries, selection)
  refuseUnmet(selection, selected, contents.entries)
  if (intoSchema !== undefined) refuseTaken(intoSchema, selection, target)
  const replaced =
    intoSchema === undefined ? await selectEntries(there.entries, selection) : new Set<ContentsEntry>()
  refuseDependents(there.entries, replaced)
  if (intoSchema !== undefined) for (const entry of await notBeside(selected)) selected.delete(entry)
  for (const entry of asked.entries) selected.delete(entry)
  if (intoSchema !== undefined) refuseExtensionsOf(selection, selected, contents.entries, recorded, target)
  const present = new Set(there.entries.map(nameOf))
  const required = requiredBy(selected, contents.entries)
  const installed = new Set(target.installed.map(({ name }) => name))
  const absent = recorded.extensions.map(({ name }) => name).filter((name) => !installed.has(name))
  const lacks = { absent, older: olderAt(recorded.extensions, target).map(describeOlder) }
  const called = extensionCallers(new Set(absent), recorded.extensionFunctions, contents.entries)
    .filter(({ functions }) => functions.some((entry) => selected.has(entry) || required.has(entry)))
    .map(({ extension }) => extension)
  for (const entry of contents.entries)
    if (entry.desc === 'EXTENSION' && called.includes(entry.tag) && target.available.has(entry.tag))
      required.add(entry)
  const lacking = await withParts(
    [...required].filter((entry) => isLacking(entry, present, options)),
    contents.entries,
  )
  const decisions = decide(contents.entries, recorded).filter(
    ({ entry, action }) =>
      action !== 'drop' &&
      (selected.has(entry) || lacking.has(entry)) &&
      !asked.entries.has(entry) &&
      !(options.schemaOnly && isContents(entry)),
  )
  await checkEntries(decisions)
  const filled = new Set(
    decisions.filter(({ entry }) => entry.desc === 'TABLE DATA').map(({ entry }) => entry.catalog.oid),
  )
  const tables = recorded.tables.filter(({ oid }) => filled.has(oid))
  return {
    ...{ dump, contents, recorded, target, decisions, there: there.entries, replaced, tables },
    ...{ leftOut: asked.entries, weakened: asked.weakened, lacks },
  }
}

/** What would touch, or point at, something else if the selection is restored beside the target's own. */
export async function notBeside(selected: ReadonlySet<ContentsEntry>): Promise<Set<ContentsEntry>> {
  const tables = new Set([...selected].map(({ desc, namespace, tag }) => `${desc} ${namespace}.${tag}`))
  const left = new Set<ContentsEntry>()
  for (const entry of selected) {
    const types = ['SCHEMA', 'PUBLICATION TABLE', 'PUBLICATION TABLES IN SCHEMA', 'DEFAULT ACL']
    if (types.includes(entry.desc) || entry.namespace === '') left.add(entry)
    if (entry.desc !== 'FK CONSTRAINT') continue
    const { schema, name } = await referencedTable(entry)
    if (!tables.has(`TABLE ${schema}.${name}`)) left.add(entry)
  }
  return left
}

/** Beside the target's own schema everything of it is lacking. */
function isLacking(
  entry: ContentsEntry,
  present: ReadonlySet<string>,
  { selection, intoSchema }: SelectiveRestoreOptions,
): boolean {
  const [schema] = schemasOf(selection)
  return !present.has(nameOf(entry)) || (intoSchema !== undefined && entry.namespace === schema)
}

/** The schemas a selection touches. */
export function schemasOf(selection: Selection): string[] {
  return [...new Set([...selection.schemas, ...selection.tables.map(({ schema }) => schema)])]
}

function refuseTaken(intoSchema: string, selection: Selection, target: Target): void {
  const problem =
    schemasOf(selection).length !== 1
      ? 'One schema at a time can be restored under another name.'
      : target.schemas.has(intoSchema)
        ? `The target has a schema ${intoSchema} already.`
        : undefined
  if (problem === undefined) return
  throw new BackupError({
    code: 'INTO_SCHEMA_INVALID',
    message: problem,
    suggestion:
      'Choose a name that is not taken with --into-schema, and one schema (or tables of one) to restore.',
    phase: 'database/selection',
    exitCode: ExitCode.usage,
  })
}

/**
 * What is made of an extension names its members with their schema, and there they stay where they are.
 * @throws BackupError INTO_SCHEMA_INVALID before anything is written
 */
function refuseExtensionsOf(
  selection: Selection,
  selected: ReadonlySet<ContentsEntry>,
  entries: readonly ContentsEntry[],
  recorded: CatalogFacts,
  target: Target,
): void {
  const [schema] = schemasOf(selection)
  const here = new Set(recorded.extensions.filter((each) => each.schema === schema).map(({ name }) => name))
  const extensions = entries.filter(({ desc, tag }) => desc === 'EXTENSION' && here.has(tag))
  const ids = new Set(extensions.map(({ dumpId }) => dumpId))
  // With its schema it is looked up where the restored one stands meanwhile, without wherever the target has it.
  const there = new Set(target.installed.map(({ name }) => name))
  const callers = [
    ...extensionCallers(here, recorded.extensionFunctions, [...selected], (qualified) => qualified),
    ...extensionCallers(here.difference(there), recorded.extensionFunctions, [...selected]),
  ]
  const computed = callers.flatMap((each) => impossibleOf(each, recorded.tables))
  const made = [...selected].filter(({ dependencies }) => dependencies.some((id) => ids.has(id)))
  const bound = [...new Set([...made, ...computed])]
  if (bound.length === 0) return
  throw new BackupError({
    code: 'INTO_SCHEMA_INVALID',
    message: `Some of it is made of an extension in schema ${schema} itself, which cannot be there twice: ${[...here].join(', ')}.`,
    detail: bound.slice(0, 20).map(nameOf).join(', '),
    suggestion: `Choose tables without it (--table), leave these out (${bound
      .slice(0, 20)
      .map((entry) => leaveOutFlag(nameOf(entry)))
      .join(' ')}), or restore into another project (--target) and copy from there.`,
    phase: 'database/selection',
    exitCode: ExitCode.usage,
  })
}
