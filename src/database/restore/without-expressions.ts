import type { PsqlSession } from '../connect/psql.ts'
import type { StatementError } from '../connect/psql-errors.ts'
import { type ContentsEntry, nameOf } from '../rules/contents.ts'
import { type Expression, expressionsOf, withoutExpressions } from '../sql/expressions.ts'
import { quoteName } from '../sql/statements.ts'
import { type Bindings, functionsMeant, type Meant } from './meanings.ts'
import { ambiguous, functionsOf, withoutOverloads } from './overloads.ts'
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
  options.weakened.push(...lost.map((each) => weakeningOf(entry, each)))
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
    const defn = withoutExpressions(entry.defn, [...added, ...without])
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
  return functionsMeant(namesakes, recorded) ?? functionsOf(entry, entries)
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

function weakeningOf(entry: ContentsEntry, { expression, reason }: Lost): Weakening {
  const within = nameOf(entry)
  return {
    ...{ kind: 'left-out', name: expressionName(within, expression), reason, within },
    ...(expression.kind !== 'generated' && { sql: additionOf(entry, expression) }),
  }
}
