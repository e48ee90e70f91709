import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findRoute, type RouteName } from '../../../src/standin/storage-api/routes.ts'
import { type StorageApi, startStorageApi } from '../../../src/standin/storage-api/server.ts'
import { signToken } from '../../../src/standin/storage-api/tokens.ts'
import { type ReplayTarget, replay } from '../../helpers/replay.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'
import { readScenarios } from '../../helpers/storage-exchanges.ts'

interface Deviation {
  scenario: string
  step: number
  reason: string
}

const defect = 'a defect of the recorded file backend that takes other objects along; it is not imitated'

/** Where the stand-in answers otherwise, on purpose. None is a request of ours, but for the defect. */
const deviations: Deviation[] = [
  { scenario: 'list-v1', step: 15, reason: 'the recorded service loses a folder in descending order' },
  { scenario: 'tus', step: 2, reason: 'a browser asks this first; there is no browser here' },
  { scenario: 'row-without-file', step: 31, reason: defect },
  { scenario: 'row-without-file', step: 32, reason: defect },
  { scenario: 'row-without-file', step: 43, reason: defect },
]

/** What our own client asks for: there the stand-in must be faithful. */
const clientRoutes: RouteName[] = [
  'bucket-list',
  'bucket-get',
  'bucket-create',
  'bucket-update',
  'bucket-delete',
  'bucket-empty',
  'list-v2',
  'get',
  'head',
  'info',
  'upload',
  'tus-create',
  'tus-head',
  'tus-patch',
  'tus-delete',
  'bulk-delete',
  'copy',
]

const scenarios = await readScenarios()

describe('the stand-in answers as the recorded service', () => {
  let platform: TestPlatform
  let database: pg.Client
  let storage: StorageApi
  let target: ReplayTarget

  beforeAll(async () => {
    platform = await startTestPlatform()
    const { superuserUrl, directory } = platform
    database = new pg.Client({ connectionString: superuserUrl })
    await database.connect()
    const jwtSecret = 'a-secret-of-this-test-that-is-long-enough'
    storage = await startStorageApi({
      databaseUrl: superuserUrl,
      directory: join(directory, 'storage'),
      jwtSecret,
      prefix: '',
    })
    target = {
      origin: storage.url,
      tokens: {
        service_role: storage.serviceRoleKey,
        anon: storage.anonKey,
        authenticated: signToken(
          { role: 'authenticated', sub: '11111111-1111-4111-8111-111111111111' },
          jwtSecret,
        ),
        wrong_secret: signToken({ role: 'service_role' }, 'another secret'),
        expired: signToken({ role: 'service_role' }, jwtSecret, Math.floor(Date.now() / 1000) - 60),
        unknown_role: signToken({ role: 'nobody_role' }, jwtSecret),
      },
      async runSql(sql, wantsRows) {
        if (!wantsRows) return (await database.query(sql)).rowCount
        const { rows } = await database.query(
          `with found as (${sql}) select json_agg(found) as rows from found`,
        )
        return rows[0].rows ?? []
      },
      removeBackendFile: async (bucket, key) => rm(await storage.pathOf(bucket, key)),
    }
  })

  afterAll(async () => {
    await storage?.stop()
    await database?.end()
    await platform?.stop()
  })

  for (const [scenario, lines] of scenarios)
    test(`in scenario ${scenario}`, async () => {
      const differences = await replay(target, lines)
      for (const { step, reason } of deviations.filter((listed) => listed.scenario === scenario)) {
        expect(
          differences.has(step),
          `step ${step} is as recorded by now; take it off the list (${reason})`,
        ).toBe(true)
        differences.delete(step)
      }
      expect(Object.fromEntries(differences)).toEqual({})
    })

  test('wherever our client asks, but for the defect', () => {
    const asked = deviations.filter(({ scenario, step, reason }) => {
      const line = scenarios.get(scenario)?.find((candidate) => candidate.step === step)
      if (!line || !('request' in line) || reason === defect) return false
      const route = findRoute(line.request.method, line.request.path)?.name
      return route !== undefined && clientRoutes.includes(route)
    })
    expect(asked).toEqual([])
  })
})
