import { formatBytes, formatSeconds } from '../common/units.ts'
import { isFromFuture } from '../retention/order.ts'
import type { Source } from './sources.ts'

/** One line a source: name, time, age, size where it is known, complete or degraded, verified. */
export function renderSources(sources: readonly Source[], now: Date): string {
  if (sources.length === 0) return 'There is nothing to restore from yet: run backup.sh.\n'
  const width = Math.max(...sources.map((source) => source.name.length))
  return sources
    .map(({ name, time, bytes, status, verified }) => {
      const age = ageOf(time, now)
      const when = `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`
      const size = bytes === null ? '' : formatBytes(bytes)
      const line = [
        name.padEnd(width),
        when,
        age.padStart(16),
        size.padStart(8),
        verified ? `${status}, verified` : status,
      ]
      return `${line.join('  ')}\n`
    })
    .join('')
}

/** `3 h 2 min ago`; a time that is yet to come tells that the clock was wrong, or is. */
export function ageOf(time: Date, now: Date): string {
  return isFromFuture({ time }, now)
    ? 'in the future'
    : `${formatSeconds(Math.max(0, (now.getTime() - time.getTime()) / 1000))} ago`
}
