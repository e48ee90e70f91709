import type { ColumnDef, Node, TypeName } from 'libpg-query'
import type { Contents, ContentsEntry } from '../rules/contents.ts'
import { parseStatements, strings } from '../sql/statements.ts'

const phase = 'export/types'

/** How a value looks in JSON. Numbers that a reader may round (bigint, numeric) are text. */
export type JsonKind = 'boolean' | 'number' | 'json' | 'text'

/** A column's type, as far as its values' form depends on it. */
export interface ColumnType {
  /** As people call it, e.g. `int4`, `text[]`, `public.mood`. */
  name: string
  /** Of the value, or of an array's elements. */
  kind: JsonKind
  isArray: boolean
}

const kinds: Record<string, JsonKind> = {
  ...{ bool: 'boolean', json: 'json', jsonb: 'json' },
  ...{ int2: 'number', int4: 'number', oid: 'number', float4: 'number', float8: 'number' },
}

/** Whose arrays separate their elements by something else than commas: semicolons, and PostGIS's by colons. They stay text. */
const otherDelimiters = new Set(['box', 'geometry', 'geography'])

/** Looks up columns' types in a dump's definitions; no database is asked. */
export interface ColumnTypes {
  /** The type of each column of a table; one that the definitions do not tell is missing and passes for text. */
  of(schema: string, table: string): Promise<ReadonlyMap<string, ColumnType>>
}

export function readColumnTypes({ entries }: Contents): ColumnTypes {
  const tables = byName(entries, ['TABLE', 'FOREIGN TABLE'])
  const types = byName(entries, ['TYPE', 'DOMAIN'])

  const resolve = async (type: TypeName): Promise<ColumnType> => {
    const path = strings(type.names)
    const isArray = (type.arrayBounds ?? []).length > 0
    const builtIn = builtInName(path)
    if (builtIn !== undefined) return builtInType(builtIn, isArray)
    const name = `${path.join('.')}${isArray ? '[]' : ''}`
    const entry = types.get(key(path.at(-2) ?? '', path.at(-1) ?? ''))
    // An extension's: its definition is not in the dump.
    if (entry === undefined && otherDelimiters.has(path.at(-1) ?? ''))
      return { name, kind: 'text', isArray: false }
    const base = entry?.desc === 'DOMAIN' ? await domainBase(entry) : undefined
    if (base === undefined) return { name, kind: 'text', isArray }
    const { kind, isArray: isBaseArray } = await resolve(base)
    // The elements of an array of arrays (through a domain) are printed as text of their own.
    return isArray
      ? { name, kind: isBaseArray ? 'text' : kind, isArray }
      : { name, kind, isArray: isBaseArray }
  }

  const columnsOf = async (schema: string, table: string): Promise<ColumnDef[]> => {
    const entry = tables.get(key(schema, table))
    if (entry === undefined) return []
    const [statement] = await parseStatements(entry.defn, phase)
    const create = createOf(statement?.node)
    const own = columnDefinitions(create?.tableElts)
    const parents = (create?.inhRelations ?? []).flatMap((node) =>
      'RangeVar' in node ? [node.RangeVar] : [],
    )
    const inherited: ColumnDef[] = []
    for (const { schemaname = '', relname = '' } of parents)
      inherited.push(...(await columnsOf(schemaname, relname)))
    return [...(await compositeColumns(create?.ofTypename)), ...inherited, ...own]
  }

  const compositeColumns = async (type: TypeName | undefined): Promise<ColumnDef[]> => {
    const path = strings(type?.names)
    const entry = types.get(key(path.at(-2) ?? '', path.at(-1) ?? ''))
    if (entry === undefined) return []
    const [statement] = await parseStatements(entry.defn, phase)
    return statement && 'CompositeTypeStmt' in statement.node
      ? columnDefinitions(statement.node.CompositeTypeStmt.coldeflist)
      : []
  }

  return {
    async of(schema, table) {
      const result = new Map<string, ColumnType>()
      for (const { colname, typeName } of await columnsOf(schema, table))
        if (colname !== undefined && typeName !== undefined) result.set(colname, await resolve(typeName))
      return result
    },
  }
}

function byName(
  entries: readonly ContentsEntry[],
  kinds: readonly string[],
): ReadonlyMap<string, ContentsEntry> {
  const wanted = entries.filter(({ desc }) => kinds.includes(desc))
  return new Map(wanted.map((entry) => [key(entry.namespace, entry.tag), entry]))
}

function builtInType(name: string, isArray: boolean): ColumnType {
  return {
    name: `${name}${isArray ? '[]' : ''}`,
    kind: kinds[name] ?? 'text',
    isArray: isArray && !otherDelimiters.has(name),
  }
}

function key(schema: string, name: string): string {
  return JSON.stringify([schema, name])
}

/** `integer` and `uuid` are printed without a schema, `pg_catalog` may stand before them, and nothing else. */
function builtInName(path: readonly string[]): string | undefined {
  if (path.length === 1) return path[0]
  return path.length === 2 && path[0] === 'pg_catalog' ? path[1] : undefined
}

function createOf(node: Node | undefined) {
  if (node === undefined) return undefined
  if ('CreateStmt' in node) return node.CreateStmt
  return 'CreateForeignTableStmt' in node ? node.CreateForeignTableStmt.base : undefined
}

function columnDefinitions(nodes: readonly Node[] | undefined): ColumnDef[] {
  return (nodes ?? []).flatMap((node) => ('ColumnDef' in node ? [node.ColumnDef] : []))
}

async function domainBase(entry: ContentsEntry): Promise<TypeName | undefined> {
  const [statement] = await parseStatements(entry.defn, phase)
  return statement && 'CreateDomainStmt' in statement.node
    ? statement.node.CreateDomainStmt.typeName
    : undefined
}
