import { fileURLToPath } from 'node:url'
import { BackupError, ExitCode } from '../../common/errors.ts'
import { addSecrets } from '../../common/redact.ts'

/** libpq's sslmode, least to most strict. */
const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
type SslMode = (typeof sslModes)[number]

export interface DatabaseConnection {
  host: string
  port: number
  user: string
  password: string
  database: string
  sslMode: SslMode
  /** Path of the certificate authority's PEM file, or `system`. */
  sslRootCert: string | undefined
  /** Role to work as after login, where the login role has no rights of its own. */
  role: string | undefined
  /** Where the way has yet to be found out and the password to be made: the other fields say then what is known before. */
  login?: DatabaseLogin | undefined
}

/** A way to a database whose passwords are made, for a few minutes each, and go out of use. */
export interface DatabaseLogin {
  /**
   * Begins a session by the connection as it is now. A password that is refused (DB_PASSWORD_WRONG) is tried again.
   * @param options.leastMs how long sessions with the same password may begin at least, in milliseconds; a minute by default
   */
  enter<Result>(
    attempt: (reached: DatabaseConnection) => Promise<Result>,
    options?: { leastMs?: number },
  ): Promise<Result>
}

export interface ConnectionOptions {
  /** Connection string; wins over the parts. */
  url?: string | undefined
  /** Project reference, with `password`. */
  ref?: string | undefined
  /** Also the password of a URL that has none. */
  password?: string | undefined
  /** Host of the session pooler; without it the direct host is used. */
  pooler?: string | undefined
}

const transactionPoolerPort = 6543
const sessionPort = 5432

/** What a dump needs a session for, in the words of the refusal. */
const whySession =
  'it shares server connections between clients, so settings leak to others and an exported snapshot is lost'

function configurationError(code: string, phase: string, message: string, suggestion: string): BackupError {
  return new BackupError({ code, message, suggestion, phase, exitCode: ExitCode.configuration })
}

/**
 * Parses a connection string, or builds one from the project reference and password.
 * @throws BackupError DB_URL_INVALID, DB_URL_MISSING or DB_TRANSACTION_POOLER, each with the string to use instead.
 */
export function parseConnection(options: ConnectionOptions, phase: string): DatabaseConnection {
  const connection =
    options.url === undefined ? fromReference(options, phase) : fromUrl(options.url, options.password, phase)
  addSecrets([connection.password])
  if (connection.port === transactionPoolerPort) {
    const session = renderConnection({ ...connection, port: sessionPort })
    throw configurationError(
      'DB_TRANSACTION_POOLER',
      phase,
      `Port ${transactionPoolerPort} of ${connection.host} is the transaction pooler, which a backup or restore cannot use: ${whySession}.`,
      `Use the session pooler or the direct connection on port ${sessionPort}: ${session}`,
    )
  }
  return connection
}

/** As a URL has it: the folder of a socket without slashes, an IPv6 address in brackets. */
function hostOf({ host }: Pick<DatabaseConnection, 'host'>): string {
  if (host.startsWith('/')) return encodeURIComponent(host)
  return host.includes(':') ? `[${host}]` : host
}

/** The connection string with its password: for the environment of a program, never for argv or a message. */
export function connectionUrl(connection: DatabaseConnection): string {
  const host = hostOf(connection)
  const [user, password, database] = [connection.user, connection.password, connection.database].map(
    encodeURIComponent,
  )
  return `postgresql://${user}:${password}@${host}:${connection.port}/${database}?sslmode=${connection.sslMode}${connection.sslRootCert === undefined ? '' : `&sslrootcert=${encodeURIComponent(connection.sslRootCert)}`}`
}

/** The connection string without its password, for messages. */
export function renderConnection(connection: Omit<DatabaseConnection, 'password'>): string {
  const host = hostOf(connection)
  return `postgresql://${connection.user}:[PASSWORD]@${host}:${connection.port}/${connection.database}`
}

/** The project reference a Supabase host or pooler user names, if it does. */
export function referenceOf(connection: Pick<DatabaseConnection, 'host' | 'user'>): string | undefined {
  const direct = /^db\.([a-z]{20})\.supabase\.(?:co|com|red)$/.exec(connection.host)?.[1]
  return direct ?? /\.([a-z]{20})$/.exec(connection.user)?.[1]
}

function fromReference(options: ConnectionOptions, phase: string): DatabaseConnection {
  const { ref, password, pooler } = options
  if (ref === undefined || password === undefined)
    throw configurationError(
      'DB_URL_MISSING',
      phase,
      'There is no way to reach the database: neither a connection string nor a project reference with a password or an access token is set.',
      'Set SUPABASE_DB_URL (Supabase dashboard, Connect, Session pooler), or SUPABASE_PROJECT_REF and either SUPABASE_DB_PASSWORD or SUPABASE_ACCESS_TOKEN.',
    )
  const host = pooler ?? `db.${ref}.supabase.co`
  return {
    host,
    port: sessionPort,
    user: pooler === undefined ? 'postgres' : `postgres.${ref}`,
    password,
    database: 'postgres',
    ...protectionOf(host),
    role: undefined,
  }
}

function fromUrl(text: string, password: string | undefined, phase: string): DatabaseConnection {
  const invalid = (message: string) =>
    configurationError(
      'DB_URL_INVALID',
      phase,
      message,
      'Use postgresql://USER:PASSWORD@HOST:5432/DATABASE with the characters : / ? # [ ] @ % of the password percent-encoded, or leave the password out and set it in a variable of its own.',
    )
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw invalid('The connection string cannot be parsed as a URL.')
  }
  if (url.protocol !== 'postgresql:' && url.protocol !== 'postgres:')
    throw invalid('The connection string does not begin with postgresql://.')
  const part = (encoded: string, name: string) => {
    try {
      return decodeURIComponent(encoded)
    } catch {
      throw invalid(`The ${name} in the connection string is not percent-encoded correctly.`)
    }
  }
  const host = part(url.hostname, 'host').replace(/^\[(.*)\]$/, '$1')
  if (host === '') throw invalid('The connection string names no host.')
  const user = part(url.username, 'user') || 'postgres'
  const sslMode = url.searchParams.get('sslmode') ?? undefined
  const known = sslModes.find((mode) => mode === sslMode)
  if (sslMode !== undefined && known === undefined)
    throw invalid(`The connection string has sslmode=${sslMode}; the modes are ${sslModes.join(', ')}.`)
  const sslRootCert = url.searchParams.get('sslrootcert') ?? undefined
  const tls = tlsOf(host, known, sslRootCert)
  if (tls.sslMode.startsWith('verify-') && tls.sslRootCert === undefined)
    throw configurationError(
      'DB_CERTIFICATE_MISSING',
      phase,
      `sslmode=${tls.sslMode} needs the certificate authority to verify the server against.`,
      'Append &sslrootcert=/path/to/ca.crt to the connection string, or &sslrootcert=system for one that the machine trusts.',
    )
  return {
    host,
    port: url.port === '' ? sessionPort : Number(url.port),
    user,
    password: part(url.password, 'password') || (password ?? ''),
    database: part(url.pathname.slice(1), 'database') || 'postgres',
    ...tls,
    role: user.startsWith('cli_login_') ? 'postgres' : undefined,
  }
}

/** The platform's own certificate authorities, which no system trusts by itself: of 2021 (to 2031) and 2025 (to 2035). */
export const platformAuthorities = fileURLToPath(new URL('supabase-ca.pem', import.meta.url))

/** How a connection to a host is protected that nobody has said anything about. */
export function protectionOf(host: string): Pick<DatabaseConnection, 'sslMode' | 'sslRootCert'> {
  return tlsOf(host, undefined, undefined)
}

/**
 * How a connection is protected where its string does not say: a hosted project's server has to prove that it is the
 * platform's; another one has to offer TLS, as the password would cross a network in clear; only on this machine may it go
 * without.
 */
function tlsOf(
  host: string,
  sslMode: SslMode | undefined,
  sslRootCert: string | undefined,
): Pick<DatabaseConnection, 'sslMode' | 'sslRootCert'> {
  if (isPlatformHost(host)) {
    const mode = sslMode ?? 'verify-full'
    return {
      sslMode: mode,
      sslRootCert: sslRootCert ?? (mode.startsWith('verify-') ? platformAuthorities : undefined),
    }
  }
  if (sslRootCert !== undefined) return { sslMode: sslMode ?? 'verify-full', sslRootCert }
  return { sslMode: sslMode ?? (isThisMachine(host) ? 'prefer' : 'require'), sslRootCert }
}

function isPlatformHost(host: string): boolean {
  return /\.supabase\.(?:co|com|red)$/.test(host)
}

/** A loopback address, or the directory of a socket. */
function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('/') || /^127(?:\.\d+){3}$/.test(host)
}
