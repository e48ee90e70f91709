import { alignedLine } from '../common/columns.ts'
import type { BackupType } from '../common/partial.ts'
import { formatBytes, formatSeconds } from '../common/units.ts'
import { isFromFuture } from '../retention/order.ts'
import type { Source } from './sources.ts'

/** What a partial backup holds, in a few words. */
const typeNames: Record<BackupType, string> = {
  full: 'definitions and rows',
  schema: 'definitions',
  data: 'rows',
  roles: 'roles',
}

/**
 * One line a source: name, time, age, size where it is known, complete or degraded, which part, verified. Where that is wider than
 * `columns`, what follows the name stands below it, in the columns of the others as far as these have room.
 */
export function renderSources(
  sources: readonly Source[],
  now: Date,
  columns: number = Number.POSITIVE_INFINITY,
): string {
  if (sources.length === 0) return 'There is nothing to restore from yet: run backup.sh.\n'
  // The longer names of some lines are no reason for all of them to wrap on a terminal of 80 columns.
  const ordinary = sources.filter(
    ({ kind, status }) => kind !== 'before-restore' && kind !== 'partial' && status !== 'degraded',
  )
  const rows = sources.map((source) => sourceCells(source, now))
  const width = (texts: readonly string[]) => Math.max(...texts.map(({ length }) => length), 0)
  const [nameWidth, ageWidth, sizeWidth] = [
    width(ordinary.map(({ name }) => name)),
    width(rows.map(({ age }) => age)),
    width(rows.map(({ size }) => size)),
  ]
  const lines = rows
    .map(({ name, when, age, size, state }) => {
      const cells = [when, age.padStart(ageWidth), size.padStart(sizeWidth), state]
      const line = alignedLine([name, ...cells], [nameWidth])
      if (line.length <= columns) return `${line}\n`
      return [name, ...cellsBelow(cells, nameWidth + 2, columns)].join('\n').concat('\n')
    })
    .join('')
  const old = sources.find(({ kind }) => kind === 'predecessor')
  return old === undefined
    ? lines
    : `${lines}\nThe predecessor's archives hold SQL files and folders of objects. To take them out: restore.sh --archive ${old.name} --extract DIR\nHow to bring them back: docs/how-to/predecessor.md\n`
}

/** What follows a name that is too long for its column: in the columns of the others, or as many cells a line as there is room for. */
function cellsBelow(cells: readonly string[], column: number, columns: number): string[] {
  const whole = cells.join('  ')
  if (column + whole.length <= columns) return [' '.repeat(column) + whole]
  const lines: string[] = []
  for (const cell of cells.map((text) => text.trim()).filter((text) => text !== '')) {
    const line = lines.at(-1)
    if (line === undefined || line.length + 2 + cell.length > columns) lines.push(`  ${cell}`)
    else lines[lines.length - 1] = `${line}  ${cell}`
  }
  return lines
}

function sourceCells(
  { kind, name, time, bytes, status, verified, foreign, partial, pin }: Source,
  now: Date,
) {
  // A verified one is complete, unless its name says otherwise: a line of an ordinary archive fits into 80 columns.
  const made = kind === 'predecessor' ? "the predecessor's" : verified && status === 'complete' ? '' : status
  const part = partial ? `partial: ${typeNames[partial.type]}` : ''
  const state = [made, part, verified ? 'verified' : '', pinWords(pin), foreign ? 'of another project' : '']
  return {
    name,
    when: `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    age: ageOf(time, now).replace(/^(\S+ \S+) .* ago$/, '$1 ago'),
    size: bytes === null ? '' : formatBytes(bytes),
    state: state.filter((word) => word !== '').join(', '),
  }
}

function pinWords(pin: Source['pin']): string {
  if (pin === undefined) return ''
  return pin.reason === '' ? 'pinned' : `pinned: ${pin.reason}`
}

/** `3 h 2 min ago`; a time that is yet to come tells that the clock was wrong, or is. */
export function ageOf(time: Date, now: Date): string {
  return isFromFuture({ time }, now)
    ? 'in the future'
    : `${formatSeconds(Math.max(0, (now.getTime() - time.getTime()) / 1000))} ago`
}
