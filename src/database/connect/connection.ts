import { readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import tls, { type ConnectionOptions as TlsOptions } from 'node:tls'
import pg from 'pg'
import { BackupError, ExitCode } from '../../common/errors.ts'
import { classifyConnectionError } from './connection-errors.ts'
import type { DatabaseConnection } from './connection-string.ts'

export { type DatabaseConnection, parseConnection } from './connection-string.ts'

const applicationName = 'supabase-backup'
const connectTimeoutSeconds = 30
/** A peer that vanished is noticed after 30 s of silence and six questions, or when it takes no data for as long. */
const keepAlive = { idleSeconds: 30, intervalSeconds: 10, count: 6 }
const vanishedSeconds = keepAlive.idleSeconds + keepAlive.intervalSeconds * keepAlive.count
/** How long a goodbye may take before the connection is dropped. */
const goodbyeMs = 5_000
const attempts = 3

/** How long a lock may be waited for before the run gives up: longer than a migration, shorter than a night. */
export const lockTimeoutSeconds = 300

/**
 * Settings of every session of ours. The first group lets it last for hours (the hosted platform cancels statements
 * after two minutes); the second fixes how values are printed, for row hashes depend on it; the third what our statements
 * mean. A server too old to know one of them does without.
 */
export const sessionSettings: Readonly<Record<string, string>> = {
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  transaction_timeout: '0',
  lock_timeout: `${lockTimeoutSeconds}s`,
  // A long query ends soon after a client that was killed.
  client_connection_check_interval: '10s',
  // And the server itself notices a client whose network is gone, instead of holding its locks for two hours.
  tcp_keepalives_idle: `${keepAlive.idleSeconds}`,
  tcp_keepalives_interval: `${keepAlive.intervalSeconds}`,
  tcp_keepalives_count: `${keepAlive.count}`,
  tcp_user_timeout: `${vanishedSeconds}s`,
  row_security: 'off',
  jit: 'off',
  // The workers of a server in use are its own queries'. And they fell over a setting of ours on 17.12 with supautils 3.4, and
  // the whole server with them.
  max_parallel_workers_per_gather: '0',
  // Without it a range of a table's blocks is read by reading all of the table.
  enable_tidscan: 'on',
  client_min_messages: 'warning',

  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  extra_float_digits: '3',
  bytea_output: 'hex',
  lc_monetary: 'C',
  xmlbinary: 'base64',
  quote_all_identifiers: 'off',
  search_path: 'pg_catalog',

  // How what we write is read, whatever the role or the database has been given.
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  exit_on_error: 'off',
  createrole_self_grant: '',
  restrict_nonsystem_relation_kind: '',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  default_transaction_read_only: 'off',
}

/** Says goodbye to the server like any client, but leaves without an answer: there may be nobody left to give one. */
class Client extends pg.Client {
  readonly #socket: Socket

  constructor(config: pg.ClientConfig) {
    const socket = new Socket()
    super({ ...config, stream: () => socket })
    this.#socket = socket
  }

  override async end(): Promise<void> {
    const left = new AbortController()
    await Promise.race([super.end(), sleep(goodbyeMs, undefined, left)])
    left.abort()
    this.#socket.destroy()
  }
}

/** One connection of ours, ready for hours of work. Retried while the reason is one that passes. */
export async function connect(connection: DatabaseConnection, phase: string): Promise<pg.Client> {
  const { login } = connection
  return login ? login.enter((reached) => connectReached(reached, phase)) : connectReached(connection, phase)
}

/**
 * The connection as a program has to be given it: with a password that the server has just taken.
 * @param leastMs how long the program may still begin sessions, in milliseconds
 */
export async function reach(
  connection: DatabaseConnection,
  phase: string,
  leastMs?: number,
): Promise<DatabaseConnection> {
  const { login } = connection
  if (login === undefined) return connection
  const prove = async (reached: DatabaseConnection) => {
    const client = await connectReached(reached, phase)
    await client.end()
    return reached
  }
  return login.enter(prove, leastMs === undefined ? {} : { leastMs })
}

async function connectReached(connection: DatabaseConnection, phase: string): Promise<pg.Client> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await connectOnce(connection, phase)
    } catch (error) {
      if (error instanceof BackupError) throw error
      const classified = classifyConnectionError(error, connection, phase)
      if (!classified.transient || attempt === attempts) throw classified
      await sleep(attempt * 1_000)
    }
  }
}

async function connectOnce(connection: DatabaseConnection, phase: string): Promise<pg.Client> {
  const tls = tlsOptions(connection, phase)
  try {
    return await open(connection, tls)
  } catch (error) {
    // libpq's `prefer` and `allow`: in clear where the server has no TLS.
    const optional = connection.sslMode === 'prefer' || connection.sslMode === 'allow'
    if (optional && error instanceof Error && /does not support SSL/.test(error.message))
      return await open(connection, false)
    throw error
  }
}

async function open(connection: DatabaseConnection, ssl: TlsOptions | false): Promise<pg.Client> {
  const client = new Client({
    host: connection.host,
    port: connection.port,
    user: connection.user,
    password: connection.password,
    database: connection.database,
    ssl,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutSeconds * 1_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAlive.idleSeconds * 1_000,
  })
  // A connection lost while idle: the next query rejects and says so.
  client.on('error', () => {})
  try {
    await client.connect()
    // By itself and first: a role's own limit may be too short for the query after it.
    await client.query('set statement_timeout to 0')
    await client.query(
      `select pg_catalog.set_config(name, wanted.value, false)
       from pg_catalog.pg_settings join pg_catalog.jsonb_each_text($1) wanted (name, value) using (name)`,
      [JSON.stringify(sessionSettings)],
    )
    if (connection.role !== undefined)
      await client.query(`set role ${client.escapeIdentifier(connection.role)}`)
    return client
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
}

/** Node's equivalent of libpq's sslmode. */
function tlsOptions(connection: DatabaseConnection, phase: string): TlsOptions | false {
  const { sslMode, sslRootCert, host } = connection
  if (sslMode === 'disable') return false
  const verify = sslMode === 'verify-ca' || sslMode === 'verify-full'
  if (!verify) return { rejectUnauthorized: false }
  const authority = sslRootCert === undefined ? {} : { ca: authoritiesAt(sslRootCert, phase) }
  const name = sslMode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}
  return { rejectUnauthorized: true, host, ...authority, ...name }
}

/** Those of a file; `system` means what the machine trusts, as it does to libpq, and not what Node was built with. */
function authoritiesAt(sslRootCert: string, phase: string): Buffer | string[] {
  if (sslRootCert !== 'system') return readCertificate(sslRootCert, phase)
  return tls.getCACertificates('system')
}

function readCertificate(path: string, phase: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new BackupError({
      code: 'DB_CERTIFICATE_MISSING',
      message: `The certificate authority at ${path} (sslrootcert) cannot be read.`,
      detail: error instanceof Error ? error.message : undefined,
      suggestion:
        'Download it again (Supabase dashboard, Database settings, SSL configuration) and correct the path.',
      phase,
      exitCode: ExitCode.configuration,
    })
  }
}

/**
 * The connection for libpq programs, all of it by environment: arguments can be read by every user of the machine. Its password
 * is to be put into a file, see `PasswordFile`.
 */
export function libpqEnvironment(connection: DatabaseConnection): Record<string, string> {
  return {
    PGHOST: connection.host,
    PGPORT: String(connection.port),
    PGUSER: connection.user,
    PGPASSWORD: connection.password,
    PGDATABASE: connection.database,
    PGSSLMODE: connection.sslMode,
    ...(connection.sslRootCert === undefined ? {} : { PGSSLROOTCERT: connection.sslRootCert }),
    PGCONNECT_TIMEOUT: String(connectTimeoutSeconds),
    PGAPPNAME: applicationName,
    // A role's own setting is worth less: dumps are in this encoding whatever the database's is.
    PGCLIENTENCODING: 'UTF8',
    LC_ALL: 'C.UTF-8',
  }
}

/**
 * Arguments every libpq program takes: no password prompt, and what notices a server whose network is gone, for which
 * there are no environment variables. Without it a firewall that forgets a connection leaves the program waiting for two
 * hours, or for fifteen minutes where it has sent something.
 */
export const libpqArguments: readonly string[] = [
  '--no-password',
  `--dbname=keepalives_idle=${keepAlive.idleSeconds} keepalives_interval=${keepAlive.intervalSeconds} keepalives_count=${keepAlive.count} tcp_user_timeout=${vanishedSeconds * 1_000}`,
]
