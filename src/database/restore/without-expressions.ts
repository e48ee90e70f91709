import type { PsqlSession } from '../connect/psql.ts'
import type { StatementError } from '../connect/psql-errors.ts'
import { type ContentsEntry, nameOf } from '../rules/contents.ts'
import { type Expression, expressionsOf, withoutExpressions } from '../sql/expressions.ts'
import { quoteName, quoteText } from '../sql/statements.ts'
import { heirsOf, inheritedCheck } from './inherited-expressions.ts'
import { type Bindings, functionsMeant, type Meant } from './meanings.ts'
import { ambiguous, functionsOf, withoutOverloads } from './overloads.ts'
import type { Target } from './target.ts'
import { expressionName, type Weakening } from './weakened.ts'

interface WithoutOptions {
  session: PsqlSession
  /** The search_path of definitions, as a statement. */
  path: string
  entries: readonly ContentsEntry[]
  weakened: Weakening[]
  bindings: Bindings
  /** Extensions that the backup has and the target lacks. */
  lacking: readonly string[]
  target: Pick<Target, 'server'>
  attempt(entries: readonly ContentsEntry[]): Promise<StatementError | undefined>
}

/** An expression that could not be made, and why. */
interface Lost {
  expression: Expression
  reason: string
}

/**
 * Makes a table or a domain that cannot be made as it is without its defaults and checks, and then each of these by itself:
 * one that the target has no function for, say, is left out and named, and no row is lost for it. What one of them calls is
 * looked up while functions that its call fits as well have other names. A column that cannot be computed holds nulls, but
 * where an extension may be what it takes: its values come back once that is there.
 * @returns false where that does not help, and nothing was made
 */
export async function restoredWithoutExpressions(
  entry: ContentsEntry,
  options: WithoutOptions,
): Promise<boolean> {
  if (entry.desc !== 'TABLE' && entry.desc !== 'DOMAIN') return false
  const all = await expressionsOf(entry.defn)
  const lost = all.length === 0 ? undefined : await makeBare(entry, all, options)
  if (lost === undefined) return false
  for (const expression of all.filter(({ kind }) => kind !== 'generated')) {
    const failed = await add(entry, expression, options)
    if (failed) lost.push({ expression, reason: failed.serverMessage })
  }
  for (const each of lost) options.weakened.push(...(await weakeningsOf(entry, each, options)))
  return true
}

/** Makes it without defaults and checks, and with the columns that can be computed. @returns the others; undefined where it cannot be made */
async function makeBare(
  entry: ContentsEntry,
  all: readonly Expression[],
  options: WithoutOptions,
): Promise<Lost[] | undefined> {
  const added = all.filter(({ kind }) => kind !== 'generated')
  const computed = all.filter(({ kind }) => kind === 'generated')
  const make = async (without: readonly Expression[]) => {
    const defn = await withoutExpressions(entry.defn, [...added, ...without])
    const attempt = () => options.attempt([{ ...entry, defn, written: entry.written ?? entry.defn }])
    const failed = await attempt()
    if (failed?.sqlState !== ambiguous) return failed
    const kept = await meantBy(
      entry,
      computed.filter((each) => !without.includes(each)),
      options,
    )
    return (await withoutOverloads(options.session, kept, attempt)) ? undefined : failed
  }
  if ((await make([])) === undefined) return []
  if (options.lacking.length > 0) return undefined
  const lost: Lost[] = []
  const kept: Expression[] = []
  for (const expression of computed) {
    const without = computed.filter((each) => each !== expression && !kept.includes(each))
    const failed = await make(without)
    if (failed) lost.push({ expression, reason: failed.serverMessage })
    else {
      kept.push(expression)
      await options.session.run(`${entry.dropStmt}\n`)
    }
  }
  const failed = await make(lost.map(({ expression }) => expression))
  return failed ? undefined : lost
}

/** @returns why it cannot be made */
async function add(
  entry: ContentsEntry,
  expression: Expression,
  options: WithoutOptions,
): Promise<StatementError | undefined> {
  const { session, path } = options
  const attempt = () =>
    session.attempt([`${path}\n${additionOf(entry, expression)};\nSET search_path = pg_catalog;\n`])
  const kept = await meantBy(entry, [expression], options)
  return (await withoutOverloads(session, kept, attempt)) ? undefined : attempt()
}

/** SQL: the functions that some expressions of an entry mean. */
async function meantBy(
  entry: ContentsEntry,
  expressions: readonly Expression[],
  { entries, bindings }: WithoutOptions,
): Promise<string | undefined> {
  const recorded = await bindings()
  const own = functionsMeant(
    expressions.map((each) => boundAs(entry, each)),
    recorded,
  )
  if (own !== undefined) return own
  // A check that a partition has of its table is recorded there alone.
  const namesakes = recorded.filter(({ kind, relation, name }) =>
    expressions.some(
      (each) => each.kind === 'check' && kind === 'CHECK CONSTRAINT' && name === `${relation} ${each.name}`,
    ),
  )
  return functionsMeant(namesakes, recorded) ?? functionsOf([entry], entries)
}

/** What the backup recorded an expression's functions under. */
function boundAs({ desc, namespace: schema, tag }: ContentsEntry, { kind, column, name }: Expression): Meant {
  if (desc === 'DOMAIN') return { kind: 'DOMAIN', schema, name: name === undefined ? tag : `${tag} ${name}` }
  return kind === 'check'
    ? { kind: 'CHECK CONSTRAINT', schema, name: `${tag} ${name}` }
    : { kind: 'DEFAULT', schema, name: `${tag} ${column}` }
}

/** The statement that gives it to the table or domain. */
function additionOf({ desc, namespace, tag }: ContentsEntry, { kind, column, text }: Expression): string {
  const subject = `ALTER ${desc} ${quoteName(namespace, tag)}`
  if (kind === 'check') return `${subject} ADD ${text}`
  return column === undefined
    ? `${subject} SET ${text}`
    : `ALTER TABLE ONLY ${quoteName(namespace, tag)} ALTER COLUMN ${quoteName(column)} SET ${text}`
}

/** The first release that gives a column another expression to be computed by. */
const setsExpressionsSince = 170_000

/** What names it, and what its loss means for tables that inherit it. */
async function weakeningsOf(
  entry: ContentsEntry,
  { expression, reason }: Lost,
  { entries, target }: WithoutOptions,
): Promise<Weakening[]> {
  const within = nameOf(entry)
  const name = expressionName(within, expression)
  if (expression.kind !== 'generated') {
    // A partition has its table's check with it, and takes no other of its name.
    const root = await inheritedCheck(entry, expression, entries)
    const own: Weakening = { kind: 'left-out', name, reason, within }
    if (root !== undefined) return [{ ...own, inheritedFrom: root }]
    return [{ ...own, sql: remedyOf(entry, expression) }]
  }
  const lasting =
    target.server.version >= setsExpressionsSince
      ? ''
      : '; before PostgreSQL 17 no statement gives a column its expression back: make at the target what it calls, and restore again'
  const of = (table: ContentsEntry): Weakening => ({
    ...{ kind: 'left-out', within: nameOf(table), name: expressionName(nameOf(table), expression) },
    reason: `${reason}${lasting}`,
    ...(lasting === '' && { sql: expressionOf(table, expression) }),
  })
  const heirs = await heirsOf(entry, expression, entries)
  return [of(entry), ...heirs.map((heir) => ({ ...of(heir), inheritedFrom: name }))]
}

/** Has the server compute a column again, of all rows. */
function expressionOf({ namespace, tag }: ContentsEntry, { column = '', text, notNull }: Expression): string {
  const alter = `ALTER COLUMN ${quoteName(column)}`
  const expression = text
    .replace(/^GENERATED ALWAYS AS/, '')
    .replace(/STORED$/, '')
    .trim()
  const required = notNull === undefined ? '' : `, ${alter} SET NOT NULL`
  return `ALTER TABLE ONLY ${quoteName(namespace, tag)} ${alter} SET EXPRESSION AS ${expression}${required}`
}

/** A domain's check cannot be validated where an array or a composite type of it is a column's. */
function remedyOf(entry: ContentsEntry, expression: Expression): string {
  const addition = additionOf(entry, expression)
  if (entry.desc !== 'DOMAIN' || expression.kind !== 'check') return addition
  const body = `BEGIN ${addition}; EXCEPTION WHEN feature_not_supported THEN ${addition} NOT VALID; END`
  return `DO ${quoteText(body)}`
}
