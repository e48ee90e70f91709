import { diskFailure } from './system-errors.ts'

/** Exit codes both scripts promise (docs/reference/exit-codes.md). Anything else is a failure. */
export const ExitCode = {
  success: 0,
  failed: 1,
  usage: 2,
  degraded: 3,
  locked: 75,
  configuration: 78,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

export interface ErrorFields {
  /** Stable, machine-readable, e.g. `DB_PASSWORD_WRONG`; each has a heading in docs/reference/errors.md. */
  code: string
  /** One sentence: what went wrong. */
  message: string
  /** What was observed: a program's stderr, an SQL state, an HTTP answer. */
  detail?: string | undefined
  /** What the operator should do. */
  suggestion: string
  /** The step that failed, e.g. `database/dump`. */
  phase: string
  /** Defaults to `ExitCode.failed`. */
  exitCode?: ExitCode | undefined
  cause?: unknown
}

/** The one error shape of the toolkit: everything an operator reads at three in the morning, and nothing else. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
  readonly code: string
  readonly detail: string | undefined
  readonly suggestion: string
  readonly phase: string
  readonly exitCode: ExitCode
  /** The component of the same run that has told of this very error; once is enough. */
  toldBy: string | undefined

  constructor(fields: ErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause })
    this.code = fields.code
    this.detail = fields.detail
    this.suggestion = fields.suggestion
    this.phase = fields.phase
    this.exitCode = fields.exitCode ?? ExitCode.failed
  }

  toJSON(): ErrorReport {
    return {
      code: this.code,
      message: this.message,
      detail: this.detail ?? null,
      suggestion: this.suggestion,
      phase: this.phase,
    }
  }
}

/** A `BackupError` as it stands in reports and on stdout with `--json`. */
export interface ErrorReport {
  code: string
  message: string
  detail: string | null
  suggestion: string
  phase: string
}

/**
 * Anything thrown, as a `BackupError`. What a disk refused is that, wherever it was met; any other error nobody classified is a
 * defect of the toolkit and says so; its stack goes to the debug log, never to the operator.
 */
export function toBackupError(error: unknown, phase: string): BackupError {
  if (error instanceof BackupError) return error
  const refused = diskFailure(error)
  if (refused !== undefined) return new BackupError({ ...refused, phase, cause: error })
  const message = error instanceof Error ? error.message : String(error)
  return new BackupError({
    code: 'UNEXPECTED',
    message: `An unexpected error stopped the run: ${message}`,
    suggestion: 'Run again with -v for details. If it happens again, please report it with the log file.',
    phase,
    cause: error,
  })
}

/** One paragraph for people: message, detail, remedy. */
export function renderError(error: BackupError): string {
  const detail = error.detail ? ` (${error.detail.trim()})` : ''
  return `${error.message}${detail} — ${error.suggestion} [${error.code} in ${error.phase}]`
}
