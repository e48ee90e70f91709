import { type ArrayValue, writeArray } from '../export/array-text.ts'
import { type JsonMembers, readItems } from './json-members.ts'

/** A column that rows are loaded into. */
export interface LoadedColumn {
  name: string
  /** json or jsonb, whose values are taken as they stand. */
  isJson: boolean
  isArray: boolean
  /** Between the elements of an array. */
  delimiter: string | null
  /** NULL is not what a row gets that says nothing of it: it has a default, or may not be NULL. */
  wantsValue: boolean
}

/**
 * One row as a line of COPY's text format. A column without a member is NULL, in a JSON column always, as an export leaves
 * the member out there; in others where that is what it would get anyway.
 * @throws TypeError naming a column whose value does not fit or is missing
 */
export function writeCopyLine(members: JsonMembers, columns: readonly LoadedColumn[]): string {
  return columns.map((column) => escapeValue(columnText(members.get(column.name), column))).join('\t')
}

function columnText(json: string | undefined, column: LoadedColumn): string | null {
  const { name, isJson, isArray, wantsValue } = column
  if (json === undefined) {
    if (wantsValue && (!isJson || isArray))
      throw new TypeError(
        `It does not name the column ${name}, which other lines do: say null, or its value, in every line.`,
      )
    return null
  }
  if (isJson && !isArray) return json
  if (isArray && json.startsWith('[')) return writeArray(arrayItems(json, name), column.delimiter ?? ',')
  return scalarText(json, name)
}

/** Text without its quotes, numbers and booleans as they stand. */
function scalarText(json: string, name: string): string | null {
  if (json === 'null') return null
  if (json.startsWith('"')) return storable(String(JSON.parse(json)), name)
  if (json.startsWith('{') || json.startsWith('['))
    throw new TypeError(`The column ${name} takes no ${json.startsWith('[') ? 'list' : 'object'}.`)
  return json
}

/** psql would cut a line at U+0000, and half a surrogate pair would become another character. */
function storable(text: string, name: string): string {
  if (text.includes('\0')) throw new TypeError(`The column ${name} cannot hold the character U+0000.`)
  if (!text.isWellFormed())
    throw new TypeError(`The text of the column ${name} has half a surrogate pair, which is no character.`)
  return text
}

function arrayItems(json: string, name: string): ArrayValue {
  return readItems(json).map((item) => {
    if (item.startsWith('[')) return arrayItems(item, name)
    return item.startsWith('{') ? item : scalarText(item, name)
  })
}

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function escapeValue(value: string | null): string {
  return value === null ? '\\N' : value.replace(/[\\\t\n\r]/g, (character) => escapes[character] ?? character)
}
