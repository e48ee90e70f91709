import { type Status, succeeded } from './status.ts'

/**
 * Whether a backup may be skipped (SKIP_IF_UNCHANGED): the last one was good, covered all that this one would, and
 * nothing has happened in the database since. Every change of a Storage object is a change of its row.
 *
 * @param options.activity the database's fingerprint now (`readActivity`)
 * @param options.wanted the components this run is to capture
 */
export function isUnchanged(options: {
  activity: string
  wanted: readonly string[]
  status: Status
}): boolean {
  const { activity, wanted, status } = options
  const last = status.lastRun.backup
  if (last === undefined || !succeeded(last) || status.activity === null) return false
  const { fingerprint, components } = status.activity
  return fingerprint === activity && wanted.every((component) => components.includes(component))
}
