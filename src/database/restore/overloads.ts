import { z } from 'zod'
import type { PsqlSession } from '../connect/psql.ts'
import { entryOf, type StatementError } from '../connect/psql-errors.ts'
import type { Binding } from '../facts/all.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { quoteText } from '../sql/statements.ts'
import { functionsMeant, meantByIndexOf } from './meanings.ts'

/** SQLSTATE of a call that fits several functions. */
export const ambiguous = '42725'

/** SQL: the types of what a function `p` is called with, by which ALTER, GRANT and REVOKE know it as a ROUTINE of any kind. */
export const argumentTypes = `(SELECT pg_catalog.string_agg(pg_catalog.format_type(t, NULL), ', ' ORDER BY i)
    FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY u (t, i))`

/** A function with the types of its arguments, quoted: an entry's tag quotes no name, and its DROP names arguments too. */
function signatureOf({ tag, dropStmt }: ContentsEntry): string[] {
  const [, schema, quoted = ''] =
    /^DROP (?:FUNCTION|PROCEDURE) ("(?:[^"]|"")*")\.("(?:[^"]|"")*")\(/.exec(dropStmt) ?? []
  const name = quoted.slice(1, -1).replaceAll('""', '"')
  return schema !== undefined && tag.startsWith(`${name}(`)
    ? [`${schema}.${quoted}${tag.slice(name.length)}`]
    : []
}

const polymorphic = /\bany(?:element|array|nonarray|enum|range|multirange|compatible\w*)\b/

/**
 * Those of some entries that call a function of any type while another one has its name: where that was made later, and is
 * of the very type, it would be called instead without a word.
 */
export function callingPolymorphic(
  entries: readonly ContentsEntry[],
  all: readonly ContentsEntry[],
): ReadonlySet<ContentsEntry> {
  const named = all.flatMap((entry) =>
    signatureOf(entry).map((signature) => {
      const types = entry.tag.slice(entry.tag.lastIndexOf('('))
      return { entry, types, name: signature.slice(0, -types.length) }
    }),
  )
  const overloaded = [...Map.groupBy(named, ({ name }) => name).values()].filter(({ length }) => length > 1)
  const ids = new Set(
    overloaded.flatMap((list) =>
      list.filter(({ types }) => polymorphic.test(types)).map(({ entry }) => entry.dumpId),
    ),
  )
  return new Set(
    ids.size === 0 ? [] : entries.filter(({ dependencies }) => dependencies.some((id) => ids.has(id))),
  )
}

/**
 * SQL: of every function that has the name of one of `kept` and is none of these, the statements that give it another name
 * and its own again. What is stored means functions by their identity, so that a name for a while changes nothing else.
 * @param kept SQL of an array of their identities
 */
export function overloadsOf(kept: string): string {
  const aside = `'other_overload_' || p.oid`
  const rename = (from: string, to: string) =>
    `pg_catalog.format('ALTER ROUTINE %I.%I(%s) RENAME TO %I', n.nspname, ${from}, ${argumentTypes}, ${to})`
  return `SELECT ${rename('p.proname', aside)} AS away, ${rename(aside, 'p.proname')} AS back
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE p.oid <> ALL (${kept}) AND EXISTS (SELECT FROM pg_catalog.pg_proc meant
      WHERE meant.oid = ANY (${kept}) AND meant.pronamespace = p.pronamespace AND meant.proname = p.proname)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
      WHERE e.classid = 'pg_catalog.pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')`
}

const overloadRow = z.object({ away: z.string(), back: z.string() })

/** SQL: the functions that entries of the dump are made of, as an array of their identities. */
export function functionsOf(
  made: readonly ContentsEntry[],
  entries: readonly ContentsEntry[],
): string | undefined {
  const needed = new Set(made.flatMap(({ dependencies }) => dependencies))
  const meant = entries
    .filter(({ dumpId }) => needed.has(dumpId))
    .flatMap(signatureOf)
    .map((signature) => `pg_catalog.to_regprocedure(${quoteText(signature)})`)
  return meant.length === 0 ? undefined : `ARRAY[${meant.join(', ')}]::pg_catalog.oid[]`
}

/**
 * The entries that a list begins with and that may be made together while other functions of the names they call have other
 * names: none is made of one function of a name, and another one of another. An exclusion constraint does not say what it is made of.
 */
function meaningAlike(list: readonly ContentsEntry[], entries: readonly ContentsEntry[]): ContentsEntry[] {
  const functions = new Map(
    entries.flatMap((entry) =>
      signatureOf(entry).map((signature) => [entry.dumpId, signature.slice(0, signature.lastIndexOf('('))]),
    ),
  )
  const meant = new Map<string, number>()
  const isAlike = ({ desc, defn, dependencies }: ContentsEntry) => {
    if (desc === 'CONSTRAINT' && defn.includes(' EXCLUDE ')) return false
    return dependencies.every((id) => {
      const name = functions.get(id)
      if (name === undefined) return true
      if (!meant.has(name)) meant.set(name, id)
      return meant.get(name) === id
    })
  }
  const end = list.findIndex((entry) => !isAlike(entry))
  return list.slice(0, end === -1 ? list.length : end)
}

/**
 * Makes the entries that a list begins with, as many as mean the same functions by the same names, while the others have
 * other names: there may be hundreds.
 * @returns how many
 */
export async function restoredAlike(
  list: readonly ContentsEntry[],
  { session, entries, attempt }: Pick<OverloadOptions, 'session' | 'entries' | 'attempt'>,
): Promise<number> {
  const alike = meaningAlike(list, entries)
  if (alike.length < 2) return 0
  let made = 0
  await withoutOverloads(session, functionsOf(alike, entries), async () => {
    const failed = await attempt(alike)
    made = alike.length
    if (failed === undefined) return undefined
    const broken = entryOf(failed, alike)
    made = broken === undefined ? 0 : alike.indexOf(broken)
    if (made > 0 && (await attempt(alike.slice(0, made)))) made = 0
    return failed
  })
  return made
}

interface OverloadOptions {
  session: PsqlSession
  entries: readonly ContentsEntry[]
  bindings(): Promise<readonly Binding[]>
  attempt(entries: readonly ContentsEntry[]): Promise<StatementError | undefined>
}

/**
 * Restores what calls a function by a name and arguments that fit another one as well, which was made after it was stored:
 * the others have another name meanwhile.
 * @param attempt restores the entry; what fails leaves nothing behind
 * @returns false where that was not what it failed for, or does not help
 */
export async function restoredWithoutOverloads(
  entry: ContentsEntry,
  error: StatementError,
  options: OverloadOptions,
): Promise<boolean> {
  if (error.sqlState !== ambiguous) return false
  const { session, entries, attempt } = options
  const kept = functionsOf([entry], entries) ?? functionsOfIndex(entry, entries, await options.bindings())
  return withoutOverloads(session, kept, () => attempt([entry]))
}

/** Of an exclusion constraint the dump does not say them, of that of a partition the backup only by its table's. */
function functionsOfIndex(
  entry: ContentsEntry,
  entries: readonly ContentsEntry[],
  bindings: readonly Binding[],
): string | undefined {
  if (entry.desc !== 'CONSTRAINT') return undefined
  const own = functionsMeant(meantByIndexOf(entry, bindings), bindings)
  if (own !== undefined) return own
  const attached = entries.find(
    ({ desc, tag, dependencies }) =>
      desc === 'INDEX ATTACH' && dependencies.includes(entry.dumpId) && entry.tag.endsWith(` ${tag}`),
  )
  const parent = entries.find(
    (each) => attached?.dependencies.includes(each.dumpId) && each.desc === 'CONSTRAINT' && each !== entry,
  )
  return parent && functionsOfIndex(parent, entries, bindings)
}

/**
 * Makes an attempt while the other functions of the names of some have another name.
 * @param kept SQL of an array of the identities of those that are meant; undefined where nobody knows them
 * @returns whether that helped
 */
export async function withoutOverloads(
  session: PsqlSession,
  kept: string | undefined,
  attempt: () => Promise<StatementError | undefined>,
): Promise<boolean> {
  const others = kept === undefined ? [] : await session.rows(overloadsOf(kept), overloadRow)
  if (others.length === 0) return false
  if (await session.attempt(others.map(({ away }) => `${away};\n`))) return false
  const failed = await attempt()
  await session.run(others.map(({ back }) => `${back};\n`).join(''))
  return failed === undefined
}
