import { z } from 'zod'
import type { HttpClient } from '../../http/client.ts'
import type { ObjectRow } from '../catalogue/rows.ts'
import { encodeKey } from './client.ts'

const infoSchema = z.object({
  id: z.string().nullish(),
  version: z.string().nullish(),
  size: z.number().nullish(),
  content_type: z.string().nullish(),
  cache_control: z.string().nullish(),
  etag: z.string().nullish(),
  metadata: z.unknown().optional(),
  last_modified: z.string().nullish(),
  created_at: z.string().nullish(),
})

/**
 * An object's row as it is now, from the `info` route: the row before with what the route tells put over it. It tells
 * no owner and no robots tag, so these stay. One attempt.
 *
 * @throws HttpError of kind `missing` when the object is gone.
 */
export async function readInfo(client: HttpClient, bucket: string, row: ObjectRow): Promise<ObjectRow> {
  const path = `/object/info/${encodeURIComponent(bucket)}/${encodeKey(row.name)}`
  const info = await client.once({ method: 'GET', path }, infoSchema)
  const before = typeof row.metadata === 'object' ? row.metadata : null
  return {
    ...row,
    id: info.id ?? row.id,
    version: info.version ?? null,
    created_at: info.created_at ?? row.created_at,
    updated_at: sameMillisecond(info.last_modified, row.updated_at)
      ? row.updated_at
      : (info.last_modified ?? null),
    metadata: {
      ...before,
      ...(info.etag != null && { eTag: info.etag }),
      ...(info.size != null && { size: info.size }),
      ...(info.content_type != null && { mimetype: info.content_type }),
      ...(info.cache_control != null && { cacheControl: info.cache_control }),
    },
    user_metadata: info.metadata ?? null,
    user_metadata_text: undefined,
  }
}

/** The database's microseconds are kept where the API's milliseconds say the same. */
function sameMillisecond(a: string | null | undefined, b: string | null | undefined): boolean {
  return !!a && !!b && Date.parse(a) === Date.parse(b)
}
