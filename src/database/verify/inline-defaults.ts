import type { Weakening } from '../restore/weakened.ts'
import { canonical } from '../sql/canonical.ts'
import { treesEqual } from '../sql/definitions-equal.ts'
import { parse } from '../sql/parser.ts'

type Tree = Record<string, unknown>

interface Definition {
  /** The dump's entry, as `nameOf` spells it. */
  name: string
  sql: string
}

/** A default that the backup has as an entry of its own. */
interface OwnDefault {
  entry: string
  table: string
  column: string
  expression: unknown
}

/**
 * Accepts defaults that stand within their table at the target and beside it in the backup, as those of a sequence do that a column
 * owns: where --leave-out named that (`SEQUENCE OWNED BY`), and everything else of the table is the same.
 * @param sides whose definitions are replaced in place
 */
export async function acceptInlineDefaults<Each extends Definition>(
  weakened: readonly Weakening[],
  { left, right, sameVersions }: { left: Each[]; right: Each[]; sameVersions: boolean },
): Promise<void> {
  if (!weakened.some(({ kind, name }) => kind === 'left-out' && name.startsWith('SEQUENCE OWNED BY '))) return
  const there = new Set(right.map(({ name }) => name))
  const beside: OwnDefault[] = []
  for (const { name, sql } of left)
    if (name.startsWith('DEFAULT ') && !there.has(name)) beside.push(...ownDefault(name, await treeOf(sql)))
  for (const [table, defaults] of Map.groupBy(beside, (each) => each.table)) {
    const recorded = left.find(({ name }) => name === table)
    const at = right.findIndex(({ name }) => name === table)
    const found = right[at]
    if (recorded === undefined || found === undefined) continue
    const whole = withDefaults(await treeOf(recorded.sql), defaults)
    if (!treesEqual(whole, await treeOf(found.sql), sameVersions)) continue
    right[at] = { ...found, sql: recorded.sql }
    for (const { entry } of defaults)
      left.splice(
        left.findIndex(({ name }) => name === entry),
        1,
      )
  }
}

async function treeOf(sql: string): Promise<unknown> {
  return canonical((await parse(sql)).stmts)
}

/** `ALTER TABLE … ALTER COLUMN … SET DEFAULT …` */
function ownDefault(entry: string, tree: unknown): OwnDefault[] {
  const { relation } = nodesIn(tree, 'AlterTableStmt')[0] ?? {}
  const { name: column, def: expression, subtype } = nodesIn(tree, 'AlterTableCmd')[0] ?? {}
  if (!isTree(relation) || typeof column !== 'string' || subtype !== 'AT_ColumnDefault') return []
  return [{ entry, table: `TABLE ${relation['schemaname']} ${relation['relname']}`, column, expression }]
}

/** A table's definition with defaults in the columns they are of, before anything else that is said of these. */
function withDefaults(tree: unknown, defaults: readonly OwnDefault[]): unknown {
  if (Array.isArray(tree)) return tree.map((item) => withDefaults(item, defaults))
  if (!isTree(tree)) return tree
  const members = Object.entries(tree).map(([key, value]): [string, unknown] => [
    key,
    withDefaults(value, defaults),
  ])
  const copy: Tree = Object.fromEntries(members)
  const own = defaults.find(({ column }) => column === copy['colname'])
  if (own === undefined) return copy
  const { constraints } = copy
  const given = { Constraint: { contype: 'CONSTR_DEFAULT', raw_expr: own.expression } }
  return { ...copy, constraints: [given, ...(Array.isArray(constraints) ? constraints : [])] }
}

/** What a parse tree holds under a name, from the outside in. */
function nodesIn(tree: unknown, name: string): Tree[] {
  if (Array.isArray(tree)) return tree.flatMap((item) => nodesIn(item, name))
  if (!isTree(tree)) return []
  const own = tree[name]
  return [...(isTree(own) ? [own] : []), ...Object.values(tree).flatMap((item) => nodesIn(item, name))]
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
