import { formatBytes, formatSeconds } from '../common/units.ts'
import { isFromFuture } from '../retention/order.ts'
import type { Source } from './sources.ts'

/** One line a source: name, time, age, size where it is known, complete or degraded, verified. */
export function renderSources(sources: readonly Source[], now: Date): string {
  if (sources.length === 0) return 'There is nothing to restore from yet: run backup.sh.\n'
  // The longer names of some lines are no reason for all of them to wrap on a terminal of 80 columns.
  const ordinary = sources.filter(({ kind, status }) => kind !== 'before-restore' && status !== 'degraded')
  const width = Math.max(...ordinary.map((source) => source.name.length), 0)
  const lines = sources
    .map(({ kind, name, time, bytes, status, verified, foreign }) => {
      const age = ageOf(time, now).replace(/^(\S+ \S+) .* ago$/, '$1 ago')
      const when = `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`
      const size = bytes === null ? '' : formatBytes(bytes)
      const line = [
        name.padEnd(width),
        when,
        age.padStart(10),
        size.padStart(8),
        [
          // A verified one is complete, unless its name says otherwise: a line of an ordinary archive fits into 80 columns.
          ...(kind === 'predecessor'
            ? ["the predecessor's"]
            : verified && status === 'complete'
              ? []
              : [status]),
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
