import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { type Manifest, readManifest, writeManifest } from '../../../src/common/manifest.ts'
import type { ComponentFlags, ComponentVerification } from '../../../src/components/component.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { backupDatabase } from '../../../src/database/capture/backup.ts'
import { backupRoles } from '../../../src/database/capture/roles.ts'
import { readScope } from '../../../src/database/capture/scope.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { openSnapshot } from '../../../src/database/connect/snapshot.ts'
import { openDatabaseRestore } from '../../../src/database/restore/component.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { smallApplication } from '../../helpers/application-sql.ts'
import { prepareClients17 } from '../../helpers/clients-17.ts'
import { query, testClients } from '../../helpers/database.ts'
import { placesIn } from '../../helpers/places.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

const major = inject('major')
let source: TestPlatform
let target: TestPlatform
const folders: string[] = []

beforeAll(async () => {
  source = await startTestPlatform()
  target = await startTestPlatform()
  await query(
    source.databaseUrl,
    `${smallApplication}
    CREATE TABLE app.logs (id int PRIMARY KEY); INSERT INTO app.logs VALUES (1), (2);
    CREATE TABLE app.entries (id int PRIMARY KEY, log int CONSTRAINT of_log REFERENCES app.logs (id));
    INSERT INTO app.entries VALUES (1, 1), (2, 2);
    CREATE VIEW app.busy AS SELECT count(*) FROM app.logs;`,
  )
})
afterAll(async () => {
  await source.stop()
  await target.stop()
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

const database = () => parseConnection({ url: target.databaseUrl }, 'test')
const rows = (sql: string) => query(target.databaseUrl, sql)
const count = async (table: string) => (await rows(`SELECT FROM ${table}`)).length

/** Backs up what the flags choose, and returns the generation. */
async function backUp(flags: ComponentFlags): Promise<string> {
  const generation = await mkdtemp(join(tmpdir(), 'generation-'))
  folders.push(generation)
  const connection = parseConnection({ url: source.databaseUrl }, 'test')
  const snapshot = await openSnapshot(connection)
  try {
    const scope = await readScope(snapshot.lead, flags)
    const clients = await testClients()
    const options = { snapshot, connection, clients, generation, scope, jobs: 2, log: silentLog }
    const { versions } =
      scope.partial?.type === 'roles' ? await backupRoles(options) : await backupDatabase(options)
    await writeManifest(generation, { ...manifest, versions, partial: scope.partial })
  } finally {
    await snapshot.close()
  }
  return generation
}

const manifest: Manifest = {
  format: 2,
  tool: { name: 'supabase-backup', version: '0.0.0' },
  ...{ runId: 'run', project: { name: 'shop', ref: null, url: null } },
  ...{ startedAt: '2026-11-28T03:00:00Z', snapshotAt: null, status: 'complete' },
  ...{ components: [], versions: {}, files: {} },
}

/** Opens the restore of a generation into the target, does this with it, and closes it. */
async function restoring<Result>(
  generation: string,
  work: (restore: Awaited<ReturnType<typeof openDatabaseRestore>>) => Promise<Result>,
  flags: ComponentFlags = {},
  disposable = false,
): Promise<Result> {
  const config = loadConfig({
    ...placesIn(),
    ...{ PROJECT_NAME: 'shop', STATE_DIR: join(generation, 'state') },
    ...(major === 17 && { PG_BIN_DIR: (await prepareClients17()).binDirectory }),
  })
  const restore = await openDatabaseRestore({
    ...{ config, generation, flags, disposable, arm: false, rollback: false, wanted: ['database'] },
    target: { database: database(), storage: undefined, role: 'target', reference: 'a test project' },
    manifest: await readManifest(generation),
    ...{ log: silentLog, signal: new AbortController().signal },
  })
  return work(restore).finally(() => restore.close())
}

/** Restores it, and says what came of that and of the comparison. */
function restore(generation: string, flags: ComponentFlags = {}, disposable = false) {
  return restoring(
    generation,
    async (opened) => {
      let state: Record<string, unknown> = {}
      const progress = {
        inTransaction: '',
        get state() {
          return state
        },
        note: async (more: Record<string, unknown>) => {
          state = { ...state, ...more }
        },
      }
      const result = await opened.restore(progress)
      return { result, verification: await opened.verify(progress, false) }
    },
    flags,
    disposable,
  )
}

const equal: Partial<ComponentVerification> = { ok: true, differences: [] }

const preview = (generation: string) =>
  restoring(generation, async (opened) => {
    const { lines } = await opened.preview({ rows: {}, findings: [] })
    return lines(100).join('\n')
  })

describe('a partial backup', () => {
  test('of definitions brings these without rows into a fresh project, and a change of one is found', async () => {
    const generation = await backUp({ type: 'schema' })
    expect(await preview(generation)).toContain('it will hold no rows')
    const { result, verification } = await restore(generation)
    expect(result).toMatchObject({ status: 'complete' })
    expect(verification).toMatchObject(equal)
    expect([
      await count('app.orders'),
      await count('auth.users'),
      await count('pg_largeobject_metadata'),
    ]).toEqual([0, 0, 0])
    await rows('ALTER TABLE app.orders ADD COLUMN more int')
    const options = { generation, target: database(), clients: await testClients(), log: silentLog }
    const found = await verifyDatabase({ ...options, disarmed: true, definitionsOnly: true })
    expect(found.differences).toMatchObject([{ name: 'TABLE app orders' }])
    await rows('ALTER TABLE app.orders DROP COLUMN more')
    await expect(restore(generation, { schema: ['app'], 'data-only': true })).rejects.toThrow('no rows')
  })

  test('of rows fills the tables that are there, and is refused before it writes where these do not fit', async () => {
    const generation = await backUp({ type: 'data' })
    await expect(restore(generation)).rejects.toMatchObject({ code: 'RESTORE_FOREIGN_KEYS_BROKEN' })
    const users = await query(source.databaseUrl, 'SELECT id FROM auth.users')
    for (const { id } of users) await rows(`INSERT INTO auth.users (id) VALUES ('${id}')`)
    expect(await preview(generation)).toContain('its rows are replaced')
    const { result } = await restore(generation)
    expect(result).toMatchObject({ status: 'complete' })
    expect([await count('app.orders'), await count('app.entries'), await count('auth.users')]).toEqual([
      20, 2, 20,
    ])
    await rows(
      'ALTER TABLE app.entries RENAME COLUMN log TO record; ALTER TABLE app.logs ADD COLUMN at date NOT NULL DEFAULT now(); ALTER TABLE app.logs ALTER COLUMN at DROP DEFAULT',
    )
    await expect(restore(generation)).rejects.toMatchObject({
      code: 'TARGET_TABLES_DIFFER',
      detail:
        'app.entries has no column log; app.logs needs a value for its column at, which the rows have none for',
    })
    await rows('ALTER TABLE app.entries RENAME COLUMN record TO log; ALTER TABLE app.logs DROP COLUMN at')
    await expect(restore(generation, { 'schema-only': true })).rejects.toMatchObject({
      code: 'PARTIAL_MISMATCH',
    })
  })

  test('of roles makes them, their memberships and settings as they were, and leaves others alone', async () => {
    const generation = await backUp({ type: 'roles' })
    await rows(
      `ALTER ROLE app_reader SET work_mem = '9MB'; REVOKE app_reader FROM authenticated; CREATE ROLE somebody_else`,
    )
    expect(await preview(generation)).toContain('setting work_mem of app_reader')
    expect((await restore(generation)).verification).toMatchObject(equal)
    expect(
      await rows(
        `SELECT pg_has_role('authenticated', 'app_reader', 'MEMBER') AS member, to_regrole('somebody_else') AS other`,
      ),
    ).toMatchObject([{ member: true, other: 'somebody_else' }])
    await expect(restore(generation, { schema: ['app'] })).rejects.toMatchObject({ code: 'PARTIAL_MISMATCH' })
  })

  test('of a schema without a table names what pointed at that, and verification does not count it', async () => {
    const generation = await backUp({ schema: ['app'], 'exclude-table': ['app.logs'] })
    await expect(restore(generation)).rejects.toMatchObject({
      code: 'SELECTION_HAS_DEPENDENTS',
      detail: 'VIEW public states',
    })
    await rows('DROP VIEW public.states')
    const { result, verification } = await restore(generation)
    const names = (kind: string) => result.findings.find((found) => found.kind === kind)?.names ?? []
    expect(names('entry-left-out').map((name) => name.split(':')[0])).toEqual([
      'VIEW app busy',
      'FK CONSTRAINT app entries of_log',
    ])
    expect(names('not-backed-up')).toContain('TABLE app logs')
    expect(verification).toMatchObject(equal)
    expect(
      await rows(`SELECT to_regclass('app.logs') AS logs, to_regclass('public.notes') AS notes`),
    ).toEqual([{ logs: null, notes: 'notes' }])
    expect(await count('app.entries')).toBe(2)
    await expect(restore(generation, { table: ['app.logs'] })).rejects.toThrow('made without app.logs')
    await expect(restore(generation, { schema: ['public'] })).rejects.toThrow('nothing of the schema public')
  })

  test('of everything but some tables replaces the whole, users among it', async () => {
    const generation = await backUp({ 'exclude-table': ['app.logs', 'auth.identities'] })
    const { verification } = await restore(generation)
    expect(verification).toMatchObject(equal)
    expect([await count('auth.users'), await count('auth.identities'), await count('public.notes')]).toEqual([
      20, 0, 20,
    ])
  })

  test.each([
    [{ schema: ['publik'] }, 'SCHEMA_UNKNOWN'],
    [{ schema: ['auth'] }, 'SELECTION_MANAGED'],
    [{ 'exclude-table': ['app.nothing_*'] }, 'PATTERN_UNMATCHED'],
    [{ schema: ['public'], 'exclude-table': ['app.logs'] }, 'PATTERN_UNMATCHED'],
    [{ type: 'data', 'exclude-table': ['*.*'] }, 'PARTIAL_EMPTY'],
  ])('of %j is refused', async (flags, code) => {
    await expect(backUp(flags)).rejects.toMatchObject({ code })
  })
})
