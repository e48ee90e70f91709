import type { ExtensionFunction, Table } from '../facts/all.ts'
import { type ContentsEntry, nameOf } from '../rules/contents.ts'
import { isManagedSchema } from '../rules/platform.ts'
import { dependentsOf } from './left-out.ts'

/** What calls the functions of an extension in its text, which no dependency tells. */
export interface ExtensionCallers {
  extension: string
  /** Functions that call them, or call one that does. */
  functions: ContentsEntry[]
  /** What is made of those: tables, indexes, views, … */
  made: ContentsEntry[]
  /** Of these the tables with a column that PostgreSQL computes with such a function for each row it loads. */
  computed: ContentsEntry[]
}

interface Call {
  schema: string | undefined
  name: string
}

const routines = ['FUNCTION', 'PROCEDURE']

/**
 * Finds the functions that call those of extensions. A name that a function of the user's own has as well is its own, unless
 * it stands with the extension's schema.
 * @param counts whether a call with its schema, or without, is one that matters
 */
export function extensionCallers(
  extensions: ReadonlySet<string>,
  members: readonly ExtensionFunction[],
  entries: readonly ContentsEntry[],
  counts: (qualified: boolean) => boolean = () => true,
): ExtensionCallers[] {
  const wanted = Map.groupBy(
    members.filter(({ extension }) => extensions.has(extension)),
    ({ name }) => name,
  )
  if (wanted.size === 0) return []
  const functions = entries.filter(
    ({ desc, namespace }) => routines.includes(desc) && !isManagedSchema(namespace),
  )
  const own = new Set(functions.map(functionName))
  const calls = new Map(functions.map((entry) => [entry, callsIn(entry.defn)]))
  const callers = new Map<string, Set<ContentsEntry>>()
  for (const [entry, list] of calls)
    for (const { schema, name } of list)
      for (const member of wanted.get(name) ?? [])
        if (
          counts(schema !== undefined) &&
          (schema === undefined ? !own.has(name) : schema === member.schema)
        )
          callers.set(member.extension, (callers.get(member.extension) ?? new Set()).add(entry))
  return [...callers].map(([extension, direct]) => {
    const all = withCallers(direct, calls)
    const made = dependentsOf(all, entries).filter(({ desc }) => !routines.includes(desc))
    return { extension, functions: [...all], made, computed: made.filter((entry) => isComputed(entry, all)) }
  })
}

/**
 * The tables that cannot be made, or not be filled: PostgreSQL looks into functions of language SQL already when a column is
 * made that is computed with them, and calls the others for each row.
 */
export function impossibleOf(
  { functions, computed }: ExtensionCallers,
  tables: readonly Pick<Table, 'oid' | 'rows'>[],
): ContentsEntry[] {
  const filled = new Set(tables.filter(({ rows }) => rows > 0).map(({ oid }) => oid))
  const lookedInto = functions.some(({ defn }) => /\bLANGUAGE "?sql"?\b/i.test(defn))
  return computed.filter(({ catalog }) => lookedInto || filled.has(catalog.oid))
}

/** As findings name it. */
export function describeCallers({ extension, functions, made }: ExtensionCallers): string {
  const list = (entries: readonly ContentsEntry[]) => entries.map(nameOf).join(', ')
  const relations = made.filter(({ desc }) => !['ACL', 'COMMENT', 'TABLE DATA'].includes(desc))
  const with_ = relations.length === 0 ? '' : `; made with these: ${list(relations)}`
  return `${extension} (called by ${list(functions)}${with_})`
}

/** With the functions that call one of these, and so on. */
function withCallers(
  direct: ReadonlySet<ContentsEntry>,
  calls: ReadonlyMap<ContentsEntry, readonly Call[]>,
): ReadonlySet<ContentsEntry> {
  const all = new Set(direct)
  for (let before = -1; before < all.size; ) {
    before = all.size
    const names = new Set([...all].map(functionName))
    for (const [entry, list] of calls) if (list.some(({ name }) => names.has(name))) all.add(entry)
  }
  return all
}

function functionName({ tag }: ContentsEntry): string {
  return unquoted(tag.slice(0, tag.indexOf('(')))
}

const call =
  /(?:("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)\s*\.\s*)?("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)\s*\(/gu

/** Whatever in a text looks like a call. */
function callsIn(text: string): Call[] {
  return [...text.matchAll(call)].map(([, schema, name = '']) => ({
    schema: schema === undefined ? undefined : unquoted(schema),
    name: unquoted(name),
  }))
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase()
}

/** Whether a table has a column that is computed with one of these functions. */
function isComputed({ desc, defn }: ContentsEntry, functions: ReadonlySet<ContentsEntry>): boolean {
  if (desc !== 'TABLE') return false
  const names = new Set([...functions].map(functionName))
  return defn
    .split('\n')
    .filter((line) => line.includes(' GENERATED ALWAYS AS ('))
    .some((line) => callsIn(line).some(({ name }) => names.has(name)))
}
