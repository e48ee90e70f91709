import { readdir, readFile, realpath } from 'node:fs/promises'
import { basename, delimiter, join } from 'node:path'
import { BackupError, ExitCode } from '../../common/errors.ts'
import type { Log } from '../../common/log.ts'
import { runProgram } from '../../common/process.ts'
import type { PostgresClients } from './client-programs.ts'
import { parseVersion } from './client-version.ts'
import { containerClients, defaultImage } from './container.ts'
import { createPasswordFile } from './password-file.ts'

export interface ClientOptions {
  /** Major version of the server; older clients refuse to dump it. */
  serverMajor: number
  /** Only this folder is considered (PG_BIN_DIR). */
  pgBinDir?: string | undefined
  /** Container image with the programs (PG_IMAGE), for where this machine has none that fit. */
  pgImage?: string | undefined
  /** The run's own directory, for the password file; see `createPasswordFile`. */
  runDirectory?: string | undefined
  log: Log
  phase: string
  /** PATH, HOME, XDG_RUNTIME_DIR, DOCKER_HOST. */
  environment: NodeJS.ProcessEnv
}

/** Where distributions keep several majors side by side, a folder each: Debian and Ubuntu; Fedora and RHEL. */
const versionedFolders = [
  { parent: '/usr/lib/postgresql', pattern: /^\d+$/ },
  { parent: '/usr', pattern: /^pgsql-\d+$/ },
]

/**
 * Finds programs of at least the server's major: the closest one on this machine, else in a container.
 * @throws BackupError PG_BIN_DIR_UNSUITABLE or PG_CLIENTS_MISSING, saying what to install
 */
export async function findClients(options: ClientOptions): Promise<PostgresClients> {
  const { environment } = options
  const found = await installedClients(options, environment)
  const fitting = found.filter(({ major }) => major >= options.serverMajor)
  const closest = fitting.sort((a, b) => a.major - b.major)[0]
  if (closest) return closest
  if (options.pgBinDir !== undefined) throw unsuitableFolder(options.pgBinDir, options, found[0])
  const image = options.pgImage ?? defaultImage(options.serverMajor)
  const contained = await containerClients({ ...options, environment, image })
  if (contained && contained.major >= options.serverMajor) return contained
  throw await missingClients(options, [...found, ...(contained ? [contained] : [])])
}

async function installedClients(
  options: ClientOptions,
  environment: NodeJS.ProcessEnv,
): Promise<PostgresClients[]> {
  const path = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const folders = options.pgBinDir === undefined ? [...path, ...(await versioned())] : [options.pgBinDir]
  const clients: PostgresClients[] = []
  for (const folder of new Set(folders)) {
    const version = await versionIn(folder, environment, options.phase)
    if (version === undefined) continue
    options.log.debug(`found PostgreSQL clients ${version} in ${folder}`)
    clients.push(localClients(folder, version, environment, options.runDirectory))
  }
  return clients
}

async function versioned(): Promise<string[]> {
  const folders: string[] = []
  for (const { parent, pattern } of versionedFolders)
    for (const name of await readdir(parent).catch(() => []))
      if (pattern.test(name)) folders.push(join(parent, name, 'bin'))
  return folders
}

/** The version of the programs in a folder; undefined where one that is needed is missing or does not run. */
async function versionIn(
  folder: string,
  environment: NodeJS.ProcessEnv,
  phase: string,
): Promise<string | undefined> {
  for (const program of ['pg_dump', 'pg_restore', 'psql']) {
    const file = await realpath(join(folder, program)).catch(() => undefined)
    // Debian's wrapper in /usr/bin chooses a version by itself, call by call; the versioned folders are certain.
    if (file === undefined || basename(file) === 'pg_wrapper') return undefined
  }
  const answer = await runProgram({
    program: join(folder, 'pg_dump'),
    args: ['--version'],
    env: { PATH: environment['PATH'], LC_ALL: 'C' },
    timeoutMs: 10_000,
    phase,
    suggestion: '',
  }).catch(() => undefined)
  return answer && parseVersion(answer.stdout)
}

function localClients(
  folder: string,
  version: string,
  environment: NodeJS.ProcessEnv,
  runDirectory: string | undefined,
): PostgresClients {
  const passwords = createPasswordFile(runDirectory)
  return {
    major: Number.parseInt(version, 10),
    version,
    describe: `PostgreSQL clients ${version} in ${folder}`,
    command: (program, args, env) => ({
      program: join(folder, program),
      args: [...args],
      env: { PATH: environment['PATH'], HOME: environment['HOME'], ...passwords.take(env).env },
    }),
    close: () => passwords.remove(),
  }
}

function unsuitableFolder(
  folder: string,
  options: ClientOptions,
  found: PostgresClients | undefined,
): BackupError {
  return new BackupError({
    code: 'PG_BIN_DIR_UNSUITABLE',
    message: found
      ? `The PostgreSQL clients in PG_BIN_DIR (${folder}) are version ${found.version}, older than the server's ${options.serverMajor}: pg_dump refuses to dump a newer server.`
      : `PG_BIN_DIR (${folder}) does not hold working pg_dump, pg_restore and psql programs.`,
    suggestion: `Point PG_BIN_DIR at clients of version ${options.serverMajor} or newer, or unset it to have them looked for.`,
    phase: options.phase,
    exitCode: ExitCode.configuration,
  })
}

async function missingClients(options: ClientOptions, found: PostgresClients[]): Promise<BackupError> {
  const major = options.serverMajor
  return new BackupError({
    code: 'PG_CLIENTS_MISSING',
    message: `The server is PostgreSQL ${major} and there are no client programs of that version or newer: pg_dump refuses to dump a newer server.`,
    detail: found.length > 0 ? `found ${found.map((each) => each.describe).join('; ')}` : 'found none',
    suggestion: `${await installHint(major)} Or install Podman, and a container image is used (PG_IMAGE).`,
    phase: options.phase,
    exitCode: ExitCode.configuration,
  })
}

/** The commands that install clients of a major on this distribution. */
async function installHint(major: number): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const family = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].map(([, id]) => id).join(' ')
  if (/debian|ubuntu/.test(family))
    return `Install them from PostgreSQL's own repository: sudo apt-get install -y postgresql-common && sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y && sudo apt-get install -y postgresql-client-${major}.`
  if (/fedora|rhel/.test(family))
    return `Install them from PostgreSQL's own repository (https://www.postgresql.org/download/linux/redhat/): sudo dnf install -y postgresql${major}.`
  if (/alpine/.test(family)) return `Install them: sudo apk add postgresql${major}-client.`
  return `Install the client programs of PostgreSQL ${major} (https://www.postgresql.org/download/) and set PG_BIN_DIR to their folder.`
}
