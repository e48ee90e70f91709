import { expect, test } from 'vitest'
import { type DrillNeeds, findDrillServer, settingsFor } from '../../../src/drill/server.ts'

const needs = (major: number, ...names: string[]): DrillNeeds => ({
  ...{ major, needed: [] },
  extensions: names.map((name) => ({ name, version: '1.0' })),
})

test('A drill runs on the wanted major where there are programs of it', async () => {
  expect(await findDrillServer(needs(15, 'hstore', 'pgcrypto'))).toMatchObject({
    major: 15,
    lacking: [],
    settings: {},
  })
})

test('A drill runs on the nearest newer major where there are none', async () => {
  const { major } = await findDrillServer(needs(16))
  // Unless somebody has installed 16 itself.
  expect([16, 17]).toContain(major)
})

test('Extensions the programs have no files for are named', async () => {
  expect(await findDrillServer(needs(17, 'hstore', 'moon_phase'))).toMatchObject({ lacking: ['moon_phase'] })
})

test('A major nobody has programs of is refused with the package to install', async () => {
  await expect(findDrillServer(needs(99))).rejects.toMatchObject({
    code: 'SANDBOX_SERVER_MISSING',
    suggestion: expect.stringContaining('postgresql-99'),
  })
})

test('A backup that is made of an extension nobody has is refused beforehand, with the three ways, and the way round', async () => {
  const refusal = findDrillServer({ ...needs(17, 'moon_phase'), needed: ['moon_phase'] })
  await expect(refusal).rejects.toMatchObject({
    code: 'DRILL_EXTENSION_MISSING',
    exitCode: 1,
    message: expect.stringContaining('moon_phase'),
    suggestion: expect.stringMatching(
      /postgresql-17-moon-phase.*DRILL_IMAGE.*TEST_SUPABASE_DB_URL.*--leave-out 'EXTENSION moon_phase'/,
    ),
  })
})

test('An extension with a stand-in does not keep a backup from being drilled', async () => {
  const found = await findDrillServer({ ...needs(17, 'pgjwt', 'pg_cron'), needed: ['pgjwt', 'pg_cron'] })
  expect(found.lacking).toEqual(['pg_cron'])
})

test('An extension that is needed in a newer version than the programs have is named with both versions', async () => {
  const wanted = { major: 17, extensions: [{ name: 'hstore', version: '99.1' }] }
  const [older] = (await findDrillServer({ ...wanted, needed: ['hstore'] })).older
  expect(older).toMatchObject({ name: 'hstore', wanted: '99.1', offered: expect.stringMatching(/^1\.\d+$/) })
  expect(await findDrillServer({ ...wanted, needed: [] })).toMatchObject({ older: [], lacking: [] })
})

test('A server with files of pg_cron and pg_net loads both, and runs no job', () => {
  expect(settingsFor(['vector', 'pg_net', 'pg_cron'])).toEqual({
    shared_preload_libraries: 'pg_cron,pg_net',
    'cron.database_name': 'postgres',
    'cron.launch_active_jobs': 'off',
  })
})
