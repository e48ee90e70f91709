import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { Manifest } from '../../../src/common/manifest.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import type { Project } from '../../../src/project/project.ts'
import type { RestoreCommand } from '../../../src/restore/command.ts'
import { judgeTarget } from '../../../src/restore/resolve-target.ts'
import { identifyTarget, type TargetIdentity } from '../../../src/restore/target-identity.ts'
import { startCuttableNetwork } from '../../helpers/cuttable-network.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { placesIn } from '../../helpers/places.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let source: TestPlatform
/** Prepared servers are copies of one another, as a project cloned by its files is. */
let copy: TestPlatform
let stranger: TestPlatform
let generation: string

beforeAll(async () => {
  ;[source, copy, stranger] = await Promise.all([
    startTestPlatform(),
    startTestPlatform(),
    startTestPlatform({ major: 17 }),
  ])
  generation = await backupInto(source.databaseUrl, await testClients())
})
afterAll(async () => {
  await Promise.all([source?.stop(), copy?.stop(), stranger?.stop()])
  await rm(generation, { recursive: true, force: true })
})

const manifest: Manifest = {
  format: 1,
  tool: { name: 'supabase-backup', version: '0.0.0' },
  runId: 'run',
  startedAt: '2026-01-01T00:00:00Z',
  snapshotAt: null,
  status: 'complete',
  project: { name: 'shop', ref: null, url: null },
  versions: {},
  components: [],
  files: { 'database/cluster.jsonl': { bytes: 0, sha256: '' } },
}

function identity(
  target: string,
  options: { sourceUrl?: string; name?: string; files?: Manifest['files']; from?: string } = {},
): Promise<TargetIdentity> {
  const { sourceUrl = source.databaseUrl, name = 'shop', files = manifest.files, from = generation } = options
  const config = loadConfig({ ...placesIn(), PROJECT_NAME: 'shop', SUPABASE_DB_URL: sourceUrl })
  return identifyTarget({
    ...{ config, generation: from },
    manifest: { ...manifest, files, project: { ...manifest.project, name } },
    target: parseConnection({ url: target }, 'test'),
  })
}

test('The origin is known again under another address', async () => {
  const network = await startCuttableNetwork(source.databaseUrl)
  try {
    expect(await identity(network.url)).toBe('same')
  } finally {
    await network.stop()
  }
})

test('A physical copy is told from the origin while that answers, and not when it does not', async () => {
  expect(await identity(copy.databaseUrl)).toBe('copy')
  const nobody = source.databaseUrl.replace(/:\d+\//, ':1/')
  expect(await identity(copy.databaseUrl, { sourceUrl: nobody })).toBe('same or copy')
})

test('A safety backup of a target knows that target again', async () => {
  expect(await identity(source.databaseUrl, { name: 'shop-before-restore' })).toBe('same or copy')
})

test('A cluster of its own, and another database of the same one, are others', async () => {
  expect(await identity(stranger.databaseUrl)).toBe('other')
  await query(source.databaseUrl, 'CREATE DATABASE sibling')
  expect(await identity(source.databaseUrl.replace(/\/postgres$/, '/sibling'))).toBe('other')
})

test('Nothing is known of a backup that does not say, or of one or a target whose role may not ask', async () => {
  expect(await identity(source.databaseUrl, { files: {} })).toBe('unknown')
  await query(copy.superuserUrl, 'REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC')
  expect(await identity(copy.databaseUrl)).toBe('unknown')
  const silent = await backupInto(copy.databaseUrl, await testClients())
  try {
    expect(await identity(source.databaseUrl, { from: silent })).toBe('unknown')
  } finally {
    await rm(silent, { recursive: true, force: true })
  }
})

test('A target whose database does not answer takes what is reached by the platform’s API, and nothing else', async () => {
  const environment = { TEST_SUPABASE_PROJECT_REF: 'tsrqponmlkjihgfedcba' }
  const config = loadConfig({
    ...placesIn(),
    ...environment,
    PROJECT_NAME: 'shop',
    SUPABASE_DB_URL: source.databaseUrl,
  })
  const nobody = parseConnection({ url: source.databaseUrl.replace(/:\d+\//, ':1/') }, 'test')
  const warned: string[] = []
  const log = { ...silentLog, warn: (message: string) => void warned.push(message) }
  const judge = (components: string[], isAgain = false) => {
    const command = {
      config,
      generation,
      components,
      overSource: false,
      arm: false,
      rollback: false,
      log,
    }
    const target = { role: 'target', reference: 'test', database: nobody, storage: undefined }
    return judgeTarget(command as unknown as RestoreCommand, manifest, target as Project, isAgain)
  }
  expect(await judge(['settings', 'functions'])).toEqual({ arm: false })
  // The second half of a restore asks again, and has said it.
  expect(await judge(['settings', 'functions'], true)).toEqual({ arm: false })
  expect(warned).toEqual([expect.stringContaining('was not asked which it is')])
  for (const name of ['database', 'storage', 'auth'])
    await expect(judge(['settings', name])).rejects.toMatchObject({ code: 'DB_REFUSED' })
})
