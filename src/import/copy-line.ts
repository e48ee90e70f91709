import { type ArrayValue, writeArray } from '../export/array-text.ts'
import { type JsonMembers, readItems } from './json-members.ts'

/** A column that rows are loaded into. */
export interface LoadedColumn {
  name: string
  /** json or jsonb, whose values are taken as they stand. */
  isJson: boolean
  isArray: boolean
}

/**
 * One row as a line of COPY's text format. A column without a member is NULL.
 * @throws TypeError naming a column whose value does not fit
 */
export function writeCopyLine(members: JsonMembers, columns: readonly LoadedColumn[]): string {
  return columns.map((column) => escapeValue(columnText(members.get(column.name), column))).join('\t')
}

function columnText(json: string | undefined, { name, isJson, isArray }: LoadedColumn): string | null {
  if (json === undefined) return null
  if (isJson && !isArray) return json
  if (isArray && json.startsWith('[')) return writeArray(arrayItems(json))
  return scalarText(json, name)
}

/** Text without its quotes, numbers and booleans as they stand. */
function scalarText(json: string, name: string): string | null {
  if (json === 'null') return null
  if (json.startsWith('"')) return String(JSON.parse(json))
  if (json.startsWith('{') || json.startsWith('['))
    throw new TypeError(`The column ${name} takes no ${json.startsWith('[') ? 'list' : 'object'}.`)
  return json
}

function arrayItems(json: string): ArrayValue {
  return readItems(json).map((item) => {
    if (item.startsWith('[')) return arrayItems(item)
    return item.startsWith('{') ? item : scalarText(item, '')
  })
}

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function escapeValue(value: string | null): string {
  return value === null ? '\\N' : value.replace(/[\\\t\n\r]/g, (character) => escapes[character] ?? character)
}
