import { randomBytes } from 'node:crypto'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { callsOf, nameContainer, removeContainers } from '../common/containers.ts'
import { startProgram } from '../common/process.ts'
import { hearOfFullDisk } from './disk-full.ts'
import { containerAccount, containerOptions, type DrillImage, dataFolder, missingBounds } from './image.ts'
import {
  initArguments,
  type PostgresServer,
  serverArguments,
  socketFolder,
  socketPort,
  untilReady,
  urlsOf,
} from './postgres.ts'

const phase = 'sandbox/container'
/** A container and a new data directory take longer than a server alone: two minutes. */
const attempts = 4800

const data = join(dataFolder, 'data')
const passwordFile = join(dataFolder, 'password')
const socketInside = '/run/postgresql'

/** Takes the folder of the programs, the number of arguments of initdb, those, and those of postgres. */
const starting = `
set -eu
umask 077
cat >${passwordFile}
bin=$1
shift
"$bin/initdb" ${initArguments(data, passwordFile).join(' ')} >/dev/null
rm ${passwordFile}
exec "$bin/postgres" "$@"`

export interface ContainerServerOptions {
  /** Gets the folder of the socket. */
  directory: string
  image: DrillImage
  major: number
  /** The folder of the programs in the image. */
  binDirectory: string
  /** postgresql.conf settings. */
  settings: Record<string, string>
}

/**
 * Starts a PostgreSQL server in a container, as `startPostgres` does on this machine: a new one, reached by a socket alone,
 * with the superuser `supabase_admin`. Its data is in the container and goes with it, however this process ends.
 * @throws BackupError SANDBOX_SERVER_FAILED
 */
export async function startContainerServer(options: ContainerServerOptions): Promise<PostgresServer> {
  const { directory, image, major, binDirectory } = options
  await mkdir(directory, { recursive: true })
  const socket = await socketFolder(directory)
  // The container's account is nobody's here: once its socket is there, nobody else may put anything beside it.
  await chmod(socket, 0o1777)
  const passwd = join(directory, 'passwd')
  // initdb wants a name for its account, which not every runtime makes up.
  await writeFile(passwd, `drill:x:${containerAccount}:${containerAccount}::/:/bin/sh\n`)
  await chmod(passwd, 0o644)
  const { runtime } = image
  const name = nameContainer(runtime)
  const password = randomBytes(18).toString('base64url')
  const settings = { listen_addresses: '', unix_socket_directories: socketInside, ...options.settings }
  const server = startProgram({
    program: runtime.program,
    args: [
      ...['run', `--name=${name}`, '--interactive', ...containerOptions, ...image.bounds],
      ...[`--volume=${socket}:${socketInside}`, `--volume=${passwd}:/etc/passwd:ro`],
      ...[image.name, '-c', starting, 'sh', binDirectory, ...serverArguments(data, socketPort, settings)],
    ],
    ...{ env: runtime.env, cwd: directory, phase },
  })
  server.stdin.end(password)
  server.stdout.resume()
  const wasFull = hearOfFullDisk(server)
  const run = callsOf(runtime, phase)
  const stop = async () => {
    await run(['kill', '--signal=INT', name]).catch(() => {})
    await server.ended
    await removeContainers(run, [name])
    await rm(socket, { recursive: true, force: true })
  }
  const url = urlsOf({ host: socket, port: socketPort })
  try {
    await untilReady(server, url('supabase_admin', password), attempts)
  } catch (error) {
    await stop()
    throw error
  }
  await chmod(socket, 0o711)
  return {
    ...{ major, host: socket, port: socketPort, directory, pid: server.pid, url, stop, wasFull },
    superuser: { user: 'supabase_admin', password },
    confinement: { level: 'container', reason: missingBounds(image) },
  }
}
