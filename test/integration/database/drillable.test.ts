import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog as log } from '../../../src/common/log.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { type DrillNote, noteOfDrill } from '../../../src/drill/drillable.ts'
import { refuseUndrillable } from '../../../src/drill/target.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { placesIn } from '../../helpers/places.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let platform: TestPlatform

beforeAll(async () => {
  platform = await startTestPlatform()
  // An extension that nobody has the files of.
  await query(
    platform.superuserUrl,
    `CREATE EXTENSION hstore SCHEMA public; UPDATE pg_extension SET extname = 'moon_phase' WHERE extname = 'hstore'`,
  )
})

afterAll(() => platform.stop())

/** What a backup of the platform says of drills. */
async function noted(more: Record<string, string> = {}): Promise<DrillNote | undefined> {
  const clients = await testClients()
  const generation = await backupInto(platform.databaseUrl, clients)
  const config = loadConfig({
    ...placesIn(),
    ...{ PROJECT_NAME: 'shop', SUPABASE_DB_URL: platform.databaseUrl, ...more },
  })
  try {
    return await noteOfDrill({ config, generation, clientMajor: clients.major, log })
  } finally {
    await rm(generation, { recursive: true })
  }
}

test('A backup that a server here can drill has nothing to say of drills', async () => {
  expect(await noted()).toBeUndefined()
})

test('A backup made of an extension that no server here has says so, with the three ways', async () => {
  await query(platform.databaseUrl, 'CREATE TABLE tides (phase public.hstore)')
  expect(await noted()).toMatchObject({
    kind: 'drill-impossible',
    message: expect.stringMatching(/moon_phase.*DRILL_IMAGE.*TEST_SUPABASE_DB_URL/s),
  })
})

test('A drill that no server here can take is refused by its dump alone, before anything is verified', async () => {
  const generation = await backupInto(platform.databaseUrl, await testClients())
  await writeFile(join(generation, 'database/tables.jsonl'), '')
  await expect(
    refuseUndrillable({ generation, config: { environment: process.env }, log }),
  ).rejects.toMatchObject({
    code: 'DRILL_EXTENSION_MISSING',
  })
  const leaveOut = ['EXTENSION moon_phase']
  await refuseUndrillable({ generation, config: { environment: process.env }, log, leaveOut })
  await rm(join(generation, 'database/dump/toc.dat'))
  // A damaged dump is the verification's to report.
  await refuseUndrillable({ generation, config: { environment: process.env }, log })
  await rm(generation, { recursive: true })
})

test('A backup of a project with a test project is drilled there, and nothing is said', async () => {
  const TEST_SUPABASE_DB_URL = 'postgresql://postgres:secret@127.0.0.1:1/postgres'
  expect(await noted({ TEST_SUPABASE_DB_URL })).toBeUndefined()
})
