import type { PsqlSession } from '../connect/psql.ts'
import { entryOf, isTargetsFault, type StatementError } from '../connect/psql-errors.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { nameOf } from '../rules/contents.ts'
import { parseStatements, quoteName } from '../sql/statements.ts'
import { leavable, leftOutWeakenings } from './left-out.ts'
import type { Bindings } from './meanings.ts'
import { ambiguous, restoredAlike, restoredWithoutOverloads } from './overloads.ts'
import type { Target } from './target.ts'
import { leakproofOf, type Weakening, withoutLeakproof } from './weakened.ts'
import { restoredWithoutExpressions } from './without-expressions.ts'

const phase = 'database/restore'

/** What a restore has to do without, as it goes. */
export interface Losses {
  /** All entries of the dump. */
  entries: readonly ContentsEntry[]
  weakened: Weakening[]
  /** Those that were left out; later steps leave them out as well. */
  leftOut: Set<ContentsEntry>
}

export interface ResilientOptions extends Losses {
  session: PsqlSession
  /** The search_path of definitions, as a statement. */
  path: string
  /** Whether there is one transaction around it all. */
  atomic: boolean
  bindings: Bindings
  /** Extensions that the backup has and the target lacks. */
  lacking: readonly string[]
  target: Pick<Target, 'server'>
  /** Attempts to restore entries, in the order given; what fails leaves nothing behind. */
  attempt(entries: readonly ContentsEntry[]): Promise<StatementError | undefined>
}

/**
 * Restores entries that a first attempt at all of them failed at: what stands before the one that failed once more, then
 * that one weakened or not at all, then the rest. So each is done twice at most, whatever fails; three times at most where what calls a
 * function by a name that others have as well is made together.
 * @throws StatementError of an entry the restore cannot do without
 */
export async function restoreResiliently(
  entries: readonly ContentsEntry[],
  failure: StatementError,
  options: ResilientOptions,
): Promise<void> {
  let rest = entries
  for (let error: StatementError | undefined = failure; error !== undefined; ) {
    if (!options.atomic && isLockTableFull(error) && rest.length > 1) return inHalves(rest, options)
    const broken = entryOf(error, rest)
    if (broken === undefined) throw error
    const at = rest.indexOf(broken)
    const again = at > 0 ? await options.attempt(rest.slice(0, at)) : undefined
    if (again) throw again
    const alike = error.sqlState === ambiguous ? await restoredAlike(rest.slice(at), options) : 0
    if (alike === 0) await doWithout(broken, error, options)
    rest = rest.slice(at + Math.max(alike, 1)).filter((entry) => !options.leftOut.has(entry))
    error = rest.length > 0 ? await options.attempt(rest) : undefined
  }
}

/** The locks of an attempt are given back when it ends, where there is no transaction around it. */
async function inHalves(entries: readonly ContentsEntry[], options: ResilientOptions): Promise<void> {
  for (const half of halves(entries)) {
    const rest = half.filter((entry) => !options.leftOut.has(entry))
    const error = await options.attempt(rest)
    if (error) await restoreResiliently(rest, error, options)
  }
}

/** Both halves of a list; the first is the longer one. */
export function halves<Item>(list: readonly Item[]): [Item[], Item[]] {
  const middle = Math.ceil(list.length / 2)
  return [list.slice(0, middle), list.slice(middle)]
}

/** Whether the server had no room for another lock. */
export function isLockTableFull({ sqlState }: StatementError): boolean {
  return sqlState === '53200'
}

/** Restores an entry in another way, weakens it, or else leaves it out with what depends on it. */
async function doWithout(
  broken: ContentsEntry,
  error: StatementError,
  options: ResilientOptions,
): Promise<void> {
  if (await restoredWithoutOverloads(broken, error, options)) return
  if (await restoredNotValid(broken, error, options)) return
  if (await restoredNotLeakproof(broken, error, options)) return
  if (!isOfTheBackup(broken, error)) throw error
  if (await restoredWithoutExpressions(broken, options)) return
  if (!(await leaveOut(broken, error.serverMessage, options))) throw error
}

/** Leaves an entry out with what depends on it, and names them all. @returns false where that may not be */
export async function leaveOut(
  broken: ContentsEntry,
  reason: string,
  { entries, leftOut, weakened }: Losses,
): Promise<boolean> {
  const all = await leavable(broken, entries)
  for (const entry of all ?? []) leftOut.add(entry)
  weakened.push(...leftOutWeakenings(all ?? [], reason))
  return all !== undefined
}

/** Entries that are made by evaluating something on rows. */
const evaluated = ['INDEX', 'CONSTRAINT', 'FK CONSTRAINT', 'CHECK CONSTRAINT']

/** Something on the target, such as an event trigger, may refuse a definition by an exception of its own. */
const raised = /^P0/

/** What nobody but a superuser can make at any target, as somebody once was at the origin. */
function isForSuperusers({ desc, defn }: ContentsEntry): boolean {
  if (desc === 'FUNCTION' || desc === 'PROCEDURE') return superusersFunction.test(defn)
  return [
    'OPERATOR CLASS',
    'OPERATOR FAMILY',
    'TEXT SEARCH PARSER',
    'TEXT SEARCH TEMPLATE',
    'SHELL TYPE',
    'CAST',
    'TRANSFORM',
    'PROCEDURAL LANGUAGE',
    'ACCESS METHOD',
  ].includes(desc)
}

const superusersFunction = /^ +LANGUAGE "?(?:c|internal)"?(?: |$)/m

/** Makes a function that only a superuser may say of that it is leakproof without that: it does the same, and a planner trusts it less. */
async function restoredNotLeakproof(
  entry: ContentsEntry,
  error: StatementError,
  { attempt, weakened }: ResilientOptions,
): Promise<boolean> {
  const defn = withoutLeakproof(entry.defn)
  if (error.sqlState !== refused || entry.desc !== 'FUNCTION' || defn === entry.defn) return false
  if (await attempt([{ ...entry, defn, written: entry.defn }])) return false
  const { namespace, tag } = entry
  const name = /^DROP FUNCTION (.*);\s*$/s.exec(entry.dropStmt)?.[1] ?? `${namespace}.${tag}`
  weakened.push({
    ...{ kind: 'refused', name: leakproofOf(nameOf(entry)), reason: error.serverMessage },
    sql: `ALTER FUNCTION ${name} LEAKPROOF`,
  })
  return true
}

const refused = '42501'

function isOfTheBackup(entry: ContentsEntry, error: StatementError): boolean {
  const { desc } = entry
  if (error.sqlState === refused && isForSuperusers(entry)) return true
  return !isTargetsFault(error) && (evaluated.includes(desc) || !raised.test(error.sqlState))
}

const violations = ['23503', '23514']

/** Restores a constraint that rows violate for new rows only. */
async function restoredNotValid(
  entry: ContentsEntry,
  error: StatementError,
  { session, path, weakened }: ResilientOptions,
): Promise<boolean> {
  if (!violations.includes(error.sqlState)) return false
  const [statement] = await parseStatements(entry.defn, phase)
  const about = statement && constraintOf(statement.node)
  if (statement === undefined || about === undefined) return false
  if (await session.attempt([`${path}\n${statement.text} NOT VALID;\nSET search_path = pg_catalog;\n`]))
    return false
  weakened.push({
    kind: 'not-valid',
    name: nameOf(entry),
    reason: error.serverMessage,
    sql: `ALTER ${about.kind} ${quoteName(entry.namespace, about.of)} VALIDATE CONSTRAINT ${quoteName(about.name)}`,
  })
  return true
}

type Node = Awaited<ReturnType<typeof parseStatements>>[number]['node']

/** The foreign key or check that a statement adds to a table or domain. */
function constraintOf(node: Node): { kind: 'TABLE' | 'DOMAIN'; of: string; name: string } | undefined {
  if ('AlterTableStmt' in node) {
    const [command] = node.AlterTableStmt.cmds ?? []
    const definition = command && 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined
    if (definition === undefined || !('Constraint' in definition)) return undefined
    return {
      kind: 'TABLE',
      of: node.AlterTableStmt.relation?.relname ?? '',
      name: definition.Constraint.conname ?? '',
    }
  }
  if (!('AlterDomainStmt' in node)) return undefined
  const { def, typeName } = node.AlterDomainStmt
  const last = typeName?.at(-1)
  return def !== undefined && 'Constraint' in def && last && 'String' in last
    ? { kind: 'DOMAIN', of: last.String.sval ?? '', name: def.Constraint.conname ?? '' }
    : undefined
}
