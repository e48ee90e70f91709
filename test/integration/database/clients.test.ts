import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog as log } from '../../../src/common/log.ts'
import { runProgram, startProgram } from '../../../src/common/process.ts'
import { backupDatabase } from '../../../src/database/capture/backup.ts'
import { findClients } from '../../../src/database/connect/clients.ts'
import {
  libpqArguments,
  libpqEnvironment,
  parseConnection,
} from '../../../src/database/connect/connection.ts'
import { openSnapshot } from '../../../src/database/connect/snapshot.ts'
import { readContents } from '../../../src/database/rules/contents.ts'
import { type Clients17, prepareClients17 } from '../../helpers/clients-17.ts'
import { type PodmanWithImage, startPodmanWithClients } from '../../helpers/podman.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

const phase = 'test'
let platform: TestPlatform
let clients17: Clients17
let podman: PodmanWithImage
let folder: string

beforeAll(async () => {
  clients17 = await prepareClients17()
  podman = await startPodmanWithClients()
  platform = await startTestPlatform({ major: 17 })
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-clients-'))
})

afterAll(async () => {
  await podman?.remove()
  await platform?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function backUp(name: string, options: Parameters<typeof findClients>[0]) {
  const clients = await findClients(options)
  const connection = parseConnection({ url: platform.databaseUrl }, phase)
  const snapshot = await openSnapshot(connection)
  const generation = join(folder, name)
  await mkdir(generation)
  try {
    const result = await backupDatabase({ snapshot, connection, clients, generation, jobs: 2, log })
    const contents = await readContents(join(generation, 'database', 'dump'))
    return {
      result,
      contents,
      clients,
      schema: await readFile(join(generation, 'database', 'schema.sql'), 'utf8'),
    }
  } finally {
    await snapshot.close()
    await clients.close()
  }
}

describe('clients on this machine', () => {
  test('clients 17 dump a server 17', async () => {
    const { result, contents } = await backUp('local', {
      serverMajor: 17,
      pgBinDir: clients17.binDirectory,
      environment: process.env,
      log,
      phase,
    })
    expect(result.versions['clients']).toMatch(/^17\./)
    expect(contents.dumpVersion).toMatch(/^17\./)
    expect(result.status).toBe('complete')
  })

  test('the closest major that is new enough wins over the newest one', async () => {
    const clients = await findClients({
      serverMajor: 15,
      log,
      phase,
      environment: { PATH: `${clients17.binDirectory}:${process.env['PATH']}` },
    })
    expect(clients.major).toBe(15)
  })

  test('PG_BIN_DIR with clients older than the server is refused with the reason', async () => {
    const old = await findClients({ environment: process.env, serverMajor: 15, log, phase })
    const pgBinDir = join(old.command('pg_dump', [], {}).program, '..')
    await expect(
      findClients({ environment: process.env, serverMajor: 17, pgBinDir, log, phase }),
    ).rejects.toMatchObject({
      code: 'PG_BIN_DIR_UNSUITABLE',
      message: expect.stringContaining('older than the server'),
      exitCode: 78,
    })
  })

  test('PG_BIN_DIR without the programs is refused', async () => {
    await expect(
      findClients({ environment: process.env, serverMajor: 15, pgBinDir: folder, log, phase }),
    ).rejects.toMatchObject({
      code: 'PG_BIN_DIR_UNSUITABLE',
      message: expect.stringContaining('does not hold'),
    })
  })

  test('where nothing fits and no container runtime works, the error says what to install', async () => {
    await expect(
      findClients({ serverMajor: 99, log, phase, environment: { PATH: folder } }),
    ).rejects.toMatchObject({
      code: 'PG_CLIENTS_MISSING',
      suggestion: expect.stringMatching(/99.*Podman/),
      exitCode: 78,
    })
  })
})

describe('clients in a container', () => {
  const options = () => ({
    serverMajor: 17,
    pgImage: podman.image,
    log,
    phase,
    environment: podman.environment,
  })

  test('Podman dumps a server that the clients of this machine are too old for', async () => {
    const local = await backUp('machine', {
      ...{ serverMajor: 17, pgBinDir: clients17.binDirectory, environment: process.env },
      ...{ log, phase },
    })
    const contained = await backUp('container', options())
    expect(contained.clients.describe).toContain('podman')
    expect(contained.result.status).toBe('complete')
    expect(contained.contents.entries.length).toBe(local.contents.entries.length)
    expect(contained.schema).toBe(local.schema)
    expect(await podman.containers()).toEqual([])
  })

  test('the password is in the environment and not in the arguments', async () => {
    const clients = await findClients(options())
    const connection = parseConnection({ url: platform.databaseUrl }, phase)
    const command = clients.command('pg_dump', libpqArguments, libpqEnvironment(connection))
    expect(command.args.join(' ')).not.toContain(connection.password)
    expect(command.env).not.toHaveProperty('PGPASSWORD')
  })

  test('a container whose client was killed is removed by close', async () => {
    const clients = await findClients(options())
    const connection = parseConnection({ url: platform.databaseUrl }, phase)
    const command = clients.command(
      'psql',
      [...libpqArguments, '--command=select pg_sleep(600)'],
      libpqEnvironment(connection),
    )
    const child = startProgram({ ...command, phase })
    while ((await podman.containers()).length === 0) await sleep(50)
    process.kill(child.pid, 'SIGKILL')
    await child.ended
    expect(await podman.containers()).toHaveLength(1)
    await clients.close()
    expect(await podman.containers()).toEqual([])
  })

  test('a container left by a run that was killed is removed by the next run', async () => {
    const ended = startProgram({ program: 'true', args: [], env: process.env, phase })
    await ended.ended
    await runProgram({
      program: 'podman',
      args: [
        'run',
        '--detach',
        '--network=host',
        `--name=supabase-backup-${ended.pid}-killed`,
        '--entrypoint=psql',
      ].concat(podman.image, ['--command=select pg_sleep(600)']),
      env: { ...podman.environment },
      phase,
      suggestion: '',
    })
    expect(await podman.containers()).toHaveLength(1)
    await findClients(options())
    expect(await podman.containers()).toEqual([])
  })

  test('an image without the programs is refused, naming the image', async () => {
    await expect(findClients({ ...options(), pgImage: 'localhost/no-such-image:1' })).rejects.toMatchObject({
      code: 'PG_IMAGE_UNUSABLE',
      message: expect.stringContaining('localhost/no-such-image:1'),
      exitCode: 78,
    })
  })
})
