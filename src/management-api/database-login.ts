import { connect as dial } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { BackupError } from '../common/errors.ts'
import { addSecrets } from '../common/redact.ts'
import {
  type DatabaseConnection,
  type DatabaseLogin,
  protectionOf,
} from '../database/connect/connection-string.ts'
import type { HttpClient } from '../http/client.ts'
import { createManagementClient, type ManagementEndpoint, platformApi } from './client.ts'
import { createLoginRole, type LoginRole } from './login-role.ts'
import { asApiErrors, requireAwake } from './project.ts'
import { findSessionPooler, type SessionPooler, sessionPort } from './session-pooler.ts'

const phase = 'management-api/login'
const loginUser = 'cli_login_postgres'

/** A password of which less than this is left is not begun a session with; in milliseconds. */
const leastLife = 60_000
/** How long the direct host may take to answer; in milliseconds. */
const dialMs = 5_000
/** The pooler keeps a password for a while, so a new one may be refused at first. */
const defaultPauses: readonly number[] = [3_000, 6_000, 12_000, 24_000]

/** What a way to a database is found by. Production gives none of `network` and `pauses`: they are for tests of this file's rules. */
export interface LoginOptions {
  endpoint: ManagementEndpoint
  ref: string
  network?: LoginNetwork | undefined
  /** Before each further attempt after a password was refused, in milliseconds. */
  pauses?: readonly number[] | undefined
  now?: (() => number) | undefined
}

/** What the hosts are that a password is sent to, and which of them can be reached. */
interface LoginNetwork {
  /** The direct host; undefined where there is none by a rule. */
  directHost(ref: string): string | undefined
  /** The domain of the poolers. */
  poolerDomain: string
  /** Whether a TCP connection comes about. */
  answers(host: string, port: number): Promise<boolean>
}

/**
 * The hosts that belong to an API. The platform's own are fixed. Another API, such as the sandbox's, may only tell its own host:
 * what an address in SUPABASE_API_URL can lead to is itself, never a third host.
 */
export function networkOf(apiUrl: string): LoginNetwork {
  if (new URL(apiUrl).origin === platformApi)
    return { directHost: (ref) => `db.${ref}.supabase.co`, poolerDomain: 'supabase.com', answers }
  return { directHost: () => undefined, poolerDomain: new URL(apiUrl).hostname, answers }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial({ host, port })
    const end = (answered: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answered)
    }
    // Of its own: the socket's says nothing while the name is looked up.
    const timer = setTimeout(() => end(false), dialMs)
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}

/**
 * The way to a project's database with an access token only: the project has to be awake, its direct host is tried, then its session
 * pooler taken, and the platform makes a password for its login role, which lasts five minutes. All of it is asked for when the
 * first session begins, and the password again when its time is nearly over; sessions that have begun go on.
 */
export function openDatabaseLogin(options: LoginOptions): DatabaseConnection {
  const { endpoint, ref } = options
  addSecrets([endpoint.token])
  const host = `db.${ref}.supabase.co`
  return {
    ...{ host, port: sessionPort, user: loginUser, password: '', database: 'postgres', role: 'postgres' },
    ...protectionOf(host),
    login: createLogin({
      ...{ endpoint, ref, network: options.network ?? networkOf(endpoint.url) },
      ...{ pauses: options.pauses ?? defaultPauses, now: options.now ?? Date.now },
    }),
  }
}

type Settled = { [Name in keyof LoginOptions]-?: Exclude<LoginOptions[Name], undefined> }

function createLogin(options: Settled): DatabaseLogin {
  const way = onceSuccessful(() => asking(options, (client) => findWay(client, options)))
  const passwords = passwordsOf(options)
  return {
    async enter(attempt, { leastMs = leastLife } = {}) {
      let refused: string | undefined
      for (let failed = 0; ; failed += 1) {
        const { host, port, database, userSuffix } = await way()
        const { role, password } = await passwords({ leastMs, refused })
        const reached: DatabaseConnection = {
          ...{ host, port, database, user: `${role}${userSuffix}`, password, role: 'postgres' },
          ...protectionOf(host),
        }
        try {
          return await attempt(reached)
        } catch (error) {
          if (!(error instanceof BackupError) || error.code !== 'DB_PASSWORD_WRONG') throw error
          const pause = options.pauses[failed]
          if (pause === undefined) throw loginRefused(reached, failed + 1, error)
          await sleep(pause)
          // Twice refused it is no pooler's memory: somebody else, such as the platform's own CLI, has had another one made.
          refused = failed % 2 === 1 ? password : undefined
        }
      }
    },
  }
}

/** With a client of the API for as long as that takes. */
async function asking<Result>(
  { endpoint, ref }: Settled,
  ask: (client: HttpClient) => Promise<Result>,
): Promise<Result> {
  const client = createManagementClient({ endpoint })
  try {
    return await asApiErrors(ref, () => ask(client))
  } finally {
    await client.close()
  }
}

async function findWay(client: HttpClient, { ref, network }: Settled): Promise<SessionPooler> {
  await requireAwake(client, ref)
  const host = network.directHost(ref)
  if (host !== undefined && (await network.answers(host, sessionPort)))
    return { host, port: sessionPort, database: 'postgres', userSuffix: '' }
  return findSessionPooler(client, { ref, domain: network.poolerDomain })
}

/** Does something until it succeeded once, and remembers that; who asks meanwhile waits for the same. */
function onceSuccessful<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let done: Promise<Result> | undefined
  return () => {
    done ??= work().catch((error: unknown) => {
      done = undefined
      throw error
    })
    return done
  }
}

/** The one password of this process: each that is made makes the one before useless. */
function passwordsOf(options: Settled) {
  let current: LoginRole | undefined
  let queue: Promise<unknown> = Promise.resolve()
  const give = async (wanted: { leastMs: number; refused: string | undefined }): Promise<LoginRole> => {
    const left = current === undefined ? 0 : current.expiresAt - options.now()
    if (current !== undefined && left >= wanted.leastMs && current.password !== wanted.refused) return current
    current = await asking(options, (client) => createLoginRole(client, options.ref, options.now))
    addSecrets([current.password])
    return current
  }
  return (wanted: { leastMs: number; refused: string | undefined }): Promise<LoginRole> => {
    const given = queue.then(() => give(wanted))
    queue = given.catch(() => {})
    return given
  }
}

function loginRefused({ user }: DatabaseConnection, times: number, cause: BackupError): BackupError {
  return new BackupError({
    code: 'DB_LOGIN_REFUSED',
    message: `The temporary password of ${user} was refused ${times} times, though the platform had just made it.`,
    detail: cause.detail,
    suggestion:
      'Run again when nothing else, such as the supabase CLI, logs in to the project with an access token; or set SUPABASE_DB_PASSWORD.',
    phase,
    cause,
  })
}
