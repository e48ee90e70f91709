import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { findClients, type PostgresClients } from '../../../src/database/connect/clients.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { prepareClients17 } from '../../helpers/clients-17.ts'
import { backupInto, installHostile, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let clients15: PostgresClients
let clients17: PostgresClients
const platforms: TestPlatform[] = []
const generations: string[] = []

async function start(major: 15 | 17): Promise<TestPlatform> {
  const platform = await startTestPlatform({ major })
  platforms.push(platform)
  return platform
}

async function hostileSource(major: 15 | 17, clients: PostgresClients): Promise<string> {
  const source = await start(major)
  await installHostile(source)
  const generation = await backupInto(source.databaseUrl, clients)
  generations.push(generation)
  return generation
}

async function restoreAndVerify(generation: string, major: 15 | 17, clients: PostgresClients) {
  const target = await start(major)
  const options = {
    generation,
    target: parseConnection({ url: target.databaseUrl }, 'test'),
    superuser: parseConnection({ url: target.superuserUrl }, 'test'),
    clients,
    log: silentLog,
  }
  const { findings } = await restoreDatabase(options)
  const { differences } = await verifyDatabase(options)
  const degraded = findings.filter(({ severity }) => severity === 'degraded')
  return {
    differences,
    degraded: degraded.flatMap(({ kind, names }) => names.map((name) => `${kind} ${name}`)),
  }
}

beforeAll(async () => {
  const { binDirectory } = await prepareClients17()
  clients15 = await testClients()
  clients17 = await findClients({ serverMajor: 17, pgBinDir: binDirectory, log: silentLog, phase: 'test' })
})

afterAll(async () => {
  await Promise.all(platforms.map((platform) => platform.stop()))
  await Promise.all(generations.map((generation) => rm(generation, { recursive: true, force: true })))
})

describe('a hostile database', () => {
  test('goes from 15 to 17', async () => {
    const generation = await hostileSource(15, clients15)
    expect(await restoreAndVerify(generation, 17, clients17)).toEqual({
      differences: [],
      degraded: [
        'view-unfilled app.codes: relation "lookup" does not exist',
        'view-unfilled app.over_codes: materialized view "codes" has not been populated',
      ],
    })
  })

  test('goes from 17 to 17', async () => {
    const generation = await hostileSource(17, clients17)
    expect(await restoreAndVerify(generation, 17, clients17)).toEqual({ differences: [], degraded: [] })
  })

  test('goes from 15 to 15 though the clients were upgraded between backup and restore', async () => {
    const generation = await hostileSource(15, clients15)
    expect(await restoreAndVerify(generation, 15, clients17)).toEqual({ differences: [], degraded: [] })
  })

  test('goes from 15 to 15 with newer clients', async () => {
    const generation = await hostileSource(15, clients17)
    expect(await restoreAndVerify(generation, 15, clients17)).toEqual({ differences: [], degraded: [] })
  })
})
