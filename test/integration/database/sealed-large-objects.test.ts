import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { connect, parseConnection } from '../../../src/database/connect/connection.ts'
import { readLargeObjects } from '../../../src/database/facts/all.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let source: TestPlatform
let target: TestPlatform
let generation: string

beforeAll(async () => {
  ;[source, target] = await Promise.all([startTestPlatform(), startTestPlatform()])
})

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()])
  await rm(generation, { recursive: true, force: true })
})

async function readable(platform: TestPlatform) {
  const client = await connect(parseConnection({ url: platform.databaseUrl }, 'test'), 'test')
  await client.query('begin')
  const rows = await Array.fromAsync(readLargeObjects(client))
  await client.end()
  return rows
}

test('large objects come back from their copies where one the role may not read kept them out of the dump', async () => {
  await query(
    source.databaseUrl,
    `create role "lo reader"; create role lo_owner; grant lo_owner to postgres;
     select lo_from_bytea(5001, 'plain'), lo_from_bytea(5002, ''), lo_from_bytea(5003, decode(repeat('c3', 1500000), 'hex'));
     grant select on large object 5001 to "lo reader", public; grant select, update on large object 5003 to "lo reader" with grant option;
     revoke update on large object 5001 from postgres;
     comment on large object 5002 is 'it''s empty'; alter large object 5003 owner to lo_owner`,
  )
  await query(source.superuserUrl, `select lo_from_bytea(5999, 'sealed')`)
  const clients = await testClients()
  generation = await backupInto(source.databaseUrl, clients)
  await query(target.databaseUrl, `select lo_from_bytea(5001, 'of the target')`)
  await restoreDatabase({
    generation,
    target: parseConnection({ url: target.databaseUrl }, 'test'),
    clients,
    log: silentLog,
  })
  const expected = await readable(source)
  expect(expected.map(({ oid }) => oid)).toEqual([5001, 5002, 5003])
  expect(await readable(target)).toEqual(expected)
})
