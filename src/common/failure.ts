import { asTyped } from './as-typed.ts'
import { type BackupError, type ErrorReport, type ExitCode, renderError, toBackupError } from './errors.ts'
import { createLog } from './log.ts'
import { printAnswer } from './output.ts'
import { redact } from './redact.ts'

/** What stands on stdout, with --json, of a command that failed without a report; docs/reference/outcome.schema.json. */
export interface FailureDocument {
  status: 'failed'
  exitCode: ExitCode
  error: ErrorReport
}

export function failureDocument(error: BackupError): FailureDocument {
  const { code, message, detail, suggestion, phase } = error.toJSON()
  return {
    status: 'failed',
    exitCode: error.exitCode,
    error: {
      code,
      message: asTyped(redact(message)),
      detail: detail === null ? null : redact(detail),
      suggestion: asTyped(redact(suggestion)),
      phase,
    },
  }
}

/** Ends a short command with an error: a paragraph in the log, the exit code, and with `json` the document on stdout. */
export function failCommand(name: string, thrown: unknown, json = false): void {
  const error = toBackupError(thrown, name)
  const log = createLog(name)
  log.error(renderError(error))
  if (error.cause instanceof Error) log.debug(error.cause.stack ?? error.cause.message)
  if (json && error.code !== 'OUTPUT_UNWRITABLE') printAnswer(`${JSON.stringify(failureDocument(error))}\n`)
  process.exitCode = error.exitCode
}

/**
 * Ends a command whose answer the scripts read with an error that they log and report themselves: on stdout the error's fields
 * (worker_pairs in src/shell/worker.sh).
 */
export function failToScript(name: string, thrown: unknown): void {
  const error = toBackupError(thrown, name)
  if (error.cause instanceof Error) createLog(name).debug(error.cause.stack ?? error.cause.message)
  process.stdout.write(errorFields(error))
  process.exitCode = error.exitCode
}

/** An error as the scripts read it: NUL-separated code, message, detail (empty where there is none), suggestion and phase. */
export function errorFields(error: BackupError): string {
  const { code, message, detail, suggestion, phase } = failureDocument(error).error
  return [code, message, detail?.trim() ?? '', suggestion, phase]
    .map((field) => `${field.replaceAll('\0', '')}\0`)
    .join('')
}
