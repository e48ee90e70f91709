import { formatBytes, formatSeconds } from '../common/units.ts'
import { isFromFuture } from '../retention/order.ts'
import type { Source } from './sources.ts'

/** One line a source: name, time, age, size where it is known, complete or degraded, verified. */
export function renderSources(sources: readonly Source[], now: Date): string {
  if (sources.length === 0) return 'There is nothing to restore from yet: run backup.sh.\n'
  const width = Math.max(...sources.map((source) => source.name.length))
  const lines = sources
    .map(({ kind, name, time, bytes, status, verified, foreign }) => {
      const age = ageOf(time, now)
      const when = `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`
      const size = bytes === null ? '' : formatBytes(bytes)
      const line = [
        name.padEnd(width),
        when,
        age.padStart(16),
        size.padStart(8),
        [
          kind === 'predecessor' ? "the predecessor's" : status,
          ...(verified ? ['verified'] : []),
          ...(foreign ? ['of another project'] : []),
        ].join(', '),
      ]
      return `${line.join('  ')}\n`
    })
    .join('')
  const old = sources.find(({ kind }) => kind === 'predecessor')
  return old === undefined
    ? lines
    : `${lines}\nThe predecessor's archives hold SQL files and folders of objects. To take them out: restore.sh --archive ${old.name} --extract DIR\nHow to bring them back: docs/how-to/predecessor.md\n`
}

/** `3 h 2 min ago`; a time that is yet to come tells that the clock was wrong, or is. */
export function ageOf(time: Date, now: Date): string {
  return isFromFuture({ time }, now)
    ? 'in the future'
    : `${formatSeconds(Math.max(0, (now.getTime() - time.getTime()) / 1000))} ago`
}
