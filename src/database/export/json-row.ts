import { type ArrayValue, readArray } from './array-text.ts'
import type { ColumnType, JsonKind } from './column-types.ts'

export interface Column {
  name: string
  /** Undefined where the dump does not tell it: the values are text then. */
  type: ColumnType | undefined
}

/**
 * Makes the function that writes a table's rows as JSON objects, a line each, losing nothing: integers and floats as
 * numbers, bigint and numeric as text (a reader would round them), JSON as it is, arrays as lists, all else as PostgreSQL
 * prints it. A NULL is null; in a JSON column, where null is a value, it has no key.
 */
export function createRowWriter(columns: readonly Column[]): (values: readonly (string | null)[]) => string {
  const prepared = columns.map(({ name, type }) => ({
    prefix: `${JSON.stringify(name)}:`,
    kind: type?.kind ?? ('text' as const),
    isArray: type?.isArray ?? false,
  }))
  return (values) => {
    const members: string[] = []
    for (const [index, { prefix, kind, isArray }] of prepared.entries()) {
      const value = values[index] ?? null
      if (value !== null)
        members.push(`${prefix}${isArray ? writeList(value, kind) : writeValue(value, kind)}`)
      else if (kind !== 'json' || isArray) members.push(`${prefix}null`)
    }
    return `{${members.join(',')}}`
  }
}

function writeValue(value: string, kind: JsonKind): string {
  switch (kind) {
    case 'boolean':
      return value === 't' ? 'true' : 'false'
    case 'number':
      // NaN and the infinities are no JSON numbers.
      return /^[-0-9]/.test(value) && !value.endsWith('y') ? value : JSON.stringify(value)
    case 'json':
      // Line breaks in a JSON text stand between its tokens only.
      return value.replace(/[\r\n]/g, ' ')
    case 'text':
      return JSON.stringify(value)
  }
}

function writeList(value: string, kind: JsonKind): string {
  const items = readArray(value)
  return items === undefined ? JSON.stringify(value) : writeItems(items, kind)
}

function writeItems(items: ArrayValue, kind: JsonKind): string {
  // The elements of a json[] stay text: among them null would be two things.
  const elementKind = kind === 'json' ? 'text' : kind
  const write = (item: ArrayValue[number]) => {
    if (item === null) return 'null'
    return typeof item === 'string' ? writeValue(item, elementKind) : writeItems(item, kind)
  }
  return `[${items.map(write).join(',')}]`
}
