import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { components } from '../../../src/components/list.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { placesIn } from '../../helpers/places.ts'

let server: Server
let asked: string[]

beforeEach(async () => {
  asked = []
  server = createServer((request) => {
    asked.push(`${request.method} ${request.url}`)
    request.socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => {
  server.close()
  server.closeAllConnections()
})

test.each(components.map((component) => [component.name, component]))(
  'A check of %s asks a Management API that does not answer twice at most, and fails',
  async (_name, component) => {
    const { port } = server.address() as AddressInfo
    const config = loadConfig({
      ...placesIn('/nowhere'),
      PROJECT_NAME: 'shop',
      SUPABASE_PROJECT_REF: 'abcdefghijklmnopqrst',
      SUPABASE_ACCESS_TOKEN: `sbp_${'0123456789'.repeat(4)}`,
      SUPABASE_API_URL: `http://127.0.0.1:${port}`,
    })
    const conditions = await component.preflight({
      config,
      log: silentLog,
      signal: new AbortController().signal,
    })
    expect(conditions).toContainEqual(expect.objectContaining({ status: 'FAIL' }))
    for (const route of new Set(asked)) expect(asked.filter((each) => each === route)).toHaveLength(2)
    expect(asked).not.toEqual([])
  },
)
