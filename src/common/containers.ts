import { randomUUID } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { guardContainer } from './guard.ts'
import type { Log } from './log.ts'
import { runProgram } from './process.ts'

/** A way to run containers on this machine. */
export interface ContainerRuntime {
  program: 'podman' | 'docker'
  /** What the program itself needs, the secrets of the contained program aside. */
  env: Record<string, string | undefined>
  /** The container's root is this user. */
  rootless: boolean
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

const probeTimeoutMs = 20_000
const pullTimeoutMs = 600_000

/** Containers of this toolkit carry the process that started them in their name. */
const namePrefix = 'supabase-backup'
const nameOfProcess = new RegExp(`^${namePrefix}-(\\d+)-`)

/**
 * The runtime to use: Docker where DOCKER_HOST says so, else Podman, else Docker at the user's own socket (Podman's
 * or rootless Docker's), else Docker. Undefined where none works.
 */
export async function findContainerRuntime(options: {
  phase: string
  environment: NodeJS.ProcessEnv
}): Promise<ContainerRuntime | undefined> {
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

/** Calls the runtime and gives its answer; rejects unless it exits 0. */
export type Run = (args: string[], timeoutMs?: number) => Promise<{ stdout: string }>

export function callsOf({ program, env }: ContainerRuntime, phase: string): Run {
  return (args, timeoutMs = probeTimeoutMs) =>
    runProgram({ program, args, env, timeoutMs, phase, suggestion: '' })
}

/** Whether an image is on this machine already. */
export function hasImage(run: Run, image: string): Promise<boolean> {
  return run(['image', 'inspect', '--format', '{{.Id}}', image]).then(
    () => true,
    () => false,
  )
}

/** Fetches an image unless it is there. @throws BackupError PROGRAM_FAILED, whose detail says why it cannot be had */
export async function fetchImage(
  { program }: ContainerRuntime,
  run: Run,
  image: string,
  log: Log,
): Promise<void> {
  if (await hasImage(run, image)) return
  log.info(`fetching the container image ${image} with ${program}`)
  await run(['pull', image], pullTimeoutMs)
}

/** A name for a container that is to end with this process, however that ends. */
export function nameContainer({ program, env }: ContainerRuntime): string {
  const name = `${namePrefix}-${process.pid}-${randomUUID()}`
  guardContainer({ program, name, host: env['DOCKER_HOST'] })
  return name
}

/** Kills first: a removal by force waits ten seconds for a program that does not listen. Most are gone already. */
export async function removeContainers(run: Run, names: string[]): Promise<void> {
  await run(['kill', ...names]).catch(() => {})
  await run(['rm', '--force', ...names]).catch(() => {})
}

/** Killing the runtime's client leaves its container and database session running: ends those of killed runs. */
export async function removeAbandoned(run: Run): Promise<void> {
  const list = ['ps', '--all', '--filter', `name=${namePrefix}`, '--format', '{{.Names}}']
  const answer = await run(list).catch(() => ({ stdout: '' }))
  const abandoned = answer.stdout.split('\n').filter((name) => {
    const pid = nameOfProcess.exec(name)?.[1]
    return pid !== undefined && !isRunning(Number(pid))
  })
  if (abandoned.length > 0) await removeContainers(run, abandoned)
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
