import { expect, test } from 'vitest'
import { findDrillServer } from '../../../src/sandbox/drill-server.ts'

test('A drill runs on the wanted major where there are programs of it', async () => {
  expect(await findDrillServer(15, ['hstore', 'pgcrypto'])).toMatchObject({
    major: 15,
    lacking: [],
    settings: {},
  })
})

test('A drill runs on the nearest newer major where there are none', async () => {
  const { major } = await findDrillServer(16, [])
  // Unless somebody has installed 16 itself.
  expect([16, 17]).toContain(major)
})

test('Extensions the programs have no files for are named', async () => {
  expect(await findDrillServer(17, ['hstore', 'moon_phase'])).toMatchObject({ lacking: ['moon_phase'] })
})

test('A major nobody has programs of is refused with the package to install', async () => {
  await expect(findDrillServer(99, [])).rejects.toMatchObject({
    code: 'SANDBOX_SERVER_MISSING',
    suggestion: expect.stringContaining('postgresql-99'),
  })
})
