import { expressionName, type Weakening } from '../restore/weakened.ts'
import { type Expression, expressionsOf, withoutExpressions } from '../sql/expressions.ts'

interface Definition {
  /** The dump's entry, as `nameOf` spells it. */
  name: string
  sql: string
}

/** Of a column that cannot be computed at the target. */
const nulls = /^GENERATED ALWAYS AS \(+NULL\b/

/** Of a table that inherits: that it has not the default of its parent, which is only said where that has one. */
const noDefault = /^DEFAULT NULL(?:::.*)?$/s

/** A check that was left out, and that the target's definition of its table or domain has not either. */
export interface LackingCheck {
  /** The dump's entry of one that is not valid. */
  name: string
  text: string
}

/**
 * Takes defaults, checks and computed columns that were left out of their tables and domains out of both sides: exactly those
 * that the target lacks.
 * @param sides whose definitions are replaced in place
 * @returns the checks among them
 */
export async function acceptWithoutExpressions<Each extends Definition>(
  weakened: readonly Weakening[],
  { left, right }: { left: Each[]; right: Each[] },
): Promise<LackingCheck[]> {
  const lacking: LackingCheck[] = []
  const within = weakened.filter(({ kind, within: owner }) => kind === 'left-out' && owner !== undefined)
  if (within.some(({ name }) => name.startsWith('DEFAULT ')))
    for (const side of [left, right]) await acceptNoDefaults(within, side)
  for (const [owner = '', parts] of Map.groupBy(within, (each) => each.within)) {
    const names = new Set(parts.map(({ name }) => name))
    const [recordedAt, foundAt] = [indexOf(left, owner), indexOf(right, owner)]
    const [recorded, found] = [left[recordedAt], right[foundAt]]
    if (recorded === undefined || found === undefined) continue
    const isMeant = (each: Expression) => names.has(expressionName(owner, each))
    const empty = (await expressionsOf(found.sql)).filter((each) => isMeant(each) && nulls.test(each.text))
    right[foundAt] = { ...found, sql: await withoutExpressions(found.sql, empty, '') }
    const there = new Set(
      (await expressionsOf(right[foundAt].sql)).map((each) => expressionName(owner, each)),
    )
    const gone = (await expressionsOf(recorded.sql)).filter(
      (each) => isMeant(each) && !there.has(expressionName(owner, each)),
    )
    lacking.push(
      ...gone.flatMap((each) =>
        each.kind === 'check' ? [{ name: expressionName(owner, each), text: each.text }] : [],
      ),
    )
    left[recordedAt] = { ...recorded, sql: await withoutExpressions(recorded.sql, gone, '') }
  }
  return lacking
}

/** What a child has not of its parent no dump says of one whose parent was restored without it. */
async function acceptNoDefaults<Each extends Definition>(
  within: readonly Weakening[],
  side: Each[],
): Promise<void> {
  for (const [at, definition] of side.entries()) {
    if (!/^INHERITS \(/m.test(definition.sql) || !definition.sql.includes('DEFAULT NULL')) continue
    const gone = (await expressionsOf(definition.sql)).filter(
      ({ text, column }) => noDefault.test(text) && within.some(({ name }) => name.endsWith(` ${column}`)),
    )
    side[at] = { ...definition, sql: await withoutExpressions(definition.sql, gone, '') }
  }
}

function indexOf(definitions: readonly Definition[], name: string): number {
  return definitions.findIndex((each) => each.name === name)
}
