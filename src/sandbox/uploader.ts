import pLimit from 'p-limit'
import { Agent, request } from 'undici'
import { BackupError } from '../common/errors.ts'
import { encodeKey } from '../storage/api/client.ts'
import { contentOf, type PlannedBucket, type PlannedObject } from './application-objects.ts'

const connections = 8

/** Fills a project's Storage the way an application does: through the API, with the service role's key. */
export interface Uploader {
  createBucket(bucket: PlannedBucket): Promise<void>
  /** Creates the objects, or replaces those there with content of another edition. */
  upload(objects: readonly PlannedObject[], edition?: number): Promise<void>
  /** Rewrites an object's content type, cache-control and user metadata; its bytes stay. */
  changeMetadata(object: PlannedObject): Promise<void>
  remove(objects: readonly PlannedObject[]): Promise<void>
  close(): Promise<void>
}

export function createUploader(storage: { url: string; serviceRoleKey: string }): Uploader {
  const dispatcher = new Agent({ connections })
  const limit = pLimit(connections)

  async function send(
    method: 'POST' | 'DELETE',
    path: string,
    headers: Record<string, string>,
    body: Buffer | string,
  ): Promise<void> {
    const answer = await request(`${storage.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${storage.serviceRoleKey}`, ...headers },
      body,
      dispatcher,
    })
    const text = await answer.body.text()
    if (answer.statusCode === 200) return
    throw new BackupError({
      code: 'SANDBOX_UPLOAD_FAILED',
      message: `The sandbox's Storage API refused ${method} ${path}.`,
      detail: `${answer.statusCode} ${text}`,
      suggestion: 'Please report this with the log file.',
      phase: 'sandbox/application',
    })
  }

  function sendJson(method: 'POST' | 'DELETE', path: string, body: unknown, headers = {}): Promise<void> {
    return send(method, path, { 'content-type': 'application/json', ...headers }, JSON.stringify(body))
  }

  return {
    createBucket: (bucket) => sendJson('POST', '/bucket', { name: bucket.id, ...bucket }),
    async upload(objects, edition = 1) {
      const uploads = objects.map((object) =>
        limit(() =>
          send(
            'POST',
            objectPath(object),
            { ...headersOf(object), 'x-upsert': 'true' },
            contentOf(object, edition),
          ),
        ),
      )
      await Promise.all(uploads)
    },
    changeMetadata: (object) =>
      sendJson('POST', '/object/copy', ontoItself(object), {
        ...{ 'x-upsert': 'true', 'x-metadata': encodeMetadata(object.userMetadata ?? {}) },
      }),
    async remove(objects) {
      for (const { bucket, key } of objects)
        await sendJson('DELETE', `/object/${encodeURIComponent(bucket)}`, { prefixes: [key] })
    },
    close: () => dispatcher.close(),
  }
}

/** A copy of an object onto itself: the only call that leaves the bytes and changes what is said of them. */
function ontoItself({ bucket, key, contentType, cacheControl }: PlannedObject) {
  return {
    ...{ bucketId: bucket, sourceKey: key, destinationKey: key, copyMetadata: false },
    metadata: { mimetype: contentType, cacheControl },
  }
}

function objectPath({ bucket, key }: PlannedObject): string {
  return `/object/${encodeURIComponent(bucket)}/${encodeKey(key)}`
}

function encodeMetadata(metadata: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(metadata)).toString('base64')
}

function headersOf(object: PlannedObject): Record<string, string> {
  return {
    'content-type': object.contentType,
    ...(object.cacheControl && { 'cache-control': object.cacheControl }),
    ...(object.userMetadata && { 'x-metadata': encodeMetadata(object.userMetadata) }),
    ...(object.robots && { 'x-robots-tag': object.robots }),
  }
}
