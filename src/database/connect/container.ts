import { isAbsolute } from 'node:path'
import {
  type ContainerRuntime,
  callsOf,
  fetchImage,
  findContainerRuntime,
  nameContainer,
  removeAbandoned,
  removeContainers,
} from '../../common/containers.ts'
import { BackupError, ExitCode } from '../../common/errors.ts'
import type { Log } from '../../common/log.ts'
import type { PostgresClients } from './client-programs.ts'
import { parseVersion } from './client-version.ts'
import { createPasswordFile, type PasswordFile } from './password-file.ts'

export interface ContainerOptions {
  image: string
  /** For the password file; see `createPasswordFile`. */
  runDirectory?: string | undefined
  log: Log
  phase: string
  environment: NodeJS.ProcessEnv
}

/** PostgreSQL's official image of a major, in its small variant. */
export function defaultImage(major: number): string {
  return `docker.io/library/postgres:${major}-alpine`
}

/**
 * The client programs of an image, run in containers; undefined where no runtime works.
 * @throws BackupError PG_IMAGE_UNUSABLE when there is a runtime but the image cannot be had or has no programs
 */
export async function containerClients(options: ContainerOptions): Promise<PostgresClients | undefined> {
  const runtime = await findContainerRuntime(options)
  if (runtime === undefined) return undefined
  const { image, log, phase } = options
  const run = callsOf(runtime, phase)
  await removeAbandoned(run)
  try {
    await fetchImage(runtime, run, image, log)
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
    const version = parseVersion((await run(asked)).stdout)
    if (version === undefined) throw new Error('its pg_dump does not tell its version')
    const passwords = createPasswordFile(options.runDirectory)
    return contained(runtime, { image, version, passwords }, (names) => removeContainers(run, names))
  } catch (error) {
    throw new BackupError({
      code: 'PG_IMAGE_UNUSABLE',
      message: `The PostgreSQL clients of the container image ${image} cannot be used with ${runtime.program}.`,
      detail: error instanceof BackupError ? error.detail : String(error),
      suggestion: `Try "${runtime.program} pull ${image}", set PG_IMAGE to an image that has pg_dump, pg_restore and psql, or install the clients and set PG_BIN_DIR.`,
      phase,
      exitCode: ExitCode.configuration,
    })
  }
}

function contained(
  runtime: ContainerRuntime,
  { image, version, passwords }: { image: string; version: string; passwords: PasswordFile },
  removeStarted: (names: string[]) => Promise<void>,
): PostgresClients {
  const started: string[] = []
  // Files written to a mounted folder have to belong to us.
  const user = runtime.rootless ? '0:0' : `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`
  return {
    major: Number.parseInt(version, 10),
    version,
    describe: `PostgreSQL clients ${version} in ${image} with ${runtime.program}`,
    command(program, args, given, folders = []) {
      const { env, directory } = passwords.take(given)
      const name = nameContainer(runtime)
      started.push(name)
      const certificate = env['PGSSLROOTCERT']
      const socket = env['PGHOST']
      const mounts = [
        ...(socket && isAbsolute(socket) ? [`--volume=${socket}:${socket}`] : []),
        ...folders.map((folder) => `--volume=${folder}:${folder}`),
        // As a whole: a file that is replaced is another one.
        ...(directory ? [`--volume=${directory}:${directory}:ro`] : []),
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
      if (started.length > 0) await removeStarted(started.splice(0))
      await passwords.remove()
    },
  }
}
