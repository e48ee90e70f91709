import type pg from 'pg'
import { z } from 'zod'
import type { HttpClient } from '../../http/client.ts'
import { md5Of } from '../api/digests.ts'
import { listBuckets, listObjects } from '../catalogue/from-api.ts'
import { attributesOf, type ObjectRow } from '../catalogue/rows.ts'

/** Where the service has bytes now: what its row tells of them there. */
export interface Place {
  bucket: string
  name: string
  id: string | null
  metadata?: unknown
}

/**
 * The places where objects may have gone: one with an object's own id, which a move keeps, or else with its ETag, where
 * it was copied and then deleted, or its bytes are there twice.
 */
export type FindPlaces = (rows: readonly ObjectRow[]) => Promise<Place[]>

const placeSchema = z.array(
  z.object({ bucket: z.string(), name: z.string(), id: z.string().nullable(), metadata: z.unknown() }),
)

function idsAndETags(rows: readonly ObjectRow[]): { ids: string[]; eTags: string[] } {
  return {
    ids: rows.flatMap(({ id }) => (id === null ? [] : [id])),
    eTags: rows.flatMap((row) => {
      const { eTag } = attributesOf(row)
      return md5Of(eTag) === undefined || eTag === undefined ? [] : [eTag]
    }),
  }
}

/** By the database: the rows with these ids, and of each ETag one row. */
export async function findPlacesByRows(client: pg.ClientBase, rows: readonly ObjectRow[]): Promise<Place[]> {
  const { ids, eTags } = idsAndETags(rows)
  const { rows: found } = await client.query(
    `(select bucket_id as bucket, name, id::text as id, metadata from storage.objects
       where id = any($1::uuid[]) and bucket_id is not null and name is not null)
     union all
     (select distinct on (metadata->>'eTag') bucket_id, name, id::text, metadata from storage.objects
       where metadata->>'eTag' = any($2::text[]) and bucket_id is not null and name is not null)`,
    [ids, eTags],
  )
  return placeSchema.parse(found)
}

/** By the API, where there is no database: one listing of every bucket. */
export async function findPlacesByListing(client: HttpClient, rows: readonly ObjectRow[]): Promise<Place[]> {
  const wanted = idsAndETags(rows)
  const ids = new Set(wanted.ids)
  const eTags = new Set(wanted.eTags)
  const places: Place[] = []
  for (const bucket of await listBuckets(client))
    for await (const { id, name, metadata } of listObjects(client, bucket.id)) {
      const { eTag } = attributesOf({ metadata })
      if (!(id !== null && ids.has(id)) && !(eTag !== undefined && eTags.delete(eTag))) continue
      places.push({ bucket: bucket.id, name, id, metadata })
    }
  return places
}

/**
 * Which of the places has the bytes that a row tells of. With the row's own id that is so where size and ETag are its
 * own, and may be so where the ETag is no MD5, since S3 makes another of it in a move. Under another id only an MD5 tells.
 */
export function chooserOf(places: readonly Place[]): (row: ObjectRow) => Place | undefined {
  const byId = new Map(places.map((place) => [place.id, place]))
  const byETag = new Map(places.map((place) => [attributesOf(place).eTag, place]))
  return (row) => {
    const { eTag, size } = attributesOf(row)
    if (eTag === undefined || size === undefined) return undefined
    const isMd5 = md5Of(eTag) !== undefined
    const fits = (place: Place | undefined) => {
      const there = attributesOf({ metadata: place?.metadata })
      return there.size === size && (there.eTag === eTag || !isMd5)
    }
    const moved = row.id === null ? undefined : byId.get(row.id)
    if (fits(moved)) return moved
    const alike = isMd5 ? byETag.get(eTag) : undefined
    return fits(alike) ? alike : undefined
  }
}
