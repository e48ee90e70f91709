import { z } from 'zod'
import { body, integer, readJson, text } from './body.ts'
import { type Handler, json } from './exchange.ts'
import { listedRow } from './rows.ts'

const allowed = 'must be equal to one of the allowed values'

const request = body({
  prefix: text,
  limit: integer(1).default(100),
  offset: integer(0).default(0),
  search: text.default(''),
  sortBy: body({
    column: z.enum(['name', 'updated_at', 'created_at', 'last_accessed_at'], allowed).default('name'),
    order: z.enum(['asc', 'desc'], allowed).default('asc'),
  }).prefault({}),
})

/** More is cut to this, without a word. */
const maximumPage = 1500

const entryRow = listedRow.extend({ id: listedRow.shape.id.nullable() })

/**
 * `POST /object/list/:bucket`: one folder, without regard to case. Sorted by name, folders that differ only in case are
 * one entry; sorted by a time, they come first and apart.
 */
export const listFolder: Handler = async (exchange) => {
  const { prefix, limit, offset, search, sortBy } = await readJson(exchange.request, request)
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`
  const { column, order } = sortBy
  const identity = column === 'name' ? 'lower(entry)' : 'entry'
  const page = await exchange.database.queryAs(
    exchange.claims,
    entryRow,
    `with listed as (
       select distinct on (${identity} collate "C") entry as name, slash > 0 as folder,
         case when slash = 0 then id end as id,
         case when slash = 0 then updated_at end as updated_at,
         case when slash = 0 then created_at end as created_at,
         case when slash = 0 then last_accessed_at end as last_accessed_at,
         case when slash = 0 then metadata end as metadata
       from storage.objects,
         lateral (select substr(name, length($2) + 1) as rest) as below,
         lateral (select strpos(rest, '/') as slash) as delimiter,
         lateral (select case when slash = 0 then rest else left(rest, slash - 1) end as entry) as entries
       where bucket_id = $1 and starts_with(lower(name), lower($2 || $3))
       order by ${identity} collate "C", lower(name) collate "C" ${order}
     )
     select * from listed
     order by ${column === 'name' ? '' : `folder desc, ${column} ${order}, `}lower(name) collate "C" ${order}, name collate "C"
     limit $4 offset $5`,
    [exchange.params.bucket, folder, search, Math.min(limit, maximumPage), offset],
  )
  return json(page)
}
