import { randomBytes } from 'node:crypto'
import { access, chmod, chown, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { BackupError } from '../common/errors.ts'
import { type RunningProgram, runProgram, startProgram } from '../common/process.ts'
import { type Account, othersCanReach, unprivilegedAccount } from './account.ts'
import { asAccount, type Confinement, confine, giveTo } from './confinement.ts'
import { hearOfFullDisk } from './disk-full.ts'
import { findServerBinaries } from './server-binaries.ts'
import { ofSystem } from './system-programs.ts'

const phase = 'sandbox/postgres'

export interface PostgresOptions {
  /** Where the server lives: `data/`, sockets, log, and a copy of the binaries where the server's user cannot reach them. */
  directory: string
  major: number
  /** A folder with `initdb` and `postgres`; default: the toolkit's own of that major, else the distribution's. */
  binDirectory?: string | undefined
  /** postgresql.conf settings, e.g. `{ max_connections: '20' }`. */
  settings?: Record<string, string> | undefined
  /** Keeps the server apart from this machine: its contents are somebody else's. It then listens on a socket alone. */
  confined?: boolean | undefined
}

export interface PostgresServer {
  major: number
  /** A name or address, or the folder of its socket. */
  host: string
  port: number
  /** The only superuser, as on the hosted platform. */
  superuser: { user: 'supabase_admin'; password: string }
  directory: string
  pid: number
  /** Of a server that is `confined`; with `container`, the reason is why it is not bounded. */
  confinement: { level: Confinement['level'] | 'container'; reason: string | undefined } | undefined
  /** Whether its disk had no room for what it wrote. */
  wasFull(): boolean
  /** A connection string of this server. */
  url(user: string, password: string, database?: string): string
  /** Fast shutdown; resolves when the server is gone. The data directory stays and can be started again. */
  stop(): Promise<void>
}

/** A TCP port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** The port in the name of a socket, which is in a folder of its own. */
export const socketPort = 5432
/** A longer path of a folder leaves no room for the socket's name in what the kernel takes. */
const longestSocketFolder = 85

/**
 * Starts a PostgreSQL server of its own on a free loopback port, or a socket where it is confined, initialised on first
 * use, with the superuser `supabase_admin` and fsync off: what it holds is disposable.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { directory, major } = options
  const account = await unprivilegedAccount()
  await mkdir(directory, { recursive: true })
  await chmod(directory, 0o755)
  const bin = await reachableBinaries(options, account)
  const data = join(directory, 'data')
  const password = await initialise(directory, bin, account)
  const socket = options.confined ? await socketFolder(directory) : undefined
  const confinement = socket === undefined ? undefined : await confineIn(directory, bin, socket)
  const place = socket
    ? { host: socket, port: socketPort, settings: { listen_addresses: '', unix_socket_directories: socket } }
    : {
        host: '127.0.0.1',
        port: await freePort(),
        settings: { listen_addresses: '127.0.0.1', unix_socket_directories: '' },
      }
  const call = {
    program: join(bin, 'postgres'),
    args: serverArguments(data, place.port, { ...place.settings, ...options.settings }),
  }
  const server = startProgram({
    ...(confinement ? confinement.wrap(call) : asAccount(account, call)),
    ...{ env: { ...ofSystem, ...confinement?.env(bin) }, cwd: directory, phase },
  })
  server.stdout.resume()
  const wasFull = hearOfFullDisk(server)
  const url = urlsOf(place)
  await untilReady(server, url('supabase_admin', password))
  return {
    ...{ major, host: place.host, port: place.port, directory, pid: server.pid, url, confinement, wasFull },
    superuser: { user: 'supabase_admin', password },
    async stop() {
      // TERM would wait for every client to leave; INT is PostgreSQL's fast shutdown.
      try {
        process.kill(server.pid, 'SIGINT')
      } catch {
        // It has ended already.
      }
      await server.ended
      if (socket) await rm(socket, { recursive: true, force: true })
    },
  }
}

/** What a server whose contents are disposable is called with. */
export function serverArguments(data: string, port: number, settings: Record<string, string>): string[] {
  const all = { fsync: 'off', full_page_writes: 'off', timezone: 'UTC', ...settings }
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return ['-D', data, '-p', String(port), ...options]
}

/** What a new data directory is made with. */
export function initArguments(data: string, passwordFile: string): string[] {
  const superuser = ['-U', 'supabase_admin', `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  return ['-D', data, ...superuser, '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync']
}

/** Makes the connection strings of a server. */
export function urlsOf({ host, port }: { host: string; port: number }): PostgresServer['url'] {
  const tail = host.startsWith('/') ? '?sslmode=disable' : ''
  return (user, password, database = 'postgres') =>
    `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${encodeURIComponent(database)}${tail}`
}

/** The server's programs, as a copy where its account cannot reach them. */
async function reachableBinaries(options: PostgresOptions, account: Account | undefined): Promise<string> {
  const { directory, major } = options
  const bin = options.binDirectory ?? (await findServerBinaries(major))
  if (!account || (await othersCanReach(bin))) return bin
  await cp(dirname(bin), join(directory, 'programs'), { recursive: true, verbatimSymlinks: true })
  return join(directory, 'programs', 'bin')
}

/** Makes the data directory unless there is one. @returns the superuser's password */
async function initialise(directory: string, bin: string, account: Account | undefined): Promise<string> {
  const data = join(directory, 'data')
  const passwordFile = join(directory, 'superuser-password')
  const initialised = await access(join(data, 'PG_VERSION')).then(
    () => true,
    () => false,
  )
  if (!initialised) {
    await mkdir(data, { recursive: true, mode: 0o700 })
    await writeFile(passwordFile, randomBytes(18).toString('base64url'), { mode: 0o600 })
    if (account) for (const path of [data, passwordFile]) await chown(path, account.uid, account.gid)
    await runProgram({
      ...asAccount(account, {
        program: join(bin, 'initdb'),
        args: initArguments(data, passwordFile),
      }),
      ...{ env: ofSystem, cwd: directory, phase },
      suggestion: 'The sandbox server could not be initialised; is there room in the temporary folder?',
    })
  }
  return (await readFile(passwordFile, 'utf8')).trim()
}

/** A folder for the server's socket, whose path the kernel takes. */
export async function socketFolder(directory: string): Promise<string> {
  const near = join(directory, 'socket')
  if (near.length > longestSocketFolder) return mkdtemp(`/tmp/supabase-drill-${process.pid}-`)
  await mkdir(near, { recursive: true })
  return near
}

/** The server's account owns its data and its socket from now on, and reads its programs. */
async function confineIn(directory: string, bin: string, socket: string): Promise<Confinement> {
  const data = join(directory, 'data')
  const probe = { program: join(bin, 'postgres'), args: ['--version'] }
  const readable = bin.startsWith('/usr/') ? [] : [dirname(bin)]
  const confinement = await confine({ directory, writable: [data, socket], readable, probe })
  await chmod(socket, 0o711)
  if (confinement.account) for (const folder of [data, socket]) await giveTo(confinement.account, folder)
  return confinement
}

/**
 * Waits until a server takes connections.
 * @param attempts how often it is tried, 25 ms apart
 * @throws BackupError SANDBOX_SERVER_FAILED
 */
export async function untilReady(server: RunningProgram, url: string, attempts = 600): Promise<void> {
  let over = false
  const ended = server.ended.then((end) => {
    over = true
    return end
  })
  for (let attempt = 0; attempt < attempts && !over; attempt += 1) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.end()
      return
    } catch {
      await sleep(25)
    }
  }
  server.stop()
  const end = await ended
  throw new BackupError({
    code: 'SANDBOX_SERVER_FAILED',
    message: 'The sandbox PostgreSQL server did not start.',
    detail: end.stderr.slice(-1000),
    suggestion: 'See the detail; a full temporary folder is the usual cause.',
    phase,
  })
}
