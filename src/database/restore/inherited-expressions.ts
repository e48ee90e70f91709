import type { ContentsEntry } from '../rules/contents.ts'
import { nameOf } from '../rules/contents.ts'
import { type Expression, expressionsOf } from '../sql/expressions.ts'
import { parse } from '../sql/parser.ts'
import { expressionName } from './weakened.ts'

/** Tables that have a computed column from one, with its expression, which their own definitions do not say. */
export async function heirsOf(
  entry: ContentsEntry,
  { column }: Expression,
  entries: readonly ContentsEntry[],
): Promise<ContentsEntry[]> {
  const heirs = new Set<ContentsEntry>()
  const queue = [entry]
  for (let parent = queue.pop(); parent !== undefined; parent = queue.pop())
    for (const child of entries) {
      if (child.desc !== 'TABLE' || !child.dependencies.includes(parent.dumpId) || heirs.has(child)) continue
      if (!(await inheritsFrom(child, parent))) continue
      const own = await expressionsOf(child.defn)
      if (own.some((each) => each.kind === 'generated' && each.column === column)) continue
      heirs.add(child)
      queue.push(child)
    }
  return entries.filter((each) => heirs.has(each))
}

async function inheritsFrom({ defn }: ContentsEntry, { namespace, tag }: ContentsEntry): Promise<boolean> {
  const node = (await parse(defn).catch(() => undefined))?.stmts?.[0]?.stmt
  if (node === undefined || !('CreateStmt' in node)) return false
  return (node.CreateStmt.inhRelations ?? []).some(
    (each) => 'RangeVar' in each && each.RangeVar.schemaname === namespace && each.RangeVar.relname === tag,
  )
}

/** What the check is named of the table that a partition has it from, if it has. */
export async function inheritedCheck(
  { dumpId, desc, namespace, tag }: ContentsEntry,
  { kind, name }: Expression,
  entries: readonly ContentsEntry[],
): Promise<string | undefined> {
  if (kind !== 'check' || desc !== 'TABLE') return undefined
  const attached = entries.find(
    (each) => each.desc === 'TABLE ATTACH' && each.namespace === namespace && each.tag === tag,
  )
  const root = entries.find(
    (each) => each.desc === 'TABLE' && each.dumpId !== dumpId && attached?.dependencies.includes(each.dumpId),
  )
  if (root === undefined) return undefined
  const same = (await expressionsOf(root.defn)).find((each) => each.kind === 'check' && each.name === name)
  return same && expressionName(nameOf(root), same)
}
