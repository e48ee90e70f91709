import { formatBytes, formatSeconds } from '../common/units.ts'
import type { Source } from './sources.ts'

/** One line a source: name, time, age, size where it is known, complete or degraded, verified. */
export function renderSources(sources: readonly Source[], now: Date): string {
  if (sources.length === 0) return 'There is nothing to restore from yet: run backup.sh.\n'
  const width = Math.max(...sources.map((source) => source.name.length))
  return sources
    .map(({ name, time, bytes, status, verified }) => {
      const age = `${formatSeconds(Math.max(0, (now.getTime() - time.getTime()) / 1000))} ago`
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
