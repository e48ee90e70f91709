import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { findClients } from '../../../src/database/connect/clients.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { findDrillImage } from '../../../src/drill/image.ts'
import type { PostgresServer } from '../../../src/drill/postgres.ts'
import { findDrillServer, startDrillServer } from '../../../src/drill/server.ts'
import { startStorageTarget } from '../../../src/drill/storage-target.ts'
import { startDrillTarget } from '../../../src/drill/target.ts'
import { prepareClients17 } from '../../helpers/clients-17.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { type PodmanWithImage, startPodmanWithServer } from '../../helpers/podman.ts'
import { startTestPlatform } from '../../helpers/sandbox.ts'

let podman: PodmanWithImage
let folder: string

beforeAll(async () => {
  podman = await startPodmanWithServer()
  folder = await mkdtemp(join(tmpdir(), 'drill-image-'))
  for (const [name, value] of Object.entries(podman.environment)) if (name !== 'PATH') vi.stubEnv(name, value)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await podman?.remove()
  await rm(folder, { recursive: true, force: true })
})

const config = (name = podman.image) => ({ DRILL_IMAGE: name, environment: process.env })
const find = (name = podman.image) => findDrillImage({ config: config(name), log: silentLog, fetch: false })
const needs = {
  ...{ major: 17, needed: ['vector'] },
  extensions: ['vector', 'pg_cron'].map((name) => ({ name, version: '0.1' })),
}

async function start(name: string): Promise<PostgresServer> {
  return startDrillServer(await findDrillServer(needs, await find()), join(folder, name))
}

const asSuperuser = (server: PostgresServer, sql: string) =>
  query(server.url(server.superuser.user, server.superuser.password), sql)

describe('A server in a container of the image, even as superuser,', () => {
  let server: PostgresServer

  beforeAll(async () => {
    server = await start('confined')
  })
  afterAll(() => server?.stop())

  test('has the extensions of the image', async () => {
    const [found] = await asSuperuser(
      server,
      `CREATE EXTENSION vector; CREATE EXTENSION pg_cron; SELECT '[1,2]'::vector <-> '[1,3]' AS distance`,
    ).then((rows) => rows.slice(-1))
    expect(found).toEqual({ distance: 1 })
    expect(await asSuperuser(server, 'SHOW cron.launch_active_jobs')).toMatchObject([
      { 'cron.launch_active_jobs': 'off' },
    ])
  })

  test('writes nowhere but in its own folders', async () => {
    await expect(asSuperuser(server, `COPY (SELECT 1) TO '/usr/marker'`)).rejects.toThrow(/Read-only/)
    await expect(access('/usr/marker')).rejects.toThrow()
  })

  test('sees no file of this machine', async () => {
    await expect(asSuperuser(server, `SELECT pg_read_file('${import.meta.filename}')`)).rejects.toThrow(
      /No such file/,
    )
  })

  test('reaches no network', async () => {
    await asSuperuser(server, 'CREATE EXTENSION dblink')
    await expect(
      asSuperuser(server, `SELECT dblink_connect('host=192.0.2.1 user=x connect_timeout=3')`),
    ).rejects.toMatchObject({ detail: expect.stringContaining('Network is unreachable') })
  })

  test('runs as an account of its own that can gain no right', async () => {
    const [{ status } = {}] = await asSuperuser(server, `SELECT pg_read_file('/proc/self/status') AS status`)
    expect(status).toMatch(/^Uid:\t61184\t/m)
    expect(status).toMatch(/^CapBnd:\t0+$/m)
    expect(status).toMatch(/^NoNewPrivs:\t1$/m)
  })

  test('is reached by a socket alone', () => {
    expect(server.host).toMatch(/^\//)
    expect(server.confinement).toMatchObject({ level: 'container' })
  })
})

test('A server in a container leaves nothing when it is stopped', async () => {
  const server = await start('stopped')
  expect(await podman.containers()).toHaveLength(1)
  await server.stop()
  expect(await podman.containers()).toEqual([])
  await expect(access(server.host)).rejects.toThrow()
})

test('A container ends when the process that started it is killed', async () => {
  const script = `
    const { findDrillImage } = await import('${join(import.meta.dirname, '../../../src/drill/image.ts')}')
    const { findDrillServer, startDrillServer } = await import('${join(import.meta.dirname, '../../../src/drill/server.ts')}')
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const image = await findDrillImage({ config: { DRILL_IMAGE: '${podman.image}', environment: process.env }, log, fetch: false })
    await startDrillServer(await findDrillServer(${JSON.stringify(needs)}, image), '${join(folder, 'killed')}')
    process.stdout.write('ready')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  expect(await podman.containers()).toHaveLength(1)
  child.kill('SIGKILL')
  while ((await podman.containers()).length > 0) await sleep(200)
})

test('An image that is not here, or has no server that fits, is refused with the remedy', async () => {
  await expect(find('localhost/nothing:1')).rejects.toMatchObject({
    code: 'DRILL_IMAGE_UNUSABLE',
    suggestion: expect.stringContaining('podman pull localhost/nothing:1'),
  })
  await expect(findDrillServer({ ...needs, major: 99 }, await find())).rejects.toMatchObject({
    code: 'DRILL_IMAGE_UNUSABLE',
    message: expect.stringContaining('PostgreSQL 99'),
  })
})

test('An image without an extension that the backup is made of is refused by its name', async () => {
  const extensions = [{ name: 'moon_phase', version: '1.0' }]
  await expect(
    findDrillServer({ major: 17, extensions, needed: ['moon_phase'] }, await find()),
  ).rejects.toMatchObject({
    code: 'DRILL_EXTENSION_MISSING',
    message: expect.stringMatching(/postgres-server:17.*moon_phase/),
  })
})

test('An image with an older version of an extension than the backup says which', async () => {
  const extensions = [{ name: 'vector', version: '99.0' }]
  expect(await findDrillServer({ ...needs, extensions }, await find())).toMatchObject({
    older: [{ name: 'vector', wanted: '99.0', offered: expect.stringMatching(/^\d/) }],
  })
})

test('A project is drilled in the image, and equals its backup', async () => {
  const [source, sourceClients] = await Promise.all([startTestPlatform(), testClients()])
  await query(source.databaseUrl, 'CREATE TABLE kept AS SELECT n FROM generate_series(1, 100) n')
  const generation = await backupInto(source.databaseUrl, sourceClients)
  await source.stop()
  const { binDirectory } = await prepareClients17()
  const log = silentLog
  const clients = await findClients({
    environment: process.env,
    serverMajor: 17,
    pgBinDir: binDirectory,
    log,
    phase: 'test',
  })
  const target = await startDrillTarget({ generation, clients, config: config(), log })
  try {
    expect(target.findings).toContainEqual(
      expect.objectContaining({ kind: 'drill-image', names: [podman.image] }),
    )
    await restoreDatabase({ generation, target: target.database, clients, log })
    const { differences } = await verifyDatabase({ generation, target: target.database, clients, log })
    expect(differences).toEqual([])
  } finally {
    await target.stop()
    await rm(generation, { recursive: true, force: true })
  }
})

test('A drill of Storage alone runs in the image too', async () => {
  const generation = join(folder, 'generation')
  const target = await startStorageTarget({
    ...{ generation, server: undefined, config: config(), log: silentLog },
  })
  expect(target.superuser.host).toMatch(/^\//)
  await target.stop()
})
