import { z } from 'zod'
import { body, flag, integer, readJson, text } from './body.ts'
import { errors } from './errors.ts'
import { type Exchange, type Handler, json } from './exchange.ts'
import { listedColumns, listedRow } from './rows.ts'

const column = z.enum(['name', 'updated_at', 'created_at'], 'must be equal to one of the allowed values')
const order = z.enum(['asc', 'desc'], 'must be equal to one of the allowed values')

const request = body({
  prefix: text.default(''),
  limit: integer(1).default(1000),
  cursor: text.optional(),
  with_delimiter: flag.default(false),
  sortBy: body({ column, order: order.optional() }).optional(),
})

type ListRequest = z.infer<typeof request>

/** More is cut to this, without a word. */
const maximumPage = 1000

/** Where a page starts. Its text form is base64 of lines `l:<last name>`, `o:<order>`, `c:<column>`, `a:<last value>`. */
interface Cursor {
  after: string
  order?: z.infer<typeof order> | undefined
  column?: z.infer<typeof column> | undefined
  /** The last value of another column than the name: milliseconds, though the column has microseconds. */
  value?: string | undefined
}

function encodeCursor({ after, order, column, value }: Cursor): string {
  const lines = Object.entries({ l: after, o: order, c: column, a: value })
  return Buffer.from(
    lines
      .filter(([, part]) => part !== undefined)
      .map(([letter, part]) => `${letter}:${part}`)
      .join('\n'),
  ).toString('base64')
}

function decodeCursor(cursor: string): Cursor {
  const parts = new Map<string, string>()
  for (const line of Buffer.from(cursor, 'base64').toString().split('\n')) {
    const [, letter, part] = /^([loca]):(.*)$/.exec(line) ?? []
    if (letter === undefined || part === undefined)
      throw errors.invalidParameter('Invalid Parameter continuation token')
    parts.set(letter, part)
  }
  return {
    after: parts.get('l') ?? '',
    order: order.safeParse(parts.get('o') ?? 'asc').data,
    column: column.safeParse(parts.get('c')).data,
    value: parts.get('a'),
  }
}

const entryRow = listedRow.extend({ id: listedRow.shape.id.nullable() })
type Entry = z.infer<typeof entryRow>

/** Objects in the order of one column; `starts_with` takes the prefix as it is. */
function flatPage(exchange: Exchange, asked: ListRequest, from: Cursor, limit: number): Promise<Entry[]> {
  const [by, beyond] = from.order === 'desc' ? ['desc', '<'] : ['asc', '>']
  const place = `(${from.column ?? 'name'}, name collate "C")`
  const values: unknown[] = [exchange.params.bucket, asked.prefix, limit + 1]
  let where = 'bucket_id = $1 and starts_with(name, $2) and name collate "C" >= $2'
  if (from.column === undefined || from.column === 'name') {
    if (from.after !== '') where += ` and name collate "C" ${beyond} $${values.push(from.after)}`
    return entries(exchange, `where ${where} order by name collate "C" ${by} limit $3`, values)
  }
  if (from.value !== undefined)
    where += ` and ${place} ${beyond} ($${values.push(from.value)}, $${values.push(from.after)})`
  return entries(
    exchange,
    `where ${where} order by ${from.column} ${by}, name collate "C" ${by} limit $3`,
    values,
  )
}

function entries(exchange: Exchange, clauses: string, values: readonly unknown[]): Promise<Entry[]> {
  return exchange.database.queryAs(
    exchange.claims,
    entryRow,
    `select ${listedColumns} from storage.objects ${clauses}`,
    values,
  )
}

/** Objects whose name has no further slash, and one entry without id for the others that share a folder. */
function delimitedPage(
  exchange: Exchange,
  asked: ListRequest,
  from: Cursor,
  limit: number,
): Promise<Entry[]> {
  const [by, beyond] = from.order === 'desc' ? ['desc', '<'] : ['asc', '>']
  return exchange.database.queryAs(
    exchange.claims,
    entryRow,
    `select distinct on (entry collate "C") entry as name,
       case when slash = 0 then id end as id,
       case when slash = 0 then updated_at end as updated_at,
       case when slash = 0 then created_at end as created_at,
       case when slash = 0 then last_accessed_at end as last_accessed_at,
       case when slash = 0 then metadata end as metadata
     from storage.objects,
       lateral (select strpos(substr(name, length($2) + 1), '/') as slash) as delimiter,
       lateral (select case when slash = 0 then name else left(name, length($2) + slash) end as entry) as entries
     where bucket_id = $1 and starts_with(name, $2) and ($4 = '' or entry collate "C" ${beyond} $4)
     order by entry collate "C" ${by} limit $3`,
    [exchange.params.bucket, asked.prefix, limit + 1, from.after],
  )
}

function lastSegment(name: string): string {
  return name.replace(/\/$/, '').split('/').at(-1) ?? name
}

/** `POST /object/list-v2/:bucket`: a page of a bucket by name, resumable anywhere. A bucket that is missing is empty. */
export const listObjects: Handler = async (exchange) => {
  const asked = await readJson(exchange.request, request)
  const limit = Math.min(asked.limit, maximumPage)
  const given = asked.cursor === undefined ? undefined : decodeCursor(asked.cursor)
  const from: Cursor = {
    after: given?.after ?? '',
    order: given?.order ?? asked.sortBy?.order,
    column: given?.column ?? asked.sortBy?.column,
    value: given?.value,
  }
  const read = asked.with_delimiter ? delimitedPage : flatPage
  const found = await read(exchange, asked, from, limit)
  const page = found.slice(0, limit)
  const last = found.length > limit ? page.at(-1) : undefined
  const keyed = asked.with_delimiter
    ? page.map((entry) => ({ key: lastSegment(entry.name), ...entry }))
    : page
  return json({
    hasNext: last !== undefined,
    ...(last ? next(last, from) : {}),
    folders: keyed.filter(({ id }) => id === null),
    objects: keyed.filter(({ id }) => id !== null),
  })
}

function next(last: Entry, from: Cursor) {
  const value = from.column && from.column !== 'name' ? (last[from.column] ?? undefined) : undefined
  return {
    nextCursor: encodeCursor({ ...from, after: last.name, value }),
    nextCursorKey: last.id === null ? last.name.replace(/\/$/, '') : last.name,
  }
}
