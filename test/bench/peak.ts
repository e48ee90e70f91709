import { readFileSync } from 'node:fs'

/**
 * The largest resident set this process has had, in bytes. `getrusage` would not do: its maximum includes the parent's
 * at the time of the fork, and a benchmark's parent holds the test data.
 */
export function peakBytes(): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(kilobytes) * 1024
}
