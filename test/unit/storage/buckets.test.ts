import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createBucketRestore } from '../../../src/storage/api/buckets.ts'
import { createStorageClient } from '../../../src/storage/api/client.ts'

/** A service that takes everything, and what it was asked. */
async function startService() {
  const asked: unknown[] = []
  const server = createServer(async (request, response) => {
    asked.push({ method: request.method, path: request.url, body: await json(request) })
    response.setHeader('content-type', 'application/json').end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/storage/v1`, asked, stop: () => server.close() }
}

test('a bucket whose name is not its id is created with both, and reached by its id whatever that is made of', async () => {
  const service = await startService()
  const endpoint = { url: service.url, serviceRoleKey: 'key' }
  const client = createStorageClient({ endpoint, connections: 1 })
  const wanted = {
    id: 'a?b#c%20 d',
    name: 'Pictures',
    public: true,
    file_size_limit: 5,
    allowed_mime_types: [],
  }
  const restore = createBucketRestore(wanted, undefined)
  await restore.prepare(client)
  await restore.finish(client)
  await client.close()
  service.stop()
  const open = { public: true, file_size_limit: null, allowed_mime_types: null }
  expect(service.asked).toEqual([
    { method: 'POST', path: '/storage/v1/bucket', body: { id: wanted.id, name: 'Pictures', ...open } },
    {
      ...{ method: 'PUT', path: '/storage/v1/bucket/a%3Fb%23c%2520%20d' },
      body: { public: true, file_size_limit: 5, allowed_mime_types: [] },
    },
  ])
})
