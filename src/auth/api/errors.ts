import { BackupError, ExitCode } from '../../common/errors.ts'
import { HttpError } from '../../http/error.ts'

/** The service refused one request, about one user: its status and code. */
export class AuthRefusal extends Error {
  override readonly name = 'AuthRefusal'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Why the service answers that its database fails, as a rule, and what to do. */
export const whyUnreadable =
  "Often a user was made by SQL with NULL in confirmation_token, recovery_token, email_change or email_change_token_new of auth.users: set these to ''. With a connection to the database (SUPABASE_DB_URL) the users are its rows, and the service is not asked."

/** Turns what ends a whole run into the error that the operator reads; other errors pass. */
export function toRunError(error: unknown): unknown {
  if (error instanceof AuthRefusal && (error.status === 401 || error.status === 403))
    return new BackupError({
      code: 'AUTH_KEY_REFUSED',
      message: 'The admin API of the auth service refuses the key.',
      detail: error.message,
      suggestion:
        'Set SUPABASE_SERVICE_ROLE_KEY to the service_role (or sb_secret_) key of this project: Supabase dashboard, Project Settings, API Keys.',
      phase: 'auth/access',
      exitCode: ExitCode.configuration,
    })
  if (error instanceof AuthRefusal) return refused(`${error.status} ${error.code}: ${error.message}`, error)
  if (error instanceof HttpError && error.status === 500 && /database error/i.test(error.message))
    return new BackupError({
      code: 'AUTH_ROWS_UNREADABLE',
      message: 'The auth service cannot read the rows of its own users.',
      detail: error.message,
      suggestion: whyUnreadable,
      phase: 'auth',
      cause: error,
    })
  return error instanceof HttpError ? unreachable(error.message, error) : error
}

/** That the service serves nobody. */
export function unreachable(detail: string | undefined, cause: unknown): BackupError {
  return new BackupError({
    code: 'AUTH_UNREACHABLE',
    message: 'The admin API of the auth service cannot be reached or does not answer properly.',
    detail,
    suggestion: 'Check SUPABASE_URL and that the project is not paused.',
    phase: 'auth',
    cause,
  })
}

function refused(detail: string, cause: Error): BackupError {
  return new BackupError({
    code: 'AUTH_REFUSED',
    message: 'The admin API of the auth service refuses a request it should serve.',
    detail,
    suggestion:
      'Check that SUPABASE_URL is the address of the project API; an auth service that is very old lacks this.',
    phase: 'auth',
    cause,
  })
}

/** That the service answers, and fails at whatever is to be written. */
export function unwritable(error: unknown): BackupError {
  return new BackupError({
    code: 'AUTH_UNWRITABLE',
    message: 'The auth service answers, but fails at each user that is to be created, changed or removed.',
    detail: error instanceof Error ? error.message : String(error),
    suggestion:
      'Look whether the database of the project takes writes (a full disk makes it read-only), and at a trigger on auth.users that fails; then run the restore again, which goes on.',
    phase: 'auth/restore',
    cause: error,
  })
}
