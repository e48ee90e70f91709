import { rm } from 'node:fs/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { findClients } from '../../../src/database/connect/clients.ts'
import { connectionUrl } from '../../../src/database/connect/connection-string.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { runPlatformFiles } from '../../../src/drill/platform.ts'
import { type DrillTarget, startDrillTarget } from '../../../src/drill/target.ts'
import { installApplication } from '../../../src/sandbox/application.ts'
import { applyDatabase } from '../../helpers/apply.ts'
import { prepareClients17 } from '../../helpers/clients-17.ts'
import { backupInto, installHostile, query, testClients } from '../../helpers/database.ts'
import { flattenCatalog, readCatalog } from '../../helpers/platform-catalog.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

const url = (connection: DrillTarget['superuser']) => connectionUrl(connection)

async function clientsOf(major: 15 | 17): Promise<PostgresClients> {
  if (major === 15) return testClients()
  const { binDirectory } = await prepareClients17()
  return findClients({
    environment: process.env,
    serverMajor: 17,
    pgBinDir: binDirectory,
    log: silentLog,
    phase: 'test',
  })
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
  /** The origin's platform before anybody made anything. */
  let pristine: Map<string, string>

  beforeAll(async () => {
    ;[source, clients] = await Promise.all([startTestPlatform({ major }), clientsOf(major)])
    pristine = await catalogOf(source.superuserUrl)
    await installApplication({ databaseUrl: source.databaseUrl, size: 'small' })
    // As projects do that let a role of their own look up users.
    await query(source.superuserUrl, 'GRANT SELECT ON auth.users TO app_reader')
    generation = await backupInto(source.databaseUrl, clients)
    target = await startDrillTarget({
      generation,
      clients,
      config: { environment: process.env },
      log: silentLog,
    })
  })
  afterAll(async () => {
    await target?.stop()
    await source?.stop()
    await rm(generation, { recursive: true, force: true })
  })

  test('has the platform’s schemas as the origin has them', async () => {
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

test('A drill’s target has nothing of what a user put into the platform’s schemas, as a new project has not', async () => {
  const [source, clients] = await Promise.all([startTestPlatform(), testClients()])
  await query(
    source.superuserUrl,
    `CREATE TABLE auth.custom_table (id int PRIMARY KEY);
    ALTER TABLE auth.custom_table OWNER TO postgres;
    ALTER TABLE auth.users ADD COLUMN tenant text;
    CREATE FUNCTION auth.tenant_id() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid';
    ALTER FUNCTION auth.tenant_id() OWNER TO postgres`,
  )
  const generation = await backupInto(source.databaseUrl, clients)
  await source.stop()
  const target = await startDrillTarget({
    generation,
    clients,
    config: { environment: process.env },
    log: silentLog,
  })
  try {
    const [found] = await query(
      url(target.superuser),
      `SELECT to_regclass('auth.custom_table') IS NOT NULL AS table, to_regproc('auth.tenant_id') IS NOT NULL AS function,
        EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'auth.users'::regclass AND attname = 'tenant') AS column`,
    )
    expect(found).toEqual({ table: false, function: false, column: false })
  } finally {
    await target.stop()
    await rm(generation, { recursive: true, force: true })
  }
})

test('A project whose services are of other versions is drilled with every row compared', async () => {
  const [source, clients] = await Promise.all([startTestPlatform(), testClients()])
  await query(
    source.superuserUrl,
    `INSERT INTO auth.schema_migrations VALUES ('29990101000000');
    CREATE TYPE auth.mood AS ENUM ('calm');
    CREATE TABLE auth.moods (id int PRIMARY KEY, mood auth.mood, note varchar(40));
    ALTER TABLE auth.moods OWNER TO supabase_auth_admin;
    ALTER TABLE auth.users ADD COLUMN mood auth.mood, ADD COLUMN weight numeric(8,2) NOT NULL DEFAULT 0;
    ALTER TABLE storage.buckets DROP COLUMN type`,
  )
  await query(
    source.superuserUrl,
    `INSERT INTO auth.moods VALUES (1, 'calm', 'one');
    INSERT INTO auth.users (id, email, mood, weight) VALUES (gen_random_uuid(), 'a@example.com', 'calm', 1.50)`,
  )
  const generation = await backupInto(source.databaseUrl, clients)
  await source.stop()
  const target = await startDrillTarget({
    generation,
    clients,
    config: { environment: process.env },
    log: silentLog,
  })
  try {
    expect(target.findings).toContainEqual(
      expect.objectContaining({
        kind: 'drill-service-columns',
        names: [
          'auth.moods.id',
          'auth.moods.mood',
          'auth.moods.note',
          'auth.users.mood',
          'auth.users.weight',
        ],
      }),
    )
    const { findings } = await restoreDatabase({
      generation,
      target: target.database,
      clients,
      log: silentLog,
    })
    expect(findings.map(({ kind }) => kind)).not.toContain('service-columns-lost')
    const { ok, differences } = await verifyDatabase({
      ...{ generation, target: target.database, clients, log: silentLog },
    })
    expect(differences).toEqual([])
    expect(ok).toBe(true)
  } finally {
    await target.stop()
    await rm(generation, { recursive: true, force: true })
  }
})

test('An extension that cannot be had, and that nothing is made of, is named', async () => {
  const [source, clients] = await Promise.all([startTestPlatform(), testClients()])
  const client = new pg.Client({ connectionString: source.superuserUrl })
  await client.connect()
  await runPlatformFiles(client, ['register-extension'])
  await client.query(`SELECT pg_temp.register_extension('moon_phase', 'extensions', '1.0', NULL)`)
  await client.end()
  const generation = await backupInto(source.databaseUrl, clients)
  await source.stop()
  const target = await startDrillTarget({
    generation,
    clients,
    config: { environment: process.env },
    log: silentLog,
  })
  await target.stop()
  await rm(generation, { recursive: true, force: true })
  expect(target.findings).toContainEqual(
    expect.objectContaining({ kind: 'drill-extensions-missing', names: ['moon_phase'] }),
  )
})

test('A project with event triggers, wrappers and publications of everything is drilled, and they are named', async () => {
  const [source, clients] = await Promise.all([startTestPlatform(), testClients()])
  await installHostile(source)
  const generation = await backupInto(source.databaseUrl, clients)
  await source.stop()
  const log = silentLog
  const target = await startDrillTarget({ generation, clients, config: { environment: process.env }, log })
  try {
    const [result] = await applyDatabase({ generation, target, major: inject('major'), disposable: true })
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
