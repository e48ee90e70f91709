import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { openConnection } from '../../../src/storage/api/connection.ts'

/** A service that answers every request with one status. */
let status = 503
const server = createServer((_, response) => response.writeHead(status).end('{}'))
let url: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

async function askInVain() {
  const told: string[] = []
  const details: string[] = []
  const { client, limit } = openConnection({
    endpoint: { url, serviceRoleKey: 'sb_secret_abcdefghijklmnop' },
    concurrency: 8,
    retry: { retries: 3, minTimeoutMs: 1, maxTimeoutMs: 1 },
    log: { ...silentLog, warn: (line) => told.push(line), debug: (line) => details.push(line) },
  })
  await expect(client.retrying(() => client.send({ method: 'GET', path: '/bucket' }))).rejects.toThrow()
  await client.close()
  return { told, details, current: limit.current }
}

describe('a connection to a service that complains', () => {
  test('tells of the first attempt that is repeated, and of the others only in detail', async () => {
    status = 503
    const { told, details } = await askInVain()
    expect(told).toEqual([expect.stringContaining('trying again: GET /bucket: 503')])
    expect(details).toHaveLength(2)
  })

  test('asks for less at a time', async () => {
    status = 429
    expect((await askInVain()).current).toBe(4)
  })

  test('asks for as much after a 500, which less would not cure', async () => {
    status = 500
    expect((await askInVain()).current).toBe(8)
  })
})
