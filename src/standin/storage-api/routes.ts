import { createBucket, deleteBucket, emptyBucket, getBucket, listBuckets, updateBucket } from './buckets.ts'
import { copyObject, moveObject } from './copy.ts'
import type { Handler, Params } from './exchange.ts'
import { listObjects } from './listing.ts'
import { listFolder } from './listing-v1.ts'
import {
  getObject,
  getObjectInfo,
  getPublicObject,
  getPublicObjectInfo,
  headObject,
  headPublicObject,
} from './objects.ts'
import { deleteObject, deleteObjects } from './removal.ts'
import { createUpload, deleteUpload, headUpload, patchUpload } from './tus.ts'
import { createObject, putObject } from './uploads.ts'

/**
 * What a route asks of the `Authorization` header: `header` that it is there and valid, `token` that it is valid,
 * `optional` serves callers without a valid one as nobody, `none` does not look.
 */
export type Access = 'header' | 'token' | 'optional' | 'none'

const status: Handler = async () => ({ status: 200, headers: { 'content-length': '0' } })

// The first match wins, so a bucket called `list`, `info`, `public` or `authenticated` is hidden where it is in the
// service. `*` takes the rest of the path, slashes and all.
const table = [
  ['GET /status', 'status', 'none', status],
  ['GET /bucket', 'bucket-list', 'header', listBuckets],
  ['POST /bucket', 'bucket-create', 'header', createBucket],
  ['GET /bucket/:bucket', 'bucket-get', 'header', getBucket],
  ['PUT /bucket/:bucket', 'bucket-update', 'header', updateBucket],
  ['DELETE /bucket/:bucket', 'bucket-delete', 'header', deleteBucket],
  ['POST /bucket/:bucket/empty', 'bucket-empty', 'header', emptyBucket],
  ['POST /object/list/:bucket', 'list', 'token', listFolder],
  ['POST /object/list-v2/:bucket', 'list-v2', 'token', listObjects],
  ['POST /object/copy', 'copy', 'header', copyObject],
  ['POST /object/move', 'move', 'header', moveObject],
  ['GET /object/info/authenticated/:bucket/*', 'info', 'header', getObjectInfo],
  ['GET /object/info/public/:bucket/*', 'info', 'none', getPublicObjectInfo],
  ['GET /object/info/:bucket/*', 'info', 'header', getObjectInfo],
  ['GET /object/authenticated/:bucket/*', 'get', 'header', getObject],
  ['HEAD /object/authenticated/:bucket/*', 'head', 'header', headObject],
  ['GET /object/public/:bucket/*', 'get', 'none', getPublicObject],
  ['HEAD /object/public/:bucket/*', 'head', 'none', headPublicObject],
  ['GET /object/:bucket/*', 'get', 'optional', getObject],
  ['HEAD /object/:bucket/*', 'head', 'optional', headObject],
  ['POST /object/:bucket/*', 'upload', 'header', createObject],
  ['PUT /object/:bucket/*', 'upload', 'header', putObject],
  ['DELETE /object/:bucket/*', 'delete', 'header', deleteObject],
  ['DELETE /object/:bucket', 'bulk-delete', 'header', deleteObjects],
  ['POST /upload/resumable', 'tus-create', 'token', createUpload],
  ['HEAD /upload/resumable/:id', 'tus-head', 'token', headUpload],
  ['PATCH /upload/resumable/:id', 'tus-patch', 'token', patchUpload],
  ['DELETE /upload/resumable/:id', 'tus-delete', 'token', deleteUpload],
] as const satisfies readonly (readonly [string, string, Access, Handler])[]

/** The kind of a request, by which tests count requests and aim faults. */
export type RouteName = (typeof table)[number][1]

export interface Match {
  name: RouteName
  access: Access
  handle: Handler
  params: Params
}

const routes = table.map(([pattern, name, access, handle]) => {
  const [method = '', path = ''] = pattern.split(' ')
  return { method, segments: path.split('/'), name, access, handle }
})

/** The route of a method and an undecoded path (without prefix and query), with its decoded parts. */
export function findRoute(method: string, path: string): Match | undefined {
  const segments = path.split('/')
  for (const route of routes) {
    if (route.method !== method) continue
    const parts = matchSegments(route.segments, segments)
    if (parts) return { ...route, params: { bucket: '', key: '', id: '', ...parts } }
  }
  return undefined
}

function matchSegments(pattern: readonly string[], segments: readonly string[]): Partial<Params> | undefined {
  const open = pattern.at(-1) === '*'
  if (open ? segments.length < pattern.length : segments.length !== pattern.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? ''
    if (expected === '*') params['key'] = decodeURIComponent(segments.slice(index).join('/'))
    else if (expected.startsWith(':')) params[expected.slice(1)] = decodeURIComponent(segment)
    else if (expected !== segment) return undefined
  }
  return params
}
