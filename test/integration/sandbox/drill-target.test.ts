import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { findClients, type PostgresClients } from '../../../src/database/clients.ts'
import { restoreDatabase } from '../../../src/database/restore.ts'
import { verifyDatabase } from '../../../src/database/verify.ts'
import { applyBackup } from '../../../src/restore/apply.ts'
import { passingProgress } from '../../../src/restore/progress.ts'
import { installApplication } from '../../../src/sandbox/application.ts'
import { type DrillTarget, startDrillTarget } from '../../../src/sandbox/drill-target.ts'
import { runPlatformFiles } from '../../../src/sandbox/platform.ts'
import { prepareClients17 } from '../../helpers/clients-17.ts'
import { backupInto, installHostile, query, testClients } from '../../helpers/database.ts'
import { flattenCatalog, readCatalog } from '../../helpers/platform-catalog.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

const url = ({ user, password, host, port }: DrillTarget['superuser']) =>
  `postgresql://${user}:${password}@${host}:${port}/postgres`

async function clientsOf(major: 15 | 17): Promise<PostgresClients> {
  if (major === 15) return testClients()
  const { binDirectory } = await prepareClients17()
  return findClients({ serverMajor: 17, pgBinDir: binDirectory, log: silentLog, phase: 'test' })
}

async function catalogOf(connectionString: string): Promise<Map<string, string>> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const catalog = flattenCatalog(await readCatalog(client))
  await client.end()
  return catalog
}

describe.each([15, 17] as const)('a drill’s target of major %i', (major) => {
  let source: TestPlatform
  let clients: PostgresClients
  let generation: string
  let target: DrillTarget
  /** The source's platform before anybody made anything. */
  let pristine: Map<string, string>

  beforeAll(async () => {
    ;[source, clients] = await Promise.all([startTestPlatform({ major }), clientsOf(major)])
    pristine = await catalogOf(source.superuserUrl)
    await installApplication({ databaseUrl: source.databaseUrl, size: 'small' })
    // As projects do that let a role of their own look up users.
    await query(source.superuserUrl, 'GRANT SELECT ON auth.users TO app_reader')
    generation = await backupInto(source.databaseUrl, clients)
    target = await startDrillTarget({ generation, clients, log: silentLog })
  })
  afterAll(async () => {
    await target?.stop()
    await source?.stop()
    await rm(generation, { recursive: true, force: true })
  })

  test('has the platform’s schemas as the source has them', async () => {
    const built = await catalogOf(url(target.superuser))
    expect([...pristine].filter(([path, facts]) => built.get(path) !== facts)).toEqual([])
  })

  test('says which extensions it only has stand-ins for', () => {
    expect(target.findings).toMatchObject([
      { kind: 'drill-extensions-stood-in', severity: 'note', names: ['pgjwt', 'supabase_vault'] },
    ])
  })

  test('takes a restore as postgres, who is no superuser, that proves equal to the backup', async () => {
    await restoreDatabase({ generation, target: target.database, clients, log: silentLog })
    const { ok, differences } = await verifyDatabase({
      generation,
      target: target.database,
      clients,
      log: silentLog,
    })
    expect(differences).toEqual([])
    expect(ok).toBe(true)
  })
})

describe('a drill’s target of an unusual project', () => {
  let source: TestPlatform
  let clients: PostgresClients
  let pristine: Map<string, string>
  let unusual: string
  let other: DrillTarget

  beforeAll(async () => {
    ;[source, clients] = await Promise.all([startTestPlatform(), testClients()])
    pristine = await catalogOf(source.superuserUrl)
    await query(source.databaseUrl, "CREATE TYPE public.mood AS ENUM ('calm', 'busy')")
    const client = new pg.Client({ connectionString: source.superuserUrl })
    await client.connect()
    await runPlatformFiles(client, ['register-extension'])
    await client.query(`
      SELECT pg_temp.register_extension('moon_phase', 'extensions', '1.0', NULL);
      CREATE TABLE storage.of_a_users_type (state public.mood)`)
    await client.end()
    unusual = await backupInto(source.databaseUrl, clients)
    other = await startDrillTarget({ generation: unusual, clients, log: silentLog })
  })
  afterAll(async () => {
    await other?.stop()
    await source?.stop()
    await rm(unusual, { recursive: true, force: true })
  })

  test('is the toolkit’s own platform where the dump’s cannot be built, and says why', async () => {
    expect(other.findings).toMatchObject([{ kind: 'drill-platform-copy', severity: 'manual' }])
    expect(other.findings[0]?.message).toContain('type "public.mood" does not exist')
    const built = await catalogOf(url(other.superuser))
    expect([...pristine].filter(([path, facts]) => built.get(path) !== facts)).toEqual([])
  })

  test('names extensions that cannot be had', async () => {
    await query(source.superuserUrl, 'DROP TABLE storage.of_a_users_type')
    const generation = await backupInto(source.databaseUrl, clients)
    const target = await startDrillTarget({ generation, clients, log: silentLog })
    await target.stop()
    await rm(generation, { recursive: true, force: true })
    expect(target.findings).toContainEqual(
      expect.objectContaining({ kind: 'drill-extensions-missing', names: ['moon_phase'] }),
    )
  })
})

test('A project with event triggers, wrappers and publications of everything is drilled, and they are named', async () => {
  const [source, clients] = await Promise.all([startTestPlatform(), testClients()])
  await installHostile(source)
  const generation = await backupInto(source.databaseUrl, clients)
  await source.stop()
  const log = silentLog
  const target = await startDrillTarget({ generation, clients, log })
  try {
    const [result] = await applyBackup({
      ...{ generation, clients, log, components: ['database'], target: { ...target, reference: 'drill' } },
      ...{ disposable: true, arm: false, concurrency: 1, scope: {}, keepExtra: false },
      progress: passingProgress(join(generation, 'observed')),
      signal: new AbortController().signal,
    })
    const { differences } = await verifyDatabase({
      generation,
      target: target.database,
      clients,
      log,
      disarmed: true,
    })
    expect(differences).toEqual([])
    const names = result?.findings.flatMap((finding) => finding.names).join('\n')
    expect(names).toContain('watch -- ddl')
    expect(names).toContain('everything')
    expect(names).toContain('own wrapper')
  } finally {
    await target.stop()
    await rm(generation, { recursive: true, force: true })
  }
})
