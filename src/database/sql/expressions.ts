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

/** An element of the list that a table is made of. */
interface Element {
  start: number
  end: number
  /** Where its parts stand that it can be without: of a constraint by itself its own beginning, of a column those of its constraints. */
  parts: number[]
  /** Whether nothing is left of it without these, as of a constraint, and of a column whose type says all else. */
  isAllParts: boolean
}

/**
 * A definition without some of its expressions.
 * @param computed what stands in place of one that a column is computed by
 */
export async function withoutExpressions(
  definition: string,
  expressions: readonly Expression[],
  computed = 'GENERATED ALWAYS AS (NULL) STORED',
): Promise<string> {
  if (expressions.length === 0) return definition
  const { elements, typed } = await elementsOf(definition)
  const starts = new Set(expressions.map(({ start }) => start))
  const gone = elements.filter(
    ({ parts, isAllParts }) => isAllParts && parts.length > 0 && parts.every((part) => starts.has(part)),
  )
  const isWithin = (at: number) => gone.some(({ start, end }) => start <= at && at < end)
  const cuts = expressions.flatMap(({ kind, start, end, notNull }) => {
    if (isWithin(start)) return []
    if (kind === 'generated')
      return [{ start, end, text: computed }, ...(notNull ? [{ ...notNull, text: '' }] : [])]
    return [{ start, end, text: '' }]
  })
  cuts.push(...elementCuts(definition, elements, gone, typed))
  let rest = definition
  for (const { start, end, text } of cuts.toSorted((one, other) => other.start - one.start))
    rest = `${rest.slice(0, start)}${text}${rest.slice(end)}`
  return rest
}

/** What a `CREATE TABLE` lists, and whether a composite type says the columns (`OF type`); of anything else nothing. */
async function elementsOf(definition: string): Promise<{ elements: Element[]; typed: boolean }> {
  const node = (await parse(definition)).stmts?.[0]?.stmt
  if (node === undefined || !('CreateStmt' in node)) return { elements: [], typed: false }
  const { tableElts, ofTypename } = node.CreateStmt
  const typed = ofTypename !== undefined
  const bytes = Buffer.from(definition)
  const place: Place = (at = 0) => bytes.toString('utf8', 0, at).length
  const elementAt = (location: number | undefined, parts: number[], isAllParts: boolean): Element => {
    const start = place(location)
    const end = endOfElement(definition, start)
    return { start, end: start + definition.slice(start, end).trimEnd().length, parts, isAllParts }
  }
  const elements = (tableElts ?? []).flatMap((element) => {
    if ('Constraint' in element) {
      const { location } = element.Constraint
      return [elementAt(location, [place(location)], true)]
    }
    if (!('ColumnDef' in element)) return []
    const { location, constraints } = element.ColumnDef
    const parts = (constraints ?? []).flatMap((part) =>
      'Constraint' in part ? [place(part.Constraint.location)] : [],
    )
    return [elementAt(location, parts, typed)]
  })
  return { elements, typed }
}

/** Takes elements with their commas out of a list, and the list with them where it may be no empty one. */
function elementCuts(
  definition: string,
  elements: readonly Element[],
  gone: readonly Element[],
  typed: boolean,
): { start: number; end: number; text: string }[] {
  const [first, last] = [elements[0], elements.at(-1)]
  if (first === undefined || last === undefined || gone.length === 0) return []
  if (gone.length === elements.length)
    return typed
      ? [
          {
            start: definition.lastIndexOf('(', first.start),
            end: definition.indexOf(')', last.end) + 1,
            text: '',
          },
        ]
      : [{ start: first.start, end: last.end, text: '' }]
  const firstKept = elements.findIndex((element) => !gone.includes(element))
  return elements.flatMap((element, at) => {
    if (!gone.includes(element)) return []
    return at < firstKept
      ? [{ start: element.start, end: elements[at + 1]?.start ?? element.end, text: '' }]
      : [{ start: elements[at - 1]?.end ?? element.start, end: element.end, text: '' }]
  })
}
