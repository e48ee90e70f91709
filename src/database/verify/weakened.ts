import { leftOutNames, reorderedNames, type Weakening } from '../restore/weakened.ts'
import { type ContentsEntry, nameOf } from '../rules/contents.ts'
import { canonical } from '../sql/canonical.ts'
import { treesEqual } from '../sql/definitions-equal.ts'
import { parse } from '../sql/parser.ts'
import { acceptInlineDefaults } from './inline-defaults.ts'
import { acceptWithoutExpressions, type LackingCheck } from './without-expressions.ts'

type Tree = Record<string, unknown>

/** A definition as far as what was weakened is concerned. */
interface Weakenable {
  /** The dump's entry, as `nameOf` spells it. */
  name: string
  sql: string
  /** The entry it only says something about: of privileges and comments. */
  about?: string | undefined
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Takes out of the comparison what a restore weakened and named, and exactly that: entries that were left out and that the
 * target lacks; event triggers it has disabled; and constraints that the backup has validated and the target has NOT VALID,
 * if they are the same otherwise.
 * @param left what the backup has
 * @param right what the target has
 * @param sameVersions see `definitionsEqual`
 */
export async function withoutWeakened<Each extends Weakenable>(
  left: readonly Each[],
  right: readonly Each[],
  weakened: readonly Weakening[],
  sameVersions: boolean,
): Promise<[Each[], Each[]]> {
  const leftOut = leftOutNames(weakened)
  const there = new Set(right.map(({ name }) => name))
  const isGone = ({ name, about }: Each) =>
    !there.has(name) && (leftOut.has(name) || (about !== undefined && leftOut.has(about)))
  const sides = { left: left.filter((each) => !isGone(each)), right: [...right], sameVersions }
  acceptAsleep(weakened, sides)
  await acceptInlineDefaults(weakened, sides)
  for (const check of await acceptWithoutExpressions(weakened, sides)) await acceptMadeNotValid(check, sides)
  const notValid = weakened.filter(({ kind }) => kind === 'not-valid')
  // Partitions first: what is accepted of their root goes from the target's side.
  const inheritedFirst = notValid.toSorted(
    (one, other) => Number(one.inheritedFrom === undefined) - Number(other.inheritedFrom === undefined),
  )
  const owners = Map.groupBy(inheritedFirst, ({ name, within }) => within ?? name)
  for (const [owner, constraints] of owners) await acceptNotValid(owner, constraints, sides)
  await acceptReordered(reorderedNames(weakened), sides)
  return [sides.left, sides.right]
}

/** Of a table that inherits, its own columns listed in another order. */
async function acceptReordered<Each extends Weakenable>(
  names: ReadonlySet<string>,
  { left, right, sameVersions }: Sides<Each>,
): Promise<void> {
  for (const [at, found] of right.entries()) {
    const recorded = names.has(found.name) ? left.find(({ name }) => name === found.name) : undefined
    if (recorded === undefined) continue
    const [one, other] = [inAnyOrder(await statementsOf(recorded)), inAnyOrder(await statementsOf(found))]
    if (treesEqual(one, other, sameVersions)) right[at] = { ...found, sql: recorded.sql }
  }
}

async function statementsOf({ sql }: Weakenable): Promise<unknown> {
  return canonical((await parse(sql)).stmts)
}

/** A definition with what a table is made of in an order that says nothing. */
function inAnyOrder(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(inAnyOrder)
  if (!isTree(tree)) return tree
  const members = Object.entries(tree).map(([key, value]): [string, unknown] => [
    key,
    key === 'tableElts' && Array.isArray(value)
      ? value.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
      : inAnyOrder(value),
  ])
  return Object.fromEntries(members)
}

const triggerState = /\s*ALTER EVENT TRIGGER \S.* (?:ENABLE(?: ALWAYS| REPLICA)?|DISABLE);\s*$/
const disabled = / DISABLE;\s*$/

/** Event triggers that are still disabled, and will be enabled as they were. */
function acceptAsleep<Each extends Weakenable>(weakened: readonly Weakening[], sides: Sides<Each>): void {
  for (const { name } of weakened.filter(({ kind }) => kind === 'asleep')) {
    const recorded = sides.left.find((each) => each.name === name)
    const at = sides.right.findIndex((each) => each.name === name)
    const found = sides.right[at]
    if (recorded === undefined || found === undefined || !disabled.test(found.sql)) continue
    const bare = ({ sql }: Each) => sql.replace(triggerState, '')
    if (bare(recorded) === bare(found)) sides.right[at] = { ...found, sql: recorded.sql }
  }
}

/** The entries of a dump without those that were left out, and the rows of these. */
export function withoutLeftOut(
  entries: readonly ContentsEntry[],
  weakened: readonly Weakening[] = [],
): readonly ContentsEntry[] {
  const leftOut = leftOutNames(weakened)
  if (leftOut.size === 0) return entries
  const gone = new Set(entries.filter((entry) => leftOut.has(nameOf(entry))).map(({ dumpId }) => dumpId))
  return entries.filter(
    ({ dumpId, desc, dependencies: [subject] }) =>
      !gone.has(dumpId) && !(desc === 'TABLE DATA' && gone.has(subject ?? 0)),
  )
}

interface Sides<Each extends Weakenable> {
  left: Each[]
  right: Each[]
  sameVersions: boolean
}

/** Of one definition in the backup, that of a constraint or of the table or domain it stands in. */
async function acceptNotValid<Each extends Weakenable>(
  owner: string,
  weakened: readonly Weakening[],
  sides: Sides<Each>,
): Promise<void> {
  const recorded = sides.left.find(({ name }) => name === owner)
  if (recorded === undefined) return
  const whole = canonical((await parse(recorded.sql)).stmts)
  const accepted = new Set<unknown>()
  for (const { name, within, inheritedFrom } of weakened) {
    // A partition has no entry for what it inherits: its root's says that it is there.
    const entry = inheritedFrom ?? name
    const at = sides.right.findIndex((each) => each.name === entry)
    const found = sides.right[at]
    if (found === undefined) continue
    const [constraint] = constraintsIn(canonical((await parse(found.sql)).stmts))
    if (constraint?.['skip_validation'] !== true) continue
    const same = counterpart(constraint, constraintsIn(whole), sides.sameVersions)
    if (same === undefined) continue
    if (inheritedFrom !== undefined) accepted.add(same)
    else if (within === undefined) sides.right[at] = { ...found, sql: recorded.sql }
    else {
      sides.right.splice(at, 1)
      accepted.add(same)
    }
  }
  const at = sides.right.findIndex(({ name }) => name === owner)
  const found = sides.right[at]
  if (accepted.size === 0 || found === undefined) return
  const rest = canonical((await parse(found.sql)).stmts)
  if (treesEqual(without(whole, accepted), rest, sides.sameVersions))
    sides.right[at] = { ...found, sql: recorded.sql }
}

/** A check that was left out and made by hand since, which need not be valid: of a domain that other types hold it cannot. */
async function acceptMadeNotValid<Each extends Weakenable>(
  { name, text }: LackingCheck,
  { right, sameVersions }: Sides<Each>,
): Promise<void> {
  const at = right.findIndex((each) => each.name === name)
  const found = right[at]
  if (found === undefined) return
  const constraintOf = async (sql: string) => constraintsIn(canonical((await parse(sql)).stmts))[0]
  const [made, recorded] = [await constraintOf(found.sql), await constraintOf(`ALTER TABLE t ADD ${text}`)]
  if (made?.['skip_validation'] !== true || recorded === undefined) return
  if (treesEqual(validated(recorded), validated(made), sameVersions)) right.splice(at, 1)
}

/** Every constraint a parse tree holds. */
function constraintsIn(tree: unknown): Tree[] {
  if (Array.isArray(tree)) return tree.flatMap(constraintsIn)
  if (!isTree(tree)) return []
  const own = isTree(tree['Constraint']) ? [tree['Constraint']] : []
  return [...own, ...Object.values(tree).flatMap(constraintsIn)]
}

/** The recorded constraint that one which need not be valid stands for: of a domain's NOT NULL, a check that says so. */
function counterpart(found: Tree, recorded: readonly Tree[], sameVersions: boolean): Tree | undefined {
  const named = recorded.find(({ conname }) => conname !== undefined && conname === found['conname'])
  if (named !== undefined)
    return treesEqual(validated(named), validated(found), sameVersions) ? named : undefined
  // A table's column has its own as a check only where somebody wrote one, with a name.
  return isNotNullCheck(found) ? recorded.find(({ contype }) => contype === 'CONSTR_NOTNULL') : undefined
}

/** `CHECK (VALUE IS NOT NULL)` of a domain. */
function isNotNullCheck({ raw_expr: expression }: Tree): boolean {
  const test = isTree(expression) ? expression['NullTest'] : undefined
  if (!isTree(test) || test['nulltesttype'] !== 'IS_NOT_NULL') return false
  const column = isTree(test['arg']) ? test['arg']['ColumnRef'] : undefined
  return isTree(column) && treesEqual(column['fields'], [{ String: { sval: 'value' } }], true)
}

/** A constraint whether it is valid or not. */
function validated(constraint: Tree): Tree {
  const { skip_validation: _, initially_valid: __, is_enforced: ___, ...rest } = constraint
  return rest
}

/** A definition without some of its constraints; without the list, where there are no others. */
function without(tree: unknown, constraints: ReadonlySet<unknown>): unknown {
  if (Array.isArray(tree))
    return tree
      .filter((item) => !(isTree(item) && constraints.has(item['Constraint'])))
      .map((item) => without(item, constraints))
  if (!isTree(tree)) return tree
  const members = Object.entries(tree).map(([key, value]): [string, unknown] => [
    key,
    without(value, constraints),
  ])
  const kept = members.filter(([key, value]) => !(key === 'constraints' && isEmpty(value)))
  return Object.fromEntries(kept)
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}
