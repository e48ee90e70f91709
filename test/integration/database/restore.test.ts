import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/clients.ts'
import { parseConnection } from '../../../src/database/connection.ts'
import { restoreDatabase } from '../../../src/database/restore.ts'
import { clutter, smallApplication } from '../../helpers/application-sql.ts'
import { backupInto, contentsText, query, schemaText, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let source: TestPlatform
let target: TestPlatform
let clients: PostgresClients
let generation: string

const restore = (into = target) =>
  restoreDatabase({
    generation,
    target: parseConnection({ url: into.databaseUrl }, 'test'),
    clients,
    log: silentLog,
  })

beforeAll(async () => {
  ;[source, target, clients] = await Promise.all([startTestPlatform(), startTestPlatform(), testClients()])
  await query(source.databaseUrl, smallApplication)
  generation = await backupInto(source.databaseUrl, clients)
})

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()])
  await rm(generation, { recursive: true, force: true })
})

describe('a restore into a hosted-like target', () => {
  test('brings back the schema line by line and every row, over what stood there', async () => {
    await query(target.databaseUrl, clutter)
    const result = await restore()
    expect(result.status).toBe('complete')
    expect(await schemaText(target.databaseUrl, clients)).toBe(await schemaText(source.databaseUrl, clients))
    const moved = (text: string) => text.replace(/(auth\.refresh_tokens_id_seq: 1\n)\(\d+,/, '$1(41,')
    expect(moved(await contentsText(target.databaseUrl))).toBe(await contentsText(source.databaseUrl))
  })

  test('comes to the same when it is repeated', async () => {
    await restore()
    expect(await schemaText(target.databaseUrl, clients)).toBe(await schemaText(source.databaseUrl, clients))
  })
})
