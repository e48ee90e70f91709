import type pg from 'pg'
import { z } from 'zod'
import { streamRows } from './fact.ts'

export const largeObjectRow = z.object({
  oid: z.number(),
  owner: z.string(),
  bytes: z.number(),
  /** MD5 of the concatenated MD5s of its pieces of 1 MiB, so that neither side ever holds one whole. */
  hash: z.string(),
  /** As `aclitem` prints them, sorted; null for the owner's defaults. */
  acl: z.array(z.string()).nullable(),
  comment: z.string().nullable(),
})
export type LargeObject = z.infer<typeof largeObjectRow>

export const largeObjects = { file: 'large-objects.jsonl', row: largeObjectRow }

const pieceBytes = 1 << 20

/**
 * SQL: whether the session may read the large object `l`. There is no has_… function for it before PostgreSQL 18,
 * and pg_read_all_data does not reach large objects. Their owner may have given up his own right.
 */
const readable = `((select rolsuper from pg_catalog.pg_roles where rolname = current_user)
  or current_setting('lo_compat_privileges')::boolean
  or exists (select from pg_catalog.aclexplode(coalesce(l.lomacl, pg_catalog.acldefault('L', l.lomowner))) a where a.privilege_type = 'SELECT'
    and (a.grantee = 0 or pg_catalog.pg_has_role(a.grantee, 'USAGE'))))`

/** Large objects the session may not read: pg_dump would stop at the first of them. */
export function unreadableLargeObjects(client: pg.Client): AsyncGenerator<{ oid: number; owner: string }> {
  return streamRows(
    client,
    `select l.oid, pg_catalog.pg_get_userbyid(l.lomowner)::text as owner
     from pg_catalog.pg_largeobject_metadata l where not ${readable} order by 1`,
    largeObjectRow.pick({ oid: true, owner: true }),
  )
}

/** Reads every large object the session may read. The client must be inside a transaction. */
export function readLargeObjects(client: pg.Client): AsyncGenerator<LargeObject> {
  return streamRows(
    client,
    `select l.oid, pg_catalog.pg_get_userbyid(l.lomowner)::text as owner, content.bytes::float8 as bytes, content.hash,
       case when l.lomacl is not null then array(select a::text from unnest(l.lomacl) a order by 1) end as acl,
       pg_catalog.obj_description(l.oid, 'pg_largeobject') as comment
     from pg_catalog.pg_largeobject_metadata l
     cross join lateral (
       with recursive piece (number, bytes, hash) as (
         select 0::bigint, length(data), md5(data) from (select lo_get(l.oid, 0, ${pieceBytes}) as data) first
         union all
         select number + 1, length(data), md5(data)
         from piece cross join lateral (select lo_get(l.oid, (piece.number + 1) * ${pieceBytes}, ${pieceBytes}) as data) next
         where piece.bytes = ${pieceBytes}
       )
       select sum(bytes) as bytes, md5(string_agg(hash, '' order by number)) as hash from piece
     ) content
     where ${readable} order by 1`,
    largeObjectRow,
  )
}

/** The bytes of one large object, a piece at a time. */
export async function* readLargeObject(client: pg.Client, oid: number): AsyncGenerator<Buffer> {
  for (let offset = 0; ; offset += pieceBytes) {
    const { rows } = await client.query('select lo_get($1, $2, $3) as data', [oid, offset, pieceBytes])
    const { data } = z.object({ data: z.instanceof(Buffer) }).parse(rows[0])
    if (data.length > 0) yield data
    if (data.length < pieceBytes) return
  }
}
