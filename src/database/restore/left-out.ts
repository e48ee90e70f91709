import { BackupError, ExitCode } from '../../common/errors.ts'
import { leaveOutFlag } from '../connect/psql-errors.ts'
import { canBeWithout } from '../rules/can-be-without.ts'
import { type ContentsEntry, nameOf } from '../rules/contents.ts'
import { parseStatements } from '../sql/statements.ts'
import type { Weakening } from './weakened.ts'

const phase = 'database/restore'
const namesShown = 10

/**
 * Types of entries that a restore leaves out by itself when they cannot be made: none holds rows, and without none of
 * them anybody may see or do more than before.
 */
const leavableTypes = new Set([
  ...['VIEW', 'MATERIALIZED VIEW', 'MATERIALIZED VIEW DATA', 'RULE', 'FUNCTION', 'PROCEDURE', 'AGGREGATE'],
  ...['OPERATOR', 'OPERATOR CLASS', 'OPERATOR FAMILY', 'CAST', 'CONVERSION', 'TRANSFORM', 'COLLATION'],
  ...['INDEX', 'INDEX ATTACH', 'CONSTRAINT', 'FK CONSTRAINT', 'CHECK CONSTRAINT', 'DEFAULT', 'STATISTICS'],
  ...['TRIGGER', 'EVENT TRIGGER', 'COMMENT', 'SECURITY LABEL', 'PUBLICATION', 'PUBLICATION TABLE'],
  ...['FOREIGN DATA WRAPPER', 'SERVER', 'USER MAPPING', 'FOREIGN TABLE'],
  ...['PUBLICATION TABLES IN SCHEMA', 'TEXT SEARCH CONFIGURATION', 'TEXT SEARCH DICTIONARY'],
  ...['TEXT SEARCH PARSER', 'TEXT SEARCH TEMPLATE', 'SHELL TYPE', 'TYPE'],
  ...['PROCEDURAL LANGUAGE', 'ACCESS METHOD'],
])

/** Those that only say something about the entry they depend on first, and go with it. */
const satelliteTypes = ['ACL', 'COMMENT', 'SECURITY LABEL']

/**
 * Everything that is made of these entries, directly or not, without them, in the order of the dump.
 * @param needs whether one cannot be without what it depends on; by default whatever that is
 * @param withPartners whether what no dependency tells goes along: see `partnersOf`
 */
export function dependentsOf(
  left: ReadonlySet<ContentsEntry>,
  entries: readonly ContentsEntry[],
  needs: (dependent: ContentsEntry, on: ContentsEntry) => boolean = () => true,
  withPartners = true,
): ContentsEntry[] {
  const byNeed = new Map<number, ContentsEntry[]>()
  for (const entry of entries)
    for (const id of entry.dependencies) byNeed.set(id, [...(byNeed.get(id) ?? []), entry])
  const found = new Set<ContentsEntry>(left)
  const queue = [...left]
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    const on = entry
    const dependents = (byNeed.get(on.dumpId) ?? []).filter((dependent) => needs(dependent, on))
    for (const dependent of [...dependents, ...(withPartners ? partnersOf(on, entries) : [])]) {
      if (found.has(dependent)) continue
      found.add(dependent)
      queue.push(dependent)
    }
  }
  return entries.filter((entry) => found.has(entry) && !left.has(entry))
}

const ruleOfView = / _RETURN$/

/**
 * What cannot be without an entry though it does not depend on it: the view whose query is a rule of its own, since others need the
 * view before it is whole; and of a partition that is not attached, the attachments of its indexes.
 */
function partnersOf(left: ContentsEntry, entries: readonly ContentsEntry[]): ContentsEntry[] {
  const { desc, namespace, tag, dependencies } = left
  if (desc === 'RULE' && ruleOfView.test(tag))
    return entries.filter(
      (entry) =>
        ['VIEW', 'MATERIALIZED VIEW'].includes(entry.desc) &&
        entry.namespace === namespace &&
        entry.tag === tag.replace(ruleOfView, ''),
    )
  if (desc !== 'TABLE ATTACH') return []
  const partitions = entries.filter(
    (entry) => dependencies.includes(entry.dumpId) && entry.namespace === namespace && entry.tag === tag,
  )
  const ids = new Set(partitions.map(({ dumpId }) => dumpId))
  const indexes = new Set(
    entries
      .filter((entry) => ['INDEX', 'CONSTRAINT'].includes(entry.desc))
      .filter((entry) => entry.dependencies.some((id) => ids.has(id)))
      .map(({ dumpId }) => dumpId),
  )
  return entries.filter(
    (entry) => entry.desc === 'INDEX ATTACH' && entry.dependencies.some((id) => indexes.has(id)),
  )
}

/** Tables and domains that only call something are made without what calls it. */
const needs = (dependent: ContentsEntry, on: ContentsEntry) => !canBeWithout(dependent, on)

/** Whether an entry may be left out without anybody having asked for it. */
async function mayBeLeftOut(entry: ContentsEntry, leftOut: ReadonlySet<number>): Promise<boolean> {
  const [first] = entry.dependencies
  if (satelliteTypes.includes(entry.desc) && first !== undefined && leftOut.has(first)) return true
  if (entry.desc !== 'POLICY') return leavableTypes.has(entry.desc)
  // Policies that restrict keep rows from those who would see them without.
  const [statement] = await parseStatements(entry.defn, phase)
  return (
    statement !== undefined &&
    'CreatePolicyStmt' in statement.node &&
    statement.node.CreatePolicyStmt.permissive === true
  )
}

/**
 * An entry and what depends on it, where all of it may be left out. Tables and domains that only call it stay: they are made
 * without what calls it.
 * @returns undefined where some of it holds rows, or keeps something from somebody
 */
export async function leavable(
  entry: ContentsEntry,
  entries: readonly ContentsEntry[],
): Promise<ContentsEntry[] | undefined> {
  // What was made before this was tried is there by now.
  const all = [entry, ...dependentsOf(new Set([entry]), entries, needs, false)]
  const ids = new Set(all.map(({ dumpId }) => dumpId))
  for (const each of all) if (!(await mayBeLeftOut(each, ids))) return undefined
  return all
}

/**
 * What is made of an extension that a target does not offer, where all of it may be left out.
 * @returns nothing where some of it holds rows, or keeps something from somebody
 */
export async function leavableOf(
  extension: ContentsEntry,
  entries: readonly ContentsEntry[],
): Promise<LeftOut> {
  const none: LeftOut = { entries: new Set(), weakened: [] }
  const all = dependentsOf(new Set([extension]), entries)
  const ids = new Set([extension, ...all].map(({ dumpId }) => dumpId))
  for (const each of all) if (!(await mayBeLeftOut(each, ids))) return none
  const reason = `the target does not offer the extension ${extension.tag}`
  return {
    entries: new Set(all),
    weakened: all.map((entry): Weakening => ({ kind: 'left-out', name: nameOf(entry), reason })),
  }
}

/** What is said of an entry that is left out, and of what goes with it. */
export function leftOutWeakenings(
  [first, ...dependents]: readonly ContentsEntry[],
  reason: string,
): Weakening[] {
  if (first === undefined) return []
  const because = `depends on ${nameOf(first)}`
  return [
    { kind: 'left-out', name: nameOf(first), reason },
    ...dependents.map((entry): Weakening => ({ kind: 'left-out', name: nameOf(entry), reason: because })),
  ]
}

export interface LeftOut {
  entries: Set<ContentsEntry>
  weakened: Weakening[]
}

/**
 * What --leave-out names, and everything that depends on it; of what only calls it, the calls.
 * @param notHeld entries that the backup was made without, though its dump defines them
 * @throws BackupError LEAVE_OUT_UNKNOWN
 */
export function leaveOutAsked(
  names: readonly string[],
  entries: readonly ContentsEntry[],
  notHeld: readonly string[] = [],
): LeftOut {
  const asked = findEntries(names, entries)
  const without = entries.filter((entry) => notHeld.includes(nameOf(entry)))
  const weakened = [
    ...without.flatMap((entry) => withoutEntry(entry, dependentsOf(new Set([entry]), entries))),
    ...asked.flatMap((entry) =>
      leftOutWeakenings([entry, ...dependentsOf(new Set([entry]), entries, needs)], 'left out as asked'),
    ),
  ]
  const byName = new Map(weakened.toReversed().map((each) => [each.name, each]))
  const left = [
    ...[...without, ...dependentsOf(new Set(without), entries)],
    ...[...asked, ...dependentsOf(new Set(asked), entries, needs)],
  ]
  return {
    entries: new Set(left),
    weakened: [...byName.values()].toReversed(),
  }
}

/** Types of entries that may be another's than the table's that they depend on. */
const ofOthers = new Set([
  ...['FK CONSTRAINT', 'VIEW', 'MATERIALIZED VIEW', 'MATERIALIZED VIEW DATA', 'RULE', 'POLICY', 'TRIGGER'],
  ...['TABLE', 'DEFAULT', 'FUNCTION', 'PROCEDURE', 'AGGREGATE', 'CONSTRAINT'],
])

/** A table that the backup was made without, with what is part of it, is no loss; what others lose with it is. */
function withoutEntry(entry: ContentsEntry, dependents: readonly ContentsEntry[]): Weakening[] {
  const isLoss = ({ desc, namespace, tag }: ContentsEntry) =>
    ofOthers.has(desc) && !(namespace === entry.namespace && tag.startsWith(`${entry.tag} `))
  const losses = new Set(dependents.filter(isLoss).map(nameOf))
  return leftOutWeakenings([entry, ...dependents], 'the backup was made without it').map((each) =>
    losses.has(each.name) ? each : { ...each, notBackedUp: true },
  )
}

/**
 * The entries that --leave-out names, as `nameOf` spells them.
 * @throws BackupError LEAVE_OUT_UNKNOWN
 */
function findEntries(names: readonly string[], entries: readonly ContentsEntry[]): ContentsEntry[] {
  return names.flatMap((name) => {
    const found = entries.filter((entry) => nameOf(entry) === name)
    if (found.length > 0) return found
    const words = name.toLowerCase().split(/[\s.]+/)
    const similar = entries.filter(({ tag }) => words.includes(tag.toLowerCase())).map(nameOf)
    throw new BackupError({
      code: 'LEAVE_OUT_UNKNOWN',
      message: `The backup's dump has no entry ${name}.`,
      detail:
        similar.length > 0 ? `of that name it has: ${similar.slice(0, namesShown).join(', ')}` : undefined,
      suggestion: `Write its type, schema and name as messages and reports do: ${leaveOutFlag(similar[0] ?? 'VIEW public name')}.`,
      phase: 'database/selection',
      exitCode: ExitCode.usage,
    })
  })
}
