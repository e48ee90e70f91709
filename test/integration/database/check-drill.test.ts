import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { loadConfig } from '../../../src/config/load.ts'
import { checkDrill } from '../../../src/drill/preflight.ts'
import { prepareClients17 } from '../../helpers/clients-17.ts'
import { query } from '../../helpers/database.ts'
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

async function check(more: Record<string, string> = {}) {
  const PG_BIN_DIR = inject('major') === 17 ? (await prepareClients17()).binDirectory : undefined
  const project = { PROJECT_NAME: 'shop', SUPABASE_DB_URL: platform.databaseUrl, PG_BIN_DIR }
  return checkDrill(loadConfig({ ...placesIn(), ...project, ...more }))
}

test('A project whose extensions nothing is made of can be drilled on this machine', async () => {
  expect(await check()).toEqual([
    { status: 'OK', subject: 'drill', text: expect.stringContaining('PostgreSQL') },
  ])
})

test('A project with a table made of an extension that no server here has is warned of, with the remedy', async () => {
  await query(platform.databaseUrl, 'CREATE TABLE tides (phase public.hstore)')
  expect(await check()).toEqual([
    {
      status: 'WARN',
      subject: 'drill',
      text: expect.stringContaining('moon_phase'),
      remedy: expect.stringContaining('TEST_SUPABASE_DB_URL'),
    },
  ])
})

test('A project with a test project is drilled there, whatever it is made of', async () => {
  expect(await check({ TEST_SUPABASE_DB_URL: 'postgresql://postgres:secret@127.0.0.1:1/postgres' })).toEqual([
    { status: 'OK', subject: 'drill', text: 'Drills go into the test project.' },
  ])
})
