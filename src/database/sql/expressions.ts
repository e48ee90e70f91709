import type { ColumnDef, Constraint, Node } from 'libpg-query'
import { endOfToken } from './outside-quotes.ts'
import { parse } from './parser.ts'

/** An expression that the definition of a table or domain holds, and that it can be without. */
export interface Expression {
  kind: 'default' | 'generated' | 'check'
  /** Of a table: the column that it computes; undefined of a domain's default, and of a check. */
  column: string | undefined
  /** Of a check. */
  name: string | undefined
  /** `DEFAULT now()`, `CONSTRAINT positive CHECK ((n > 0))`, … */
  text: string
  /** Where it stands in the definition. */
  start: number
  end: number
  /** Of a column that PostgreSQL computes: where its NOT NULL stands, if it has one. */
  notNull: { start: number; end: number } | undefined
}

/** Where something begins, by the parser, which counts bytes. */
type Place = (bytes: number | undefined) => number

/**
 * The defaults, checks and computed columns of the `CREATE TABLE` or `CREATE DOMAIN` that a definition begins with; those of
 * identity columns, and other constraints, are none.
 * @returns nothing of what this parser cannot read
 */
export async function expressionsOf(definition: string): Promise<Expression[]> {
  const parsed = await parse(definition).catch(() => undefined)
  const node = parsed?.stmts?.[0]?.stmt
  if (node === undefined) return []
  const bytes = Buffer.from(definition)
  const place: Place = (at = 0) => bytes.toString('utf8', 0, at).length
  if ('CreateDomainStmt' in node)
    return constraintsOf(node.CreateDomainStmt.constraints, { definition, place, column: undefined })
  if (!('CreateStmt' in node)) return []
  return (node.CreateStmt.tableElts ?? []).flatMap((element) => {
    if ('ColumnDef' in element) return ofColumn(element.ColumnDef, definition, place)
    return constraintsOf([element], { definition, place, column: undefined })
  })
}

function ofColumn(
  { colname, constraints, collClause }: ColumnDef,
  definition: string,
  place: Place,
): Expression[] {
  return constraintsOf(constraints, { definition, place, column: colname, collation: collClause?.location })
}

const kindOf: Partial<Record<NonNullable<Constraint['contype']>, Expression['kind']>> = {
  CONSTR_DEFAULT: 'default',
  CONSTR_GENERATED: 'generated',
  CONSTR_CHECK: 'check',
}

interface Surroundings {
  definition: string
  place: Place
  column: string | undefined
  /** Where a column's COLLATE stands, which pg_dump writes behind its constraints, though it is none. */
  collation?: number | undefined
}

/** Of one column, of one domain, or a constraint of a table by itself: each ends where the next one, or a COLLATE, begins. */
function constraintsOf(
  nodes: readonly Node[] | undefined,
  { definition, place, column, collation }: Surroundings,
): Expression[] {
  const all = (nodes ?? []).flatMap((node) => ('Constraint' in node ? [node.Constraint] : []))
  const starts = all.map(({ location }) => place(location))
  const begins = collation === undefined ? starts : [...starts, place(collation)]
  const rangeOf = (at: number) => {
    const start = starts[at] ?? 0
    const behind = begins.filter((other) => other > start)
    const end = behind.length > 0 ? Math.min(...behind) : endOfElement(definition, start)
    return { start, end: start + definition.slice(start, end).trimEnd().length }
  }
  const notNullAt = all.findIndex(({ contype }) => contype === 'CONSTR_NOTNULL')
  return all.flatMap(({ contype, conname }, at) => {
    const kind = contype && kindOf[contype]
    if (kind === undefined) return []
    const { start, end } = rangeOf(at)
    const notNull = kind === 'generated' && notNullAt !== -1 ? rangeOf(notNullAt) : undefined
    return [{ kind, column, name: conname, text: definition.slice(start, end), start, end, notNull }]
  })
}

/** Where an element of a list ends: before the next comma, the list's parenthesis, or the statement's end. */
function endOfElement(sql: string, start: number): number {
  let depth = 0
  for (let at = start; at < sql.length; ) {
    const character = sql[at] ?? ''
    if (depth === 0 && [',', ')', ';'].includes(character)) return at
    if (character === '(' || character === '[') depth += 1
    if (character === ')' || character === ']') depth -= 1
    const next = endOfToken(sql, at)
    if (next === -1) return sql.length
    at = next
  }
  return sql.length
}

/**
 * A definition without some of its expressions.
 * @param computed what stands in place of one that a column is computed by
 */
export function withoutExpressions(
  definition: string,
  expressions: readonly Expression[],
  computed = 'GENERATED ALWAYS AS (NULL) STORED',
): string {
  const cuts = expressions.flatMap(({ kind, column, start, end, notNull }) => {
    if (kind === 'generated')
      return [{ start, end, text: computed }, ...(notNull ? [{ ...notNull, text: '' }] : [])]
    return [{ ...(column === undefined ? withComma(definition, start, end) : { start, end }), text: '' }]
  })
  let rest = definition
  for (const { start, end, text } of cuts.toSorted((one, other) => other.start - one.start))
    rest = `${rest.slice(0, start)}${text}${rest.slice(end)}`
  return rest
}

/** An element of a table's list with the comma before it, or behind it where it is the first; of a domain there is none. */
function withComma(sql: string, start: number, end: number): { start: number; end: number } {
  const before = /,\s*$/.exec(sql.slice(0, start))
  if (before) return { start: before.index, end }
  const behind = /^\s*,/.exec(sql.slice(end))
  return { start, end: end + (behind?.[0].length ?? 0) }
}
