import type { Outcome } from './schema.ts'
import { type Status, succeeded } from './status.ts'

interface Question {
  /** The database's fingerprint now (`readActivity`). */
  activity: string
  /** The components this run is to capture. */
  wanted: readonly string[]
  status: Status
}

/**
 * Whether a backup may be skipped (SKIP_IF_UNCHANGED): the last one was good, covered all that this one would, and
 * nothing has happened in the database since. Every change of a Storage object is a change of its row.
 */
export function isUnchanged(question: Question): boolean {
  const last = question.status.lastRun.backup
  return last !== undefined && succeeded(last) && isSameAsCaptured(question)
}

/** How the last backup ended, where that alone is why one is made anew: nothing has changed, but it was not good. */
export function madeAnewAfter(question: Question): Outcome | undefined {
  const last = question.status.lastRun.backup
  return last !== undefined && !succeeded(last) && isSameAsCaptured(question) ? last.outcome : undefined
}

function isSameAsCaptured({ activity, wanted, status }: Question): boolean {
  if (status.activity === null) return false
  const { fingerprint, components } = status.activity
  return fingerprint === activity && wanted.every((component) => components.includes(component))
}
