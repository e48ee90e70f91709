import { BackupError, ExitCode } from '../../common/errors.ts'
import { type DatabaseConnection, referenceOf, renderConnection } from './connection-string.ts'

interface Cause {
  code: string
  message: string
  suggestion: string
  /** Whether the same attempt may succeed a few seconds later. */
  transient?: boolean
  configuration?: boolean
}

/** A connection that failed, classified; `transient` when another attempt may succeed. */
export class ConnectionError extends BackupError {
  readonly transient: boolean

  constructor(cause: Cause, detail: string, phase: string, error: unknown) {
    super({
      ...cause,
      detail,
      phase,
      cause: error,
      exitCode: cause.configuration ? ExitCode.configuration : ExitCode.failed,
    })
    this.transient = cause.transient ?? false
  }
}

/** Whatever an attempt to connect threw, as an error that says what to do about it. */
export function classifyConnectionError(
  error: unknown,
  connection: DatabaseConnection,
  phase: string,
): ConnectionError {
  const codes = errorsOf(error).map((each) => each.code)
  const message = errorsOf(error)
    .map((each) => each.message)
    .join('; ')
  const cause = byServerAnswer(codes, message, connection) ??
    byTls(codes, message, connection) ??
    byNetwork(codes, message, connection) ?? {
      code: 'DB_CONNECTION_FAILED',
      message: `The database at ${place(connection)} could not be reached.`,
      suggestion: 'See the detail; try the same connection string with psql.',
    }
  return new ConnectionError(cause, message, phase, error)
}

/** Node reports one error an address as an AggregateError. */
function errorsOf(error: unknown): { code: string; message: string }[] {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.flatMap(errorsOf)
  if (!(error instanceof Error)) return [{ code: '', message: String(error) }]
  // What Node.js advises about itself is no advice to an operator.
  const message = error.message.replace(/; if the root CA is installed locally.*/, '')
  return [{ code: 'code' in error ? String(error.code) : '', message }]
}

function place(connection: DatabaseConnection): string {
  return `${connection.host}:${connection.port}`
}

/** Refusals of the server or of the pooler in front of it, by SQLSTATE; Supavisor's have none of their own. */
function byServerAnswer(codes: string[], message: string, connection: DatabaseConnection): Cause | undefined {
  return byLogin(codes, message, connection) ?? byServerState(codes, message, connection)
}

/** Who connects, and to what, is not as the server wants it. */
function byLogin(codes: string[], message: string, connection: DatabaseConnection): Cause | undefined {
  if (/tenant or user not found/i.test(message))
    return {
      code: 'DB_TENANT_UNKNOWN',
      message: `The pooler at ${connection.host} does not know the user ${connection.user}.`,
      suggestion:
        'Check the project reference after "postgres." and the region in the host name (Supabase dashboard, Connect, Session pooler), and that the project is not paused.',
      configuration: true,
    }
  if (
    codes.includes('28P01') ||
    /password authentication failed|sasl.*signature|wrong password/i.test(message)
  )
    return {
      code: 'DB_PASSWORD_WRONG',
      message: `The password of database user ${connection.user} was refused.`,
      suggestion:
        'Put the current password into SUPABASE_DB_URL or SUPABASE_DB_PASSWORD; it can be reset in the Supabase dashboard under Database settings.',
      configuration: true,
    }
  if (/password must be a string|no password/i.test(message))
    return {
      code: 'DB_PASSWORD_MISSING',
      message: `The database asks for the password of ${connection.user} and none is set.`,
      suggestion: 'Set it in SUPABASE_DB_URL or SUPABASE_DB_PASSWORD.',
      configuration: true,
    }
  if (codes.includes('28000'))
    return {
      code: 'DB_NOT_ADMITTED',
      message: `The database does not admit user ${connection.user} from this machine.`,
      suggestion:
        "Check the role's right to log in, the project's network restrictions (Supabase dashboard, Database settings), and that sslmode is not disable.",
      configuration: true,
    }
  if (codes.includes('3D000'))
    return {
      code: 'DB_MISSING',
      message: `There is no database named ${connection.database} at ${place(connection)}.`,
      suggestion: 'End the connection string with /postgres, the name every Supabase project uses.',
      configuration: true,
    }
  return undefined
}

/** The server cannot take the connection now. */
function byServerState(codes: string[], message: string, connection: DatabaseConnection): Cause | undefined {
  if (
    codes.includes('53300') ||
    /max clients reached|too many (clients|connections)|remaining connection slots/i.test(message)
  )
    return {
      code: 'DB_TOO_MANY_CONNECTIONS',
      message: `The database at ${place(connection)} has no connection left.`,
      suggestion:
        'Run at a quieter hour, lower DUMP_JOBS, or raise the pool size (Supabase dashboard, Database settings, Connection pooling).',
      transient: true,
    }
  if (codes.includes('57P03'))
    return {
      code: 'DB_STARTING',
      message: `The database at ${place(connection)} is starting up or shutting down.`,
      suggestion: 'Try again in a few minutes.',
      transient: true,
    }
  return undefined
}

const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/

function byTls(codes: string[], message: string, connection: DatabaseConnection): Cause | undefined {
  if (/does not support SSL/i.test(message))
    return {
      code: 'DB_SSL_UNSUPPORTED',
      message: `The server at ${place(connection)} does not offer TLS, which sslmode=${connection.sslMode} demands.`,
      suggestion:
        'Switch TLS on at the server, or append ?sslmode=disable where the network itself is trusted.',
      configuration: true,
    }
  if (codes.some((code) => certificateCodes.test(code)))
    return {
      code: 'DB_CERTIFICATE_UNTRUSTED',
      message: `The certificate of ${connection.host} could not be verified (sslmode=${connection.sslMode}).`,
      suggestion:
        "Point sslrootcert at the project's certificate authority (Supabase dashboard, Database settings, SSL configuration). If it is right, somebody stands between you and the database.",
      configuration: true,
    }
  if (codes.some((code) => code.startsWith('ERR_SSL') || code === 'EPROTO'))
    return {
      code: 'DB_SSL_FAILED',
      message: `No TLS connection could be made with ${place(connection)}.`,
      suggestion: 'Check that the port is that of PostgreSQL and that no proxy breaks the connection.',
    }
  return undefined
}

function byNetwork(codes: string[], message: string, connection: DatabaseConnection): Cause | undefined {
  const reference = referenceOf(connection)
  const unroutable = codes.some((code) => ['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL'].includes(code))
  if (unroutable && /[0-9a-f]*:[0-9a-f]*:/i.test(message))
    return {
      code: 'DB_IPV6_ONLY',
      message: `${connection.host} has only an IPv6 address and this machine has no IPv6 route to it.`,
      suggestion: `Use the session pooler: ${sessionPooler(connection, reference)} (Supabase dashboard, Connect, Session pooler, gives the host name), or buy the project the IPv4 add-on.`,
    }
  if (codes.includes('ENOTFOUND'))
    return {
      code: 'DB_HOST_UNKNOWN',
      message: `The host name ${connection.host} does not exist.`,
      suggestion:
        reference === undefined
          ? 'Correct the host name in the connection string.'
          : `Check the reference ${reference} and, in the Supabase dashboard, whether the project is paused: the host names of a paused project stop resolving until it is restored.`,
    }
  if (codes.includes('EAI_AGAIN'))
    return {
      code: 'DB_DNS_FAILED',
      message: `No name server answered for ${connection.host}.`,
      suggestion: "Check this machine's network and /etc/resolv.conf.",
      transient: true,
    }
  if (codes.includes('ECONNREFUSED'))
    return {
      code: 'DB_REFUSED',
      message: `Nothing listens at ${place(connection)}.`,
      suggestion: 'Check host and port, and that the database is running.',
      transient: true,
    }
  if (unroutable || codes.includes('ETIMEDOUT') || /timeout expired|timed? ?out/i.test(message))
    return {
      code: 'DB_UNREACHABLE',
      message: `The database at ${place(connection)} did not answer.`,
      suggestion: `Check this machine's network and firewall, the project's network restrictions and bans (Supabase dashboard, Database settings), and that the project is not paused.${
        connection.host.startsWith('db.') && reference !== undefined
          ? ` The direct host is only reachable over IPv6; without that, use the session pooler: ${sessionPooler(connection, reference)}.`
          : ''
      }`,
      transient: true,
    }
  if (codes.includes('ECONNRESET') || codes.includes('EPIPE') || /connection terminated/i.test(message))
    return {
      code: 'DB_CONNECTION_LOST',
      message: `The connection to ${place(connection)} was cut.`,
      suggestion: 'Check the network between this machine and the database, then run again.',
      transient: true,
    }
  return undefined
}

function sessionPooler(connection: DatabaseConnection, reference: string | undefined): string {
  return renderConnection({
    ...connection,
    host: 'aws-0-REGION.pooler.supabase.com',
    port: 5432,
    user: `postgres.${reference ?? 'REFERENCE'}`,
  })
}
