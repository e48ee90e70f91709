import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { findContainerRuntime } from '../../../src/common/containers.ts'
import { silentLog as log } from '../../../src/common/log.ts'
import { containerClients } from '../../../src/database/connect/container.ts'

const phase = 'test'
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-runtime-'))
  return () => rm(folder, { recursive: true, force: true })
})

/** A runtime's program as a shell script; `$1` is its command. */
async function program(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`)
  await chmod(join(folder, name), 0o755)
}

const find = (environment: Record<string, string> = {}) =>
  findContainerRuntime({ phase, environment: { PATH: `${folder}:/bin:/usr/bin`, ...environment } })

const works = (answer: string) => `[ "$1" = info ] && echo '${answer}'`
const fails = 'echo "Cannot connect to the daemon" >&2; exit 1'

test('Podman comes before Docker, and says whether it is rootless', async () => {
  await program('podman', works('true'))
  await program('docker', works('[name=seccomp]'))
  expect(await find()).toMatchObject({ program: 'podman', rootless: true })
  await program('podman', works('false'))
  expect(await find()).toMatchObject({ program: 'podman', rootless: false })
})

test('Docker is used where Podman does not work', async () => {
  await program('podman', fails)
  await program('docker', works('[name=seccomp name=rootless]'))
  expect(await find()).toMatchObject({ program: 'docker', rootless: true })
})

test('DOCKER_HOST decides for Docker at that socket', async () => {
  await program('podman', works('true'))
  await program('docker', `[ "$DOCKER_HOST" = unix:///run/mine.sock ] && ${works('[]')}`)
  expect(await find({ DOCKER_HOST: 'unix:///run/mine.sock' })).toMatchObject({
    program: 'docker',
    env: { DOCKER_HOST: 'unix:///run/mine.sock' },
    rootless: false,
  })
})

test('an engine on another machine is not used, for it cannot see our folders', async () => {
  await program('podman', works('true'))
  await program('docker', works('[]'))
  expect(await find({ DOCKER_HOST: 'ssh://elsewhere' })).toMatchObject({ program: 'podman' })
})

test("the user's own socket is found where only Docker's program is there", async () => {
  await program('podman', fails)
  await program('docker', `[ -n "$DOCKER_HOST" ] && ${works('[name=rootless]')}`)
  await mkdir(join(folder, 'user', 'podman'), { recursive: true })
  await writeFile(join(folder, 'user', 'podman', 'podman.sock'), '')
  expect(await find({ XDG_RUNTIME_DIR: join(folder, 'user') })).toMatchObject({
    program: 'docker',
    env: { DOCKER_HOST: `unix://${folder}/user/podman/podman.sock` },
    rootless: true,
  })
})

test('without any that works there is none', async () => {
  await program('podman', fails)
  await program('docker', fails)
  expect(await find()).toBeUndefined()
})

const image = (environment: Record<string, string> = {}) =>
  containerClients({
    image: 'example.org/postgres:17',
    log,
    phase,
    environment: { PATH: `${folder}:/bin:/usr/bin`, ...environment },
  })

test('an image that is missing is fetched once, before any password is near', async () => {
  await program(
    'podman',
    `case $1 in
      info) echo false ;;
      image) [ -e '${folder}/pulled' ] ;;
      pull) echo "$PGPASSWORD" >'${folder}/pulled' ;;
      run) echo 'pg_dump (PostgreSQL) 17.2' ;;
    esac`,
  )
  const clients = await image({ PGPASSWORD: 'must-not-be-passed-on' })
  expect(await readFile(join(folder, 'pulled'), 'utf8')).toBe('\n')
  expect(clients).toMatchObject({ major: 17, version: '17.2' })
  const command = clients?.command('pg_dump', ['--file=/backups/dump'], { PGPASSWORD: 'secret-word' }, [
    '/backups',
  ])
  expect(command?.args).toEqual(
    expect.arrayContaining([
      '--volume=/backups:/backups',
      '--env=PGPASSFILE',
      '--network=host',
      '--entrypoint=pg_dump',
    ]),
  )
  expect(command?.args.join(' ')).not.toContain('secret-word')
})

test('files written by a rootful engine belong to us, and by a rootless one to its root, who is us', async () => {
  const script = (rootless: boolean) =>
    `case $1 in info) echo ${rootless} ;; run) echo 'pg_dump (PostgreSQL) 17.2' ;; esac`
  await program('podman', script(false))
  const own = `--user=${process.getuid?.()}:${process.getgid?.()}`
  expect((await image())?.command('psql', [], {}).args).toContain(own)
  await program('podman', script(true))
  expect((await image())?.command('psql', [], {}).args).toContain('--user=0:0')
})

test('an image that cannot be fetched is named with the reason', async () => {
  await program(
    'podman',
    'case $1 in info) echo false ;; pull) echo "no such host" >&2; exit 125 ;; *) exit 1 ;; esac',
  )
  await expect(image()).rejects.toMatchObject({ code: 'PG_IMAGE_UNUSABLE', detail: 'no such host' })
})
