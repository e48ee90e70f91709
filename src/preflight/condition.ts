import { toBackupError } from '../common/errors.ts'

/** One line of `--check`. */
export interface Condition {
  status: 'OK' | 'WARN' | 'FAIL'
  /** What was looked at, e.g. `database`. */
  subject: string
  text: string
  /** What to do about it, when it is not OK. */
  remedy?: string
  /** What was measured, for programs: sizes in bytes, versions. */
  facts?: Record<string, string | number>
}

/** The condition that an error stands for. */
export function failedCondition(subject: string, thrown: unknown): Condition {
  const error = toBackupError(thrown, subject)
  const detail = error.detail === undefined ? '' : ` (${error.detail.trim()})`
  return { status: 'FAIL', subject, text: `${error.message}${detail}`, remedy: error.suggestion }
}
