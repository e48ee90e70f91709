import { randomUUID } from 'node:crypto'
import { access } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { BackupError, ExitCode } from '../../common/errors.ts'
import { guardContainer } from '../../common/guard.ts'
import type { Log } from '../../common/log.ts'
import { type ProgramOptions, runProgram } from '../../common/process.ts'
import { parseVersion } from './client-version.ts'
import type { PostgresClients } from './clients.ts'

/** A way to run containers on this machine. */
export interface ContainerRuntime {
  program: 'podman' | 'docker'
  /** What the program itself needs, the secrets of the contained program aside. */
  env: Record<string, string | undefined>
  /** The container's root is this user. */
  rootless: boolean
}

export interface ContainerOptions {
  image: string
  log: Log
  phase: string
  environment: NodeJS.ProcessEnv
}

/** What the runtimes find their sockets and settings by. */
const runtimeVariables = [
  'PATH',
  'HOME',
  'XDG_RUNTIME_DIR',
  'XDG_CONFIG_HOME',
  'DBUS_SESSION_BUS_ADDRESS',
  'CONTAINERS_CONF',
  'CONTAINERS_STORAGE_CONF',
]

/** Calls the runtime and gives its answer; rejects unless it exits 0. */
type Run = (args: string[], timeoutMs: number) => Promise<{ stdout: string }>

const probeTimeoutMs = 20_000
const pullTimeoutMs = 600_000

/** Containers of this toolkit carry the process that started them in their name. */
const namePrefix = 'supabase-backup'
const nameOfProcess = new RegExp(`^${namePrefix}-(\\d+)-`)

/** PostgreSQL's official image of a major, in its small variant. */
export function defaultImage(major: number): string {
  return `docker.io/library/postgres:${major}-alpine`
}

/**
 * The runtime to use: Docker where DOCKER_HOST says so, else Podman, else Docker at the user's own socket (Podman's
 * or rootless Docker's), else Docker. Undefined where none works.
 */
export async function findContainerRuntime(
  options: Pick<ContainerOptions, 'phase' | 'environment'>,
): Promise<ContainerRuntime | undefined> {
  const { environment } = options
  const base = Object.fromEntries(runtimeVariables.map((name) => [name, environment[name]]))
  const dockerHost = environment['DOCKER_HOST']
  const candidates: Omit<ContainerRuntime, 'rootless'>[] = []
  if (dockerHost !== undefined)
    candidates.push({ program: 'docker', env: { ...base, DOCKER_HOST: dockerHost } })
  candidates.push({ program: 'podman', env: base })
  for (const socket of ['podman/podman.sock', 'docker.sock']) {
    const path = join(environment['XDG_RUNTIME_DIR'] ?? '/nonexistent', socket)
    if (await exists(path))
      candidates.push({ program: 'docker', env: { ...base, DOCKER_HOST: `unix://${path}` } })
  }
  candidates.push({ program: 'docker', env: base })
  for (const candidate of candidates) {
    const rootless = await probe(candidate, options.phase)
    if (rootless !== undefined) return { ...candidate, rootless }
  }
  return undefined
}

const rootlessFormat = { podman: '{{.Host.Security.Rootless}}', docker: '{{.SecurityOptions}}' }

/** Whether a runtime that works is rootless; undefined when it does not work, or its engine is another machine's. */
async function probe(
  { program, env }: Omit<ContainerRuntime, 'rootless'>,
  phase: string,
): Promise<boolean | undefined> {
  // Folders are mounted and the host's network is used, so the engine has to be here.
  if (env['DOCKER_HOST'] !== undefined && !env['DOCKER_HOST'].startsWith('unix://')) return undefined
  const answer = await runProgram({
    program,
    args: ['info', '--format', rootlessFormat[program]],
    env,
    timeoutMs: probeTimeoutMs,
    phase,
    suggestion: '',
  }).catch(() => undefined)
  return answer && /true|rootless/.test(answer.stdout)
}

/**
 * The client programs of an image, run in containers; undefined where no runtime works.
 * @throws BackupError PG_IMAGE_UNUSABLE when there is a runtime but the image cannot be had or has no programs
 */
export async function containerClients(options: ContainerOptions): Promise<PostgresClients | undefined> {
  const runtime = await findContainerRuntime(options)
  if (runtime === undefined) return undefined
  const { image, log, phase } = options
  const { program, env } = runtime
  const run: Run = (args, timeoutMs) => {
    const call: ProgramOptions & { suggestion: string } = {
      program,
      args,
      env,
      timeoutMs,
      phase,
      suggestion: '',
    }
    return runProgram(call)
  }
  await removeAbandoned(run)
  const present = await run(['image', 'inspect', '--format', '{{.Id}}', image], probeTimeoutMs).then(
    () => true,
    () => false,
  )
  try {
    if (!present) {
      log.info(`fetching the container image ${image} with ${program}`)
      await run(['pull', image], pullTimeoutMs)
    }
    const asked = [
      'run',
      '--rm',
      '--pull=never',
      '--network=none',
      '--entrypoint',
      'pg_dump',
      image,
      '--version',
    ]
    const version = parseVersion((await run(asked, probeTimeoutMs)).stdout)
    if (version === undefined) throw new Error('its pg_dump does not tell its version')
    return contained(runtime, image, version, (names) => remove(run, names))
  } catch (error) {
    throw new BackupError({
      code: 'PG_IMAGE_UNUSABLE',
      message: `The PostgreSQL clients of the container image ${image} cannot be used with ${program}.`,
      detail: error instanceof BackupError ? error.detail : String(error),
      suggestion: `Try "${program} pull ${image}", set PG_IMAGE to an image that has pg_dump, pg_restore and psql, or install the clients and set PG_BIN_DIR.`,
      phase,
      exitCode: ExitCode.configuration,
    })
  }
}

function contained(
  runtime: ContainerRuntime,
  image: string,
  version: string,
  removeContainers: (names: string[]) => Promise<void>,
): PostgresClients {
  const started: string[] = []
  // Files written to a mounted folder have to belong to us.
  const user = runtime.rootless ? '0:0' : `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`
  return {
    major: Number.parseInt(version, 10),
    version,
    describe: `PostgreSQL clients ${version} in ${image} with ${runtime.program}`,
    command(program, args, env, folders = []) {
      const name = `${namePrefix}-${process.pid}-${randomUUID()}`
      started.push(name)
      guardContainer({ program: runtime.program, name, host: runtime.env['DOCKER_HOST'] })
      const certificate = env['PGSSLROOTCERT']
      const socket = env['PGHOST']
      const mounts = [
        ...(socket && isAbsolute(socket) ? [`--volume=${socket}:${socket}`] : []),
        ...folders.map((folder) => `--volume=${folder}:${folder}`),
        ...(certificate && isAbsolute(certificate) ? [`--volume=${certificate}:${certificate}:ro`] : []),
      ]
      const options = [
        `--name=${name}`,
        '--rm',
        '--interactive',
        '--pull=never',
        '--network=host',
        `--user=${user}`,
        '--security-opt=label=disable',
        ...mounts,
        // Without a value each is taken from the environment, so that none stands in an argument.
        ...Object.keys(env).map((variable) => `--env=${variable}`),
        `--entrypoint=${program}`,
      ]
      return {
        program: runtime.program,
        args: ['run', ...options, image, ...args],
        env: { ...runtime.env, ...env },
      }
    },
    async close() {
      if (started.length > 0) await removeContainers(started.splice(0))
    },
  }
}

/** Kills first: a removal by force waits ten seconds for a program that does not listen. Most are gone already. */
async function remove(run: Run, names: string[]): Promise<void> {
  await run(['kill', ...names], probeTimeoutMs).catch(() => {})
  await run(['rm', '--force', ...names], probeTimeoutMs).catch(() => {})
}

/** Killing the runtime's client leaves its container and database session running: ends those of killed runs. */
async function removeAbandoned(run: Run): Promise<void> {
  const list = ['ps', '--all', '--filter', `name=${namePrefix}`, '--format', '{{.Names}}']
  const answer = await run(list, probeTimeoutMs).catch(() => ({ stdout: '' }))
  const abandoned = answer.stdout.split('\n').filter((name) => {
    const pid = nameOfProcess.exec(name)?.[1]
    return pid !== undefined && !isRunning(Number(pid))
  })
  if (abandoned.length > 0) await remove(run, abandoned)
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
