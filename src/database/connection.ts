import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import pg from 'pg'
import { BackupError, ExitCode } from '../common/errors.ts'
import { classifyConnectionError } from './connection-errors.ts'
import type { DatabaseConnection } from './connection-string.ts'

export { type DatabaseConnection, parseConnection } from './connection-string.ts'

const applicationName = 'supabase-backup'
const connectTimeoutSeconds = 30
const keepAliveIdleSeconds = 30
const attempts = 3

/** How long a lock may be waited for before the run gives up: longer than a migration, shorter than a night. */
export const lockTimeoutSeconds = 300

/**
 * Settings of every session of ours. The first group lets it last for hours (the hosted platform cancels statements
 * after two minutes); the second fixes how values are printed, for row hashes depend on it. A server too old to know
 * one of them does without.
 */
export const sessionSettings: Readonly<Record<string, string>> = {
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  transaction_timeout: '0',
  lock_timeout: `${lockTimeoutSeconds}s`,
  // A long query ends soon after a client that was killed.
  client_connection_check_interval: '10s',
  row_security: 'off',
  jit: 'off',
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
}

/** One connection of ours, ready for hours of work. Retried while the reason is one that passes. */
export async function connect(connection: DatabaseConnection, phase: string): Promise<pg.Client> {
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
  const client = new pg.Client({
    host: connection.host,
    port: connection.port,
    user: connection.user,
    password: connection.password,
    database: connection.database,
    ssl,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutSeconds * 1_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveIdleSeconds * 1_000,
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
  const authority =
    sslRootCert === undefined || sslRootCert === 'system' ? {} : { ca: readCertificate(sslRootCert, phase) }
  const name = sslMode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}
  return { rejectUnauthorized: true, host, ...authority, ...name }
}

function readCertificate(path: string, phase: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new BackupError({
      code: 'DB_CERTIFICATE_MISSING',
      message: `The certificate authority at ${path} (sslrootcert) cannot be read.`,
      detail: error instanceof Error ? error.message : undefined,
      suggestion: 'Download it again (dashboard, Database settings, SSL configuration) and correct the path.',
      phase,
      exitCode: ExitCode.configuration,
    })
  }
}

/** The connection for libpq programs, all of it by environment: arguments can be read by every user of the machine. */
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
    LC_ALL: 'C.UTF-8',
  }
}

/**
 * Arguments every libpq program takes: no password prompt, and keepalives, which have no environment variable.
 * Without them a firewall that forgets an idle connection leaves the program waiting for two hours.
 */
export const libpqArguments: readonly string[] = [
  '--no-password',
  `--dbname=keepalives_idle=${keepAliveIdleSeconds} keepalives_interval=10 keepalives_count=6`,
]
