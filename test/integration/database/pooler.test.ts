import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog as log } from '../../../src/common/log.ts'
import { backupDatabase } from '../../../src/database/capture/backup.ts'
import { findClients } from '../../../src/database/connect/clients.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { openSnapshot } from '../../../src/database/connect/snapshot.ts'
import { type Pooler, startPooler } from '../../helpers/pgbouncer.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let platform: TestPlatform
let pooler: Pooler
let folder: string

beforeAll(async () => {
  platform = await startTestPlatform()
  pooler = await startPooler(platform.databaseUrl, 'session')
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-pooled-'))
})

afterAll(async () => {
  await pooler?.stop()
  await platform?.stop()
  await rm(folder, { recursive: true, force: true })
})

test('a backup through the session pooler is the same as over the direct connection', async () => {
  const user = new pg.Client(platform.databaseUrl)
  await user.connect()
  await user.query(`create table items as select g as id, md5(g::text) as name from generate_series(1, 5000) g;
    select lo_from_bytea(0, 'large')`)
  await user.end()
  const tables: string[] = []
  for (const [name, url] of Object.entries({ direct: platform.databaseUrl, pooled: pooler.url })) {
    const connection = parseConnection({ url }, 'test')
    const snapshot = await openSnapshot(connection)
    const clients = await findClients({ environment: process.env, serverMajor: 15, log, phase: 'test' })
    const generation = join(folder, name)
    await mkdir(generation)
    const result = await backupDatabase({ snapshot, connection, clients, generation, jobs: 2, log })
    await snapshot.close()
    expect(result.status).toBe('complete')
    expect(result.counts).toMatchObject({ largeObjects: 1, largeObjectBytes: 5 })
    tables.push(await readFile(join(generation, 'database', 'tables.jsonl'), 'utf8'))
  }
  expect(tables[1]).toContain('"name":"items"')
  expect(tables[1]).toBe(tables[0])
})
