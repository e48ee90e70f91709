import { isDeepStrictEqual } from 'node:util'
import { canonical } from './canonical.ts'
import { parse } from './parser.ts'

/**
 * Whether two definitions say the same though their texts differ. Compared are the parse trees: a server prints some
 * definitions in another way once it has read its own text back, and lists without an order in any.
 *
 * Printed by servers or client programs of different versions, they may also differ by: where a column is written with
 * its table's name (required up to PostgreSQL 15 in views), `pg_catalog` before a type's name, ONLY in the ALTER
 * statements of a dump, and ALL for every privilege there is (a client of PostgreSQL 17 knows one more than a server of
 * 15 has, and lists them).
 * @param sameVersions whether both were printed by the same majors of server and client, where none of the latter counts
 */
export async function definitionsEqual(one: string, other: string, sameVersions = false): Promise<boolean> {
  try {
    const [left, right] = [canonical((await parse(one)).stmts), canonical((await parse(other)).stmts)]
    return treesEqual(left, right, sameVersions)
  } catch {
    // What cannot be parsed is compared as text, and that was different.
    return false
  }
}

/** The same of parse trees in their one form (`canonical`). */
export function treesEqual(left: unknown, right: unknown, sameVersions: boolean): boolean {
  return sameVersions ? isDeepStrictEqual(left, right) : isSame(left ?? [], right ?? [])
}

function isSame(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    const [one, other] = [withoutCatalog(left), withoutCatalog(right)]
    return one.length === other.length && one.every((item, index) => isSame(item, other[index]))
  }
  if (!isObject(left) || !isObject(right)) return left === right
  const keys = new Set([...Object.keys(left), ...Object.keys(right)])
  for (const key of keys) {
    const [one, other] = [left[key], right[key]]
    if (
      key === 'ColumnRef'
        ? isSameColumn(one, other)
        : key === 'AlterTableStmt'
          ? isSameAlter(one, other)
          : key === 'privileges'
            ? isSamePrivileges(one, other, left['objtype'])
            : isSame(one, other)
    )
      continue
    return false
  }
  return true
}

/** A column's name with its table's equals the name alone; two different tables' do not. */
function isSameColumn(left: unknown, right: unknown): boolean {
  const fields = (value: unknown): unknown[] =>
    isObject(value) && Array.isArray(value['fields']) ? value['fields'] : []
  const [one, other] = [fields(left), fields(right)]
  return one.length === 1 || other.length === 1 ? isSame(one.at(-1), other.at(-1)) : isSame(one, other)
}

function isSameAlter(left: unknown, right: unknown): boolean {
  const withoutOnly = (value: unknown): unknown => {
    if (!isObject(value) || !isObject(value['relation'])) return value
    const { inh: _, ...relation } = value['relation']
    return { ...value, relation }
  }
  return isSame(withoutOnly(left), withoutOnly(right))
}

const allPrivileges: Record<string, readonly string[]> = {
  OBJECT_TABLE: ['delete', 'insert', 'references', 'select', 'trigger', 'truncate', 'update'],
  OBJECT_SEQUENCE: ['select', 'update', 'usage'],
}

/** Lists of privileges in any order; none is ALL. MAINTAIN, new with PostgreSQL 17, is part of ALL where it exists. */
function isSamePrivileges(left: unknown, right: unknown, objectType: unknown): boolean {
  if (left !== undefined && right !== undefined)
    return isSame(sortedPrivileges(left), sortedPrivileges(right))
  const all = allPrivileges[String(objectType)] ?? []
  const listed = sortedPrivileges(left ?? right).filter(
    (privilege) => privilege !== '{"priv_name":"maintain"}',
  )
  return isSame(
    listed,
    all.map((name) => JSON.stringify({ priv_name: name })),
  )
}

/** Each with its columns, if it has any. */
function sortedPrivileges(list: unknown): string[] {
  if (!Array.isArray(list)) return []
  return list.map((item) => JSON.stringify(isObject(item) ? item['AccessPriv'] : item)).sort()
}

/** `pg_catalog.json` and `json`. */
function withoutCatalog(list: unknown[]): unknown[] {
  const [first, ...rest] = list
  const isCatalog = isObject(first) && isObject(first['String']) && first['String']['sval'] === 'pg_catalog'
  return isCatalog && rest.length > 0 ? rest : list
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
