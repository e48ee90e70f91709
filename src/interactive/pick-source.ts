import { search } from '@inquirer/prompts'
import { alignedLine, widthsOf } from '../common/columns.ts'
import { formatBytes } from '../common/units.ts'
import { ageOf } from './list.ts'
import type { Source } from './sources.ts'
import { answer, type Terminal } from './terminal.ts'

/** A prompt's pointer and a margin beside a line of its list. */
const margin = 4

/** Asks what to restore: a list, newest first, that shrinks as one types. */
export async function pickSource(sources: readonly Source[], terminal: Terminal, now: Date): Promise<Source> {
  const labels = sourceLabels(sources, now, terminal.columns - margin)
  const choices = sources.map((source, index) => ({
    value: source,
    name: labels[index] ?? source.name,
    short: source.name,
    words: sourceCells(source, now).join(' ').toLowerCase(),
  }))
  return await answer(
    search(
      {
        message: 'Restore what? (type to search)',
        pageSize: terminal.listLines,
        source: (term = '') => choices.filter(({ words }) => matches(words, term)),
      },
      terminal,
    ),
  )
}

/** Every word typed occurs somewhere in the line, whether or not the terminal has room to show it. */
function matches(line: string, typed: string): boolean {
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => line.includes(word))
}

/** A line about each source, in columns: as many of them, the most telling first, as the width has room for. */
export function sourceLabels(sources: readonly Source[], now: Date, width: number): string[] {
  const table = sources.map((source) => sourceCells(source, now))
  const widths = widthsOf(table)
  let shown = 0
  for (let used = 0; shown < widths.length; shown += 1) {
    used += (shown === 0 ? 0 : 2) + (widths[shown] ?? 0)
    if (used > width && shown > 0) break
  }
  return table.map((cells) =>
    alignedLine(cells.slice(0, shown), widths).trimEnd().slice(0, Math.max(1, width)),
  )
}

function sourceCells({ kind, name, time, status, bytes, verified, partial }: Source, now: Date): string[] {
  const isGeneration = kind === 'local' || kind === 'extract'
  return [
    isGeneration ? `${name.padEnd(7)}  ${time.toISOString().slice(0, 16).replace('T', ' ')} UTC` : name,
    ageOf(time, now),
    kind === 'predecessor' ? 'predecessor' : status,
    bytes === null ? '' : formatBytes(bytes),
    verified ? 'verified' : '',
    partial ? `partial: ${partial.type}` : '',
  ]
}
