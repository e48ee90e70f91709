import type { UnnumberedEvent } from './events.ts'

type Progress = Extract<UnnumberedEvent, { type: 'progress' }>

/** What Borg's line of progress counts. */
export type BorgProgress = Pick<Progress, 'unit' | 'done' | 'total' | 'bytes'> & {
  /** For people. */
  text: string
}

/** `1.23 GB O 1.10 GB C 20.5 kB D 1042 N storage/objects/…`: original, compressed and deduplicated size, number of files. */
const create = /^([\d.]+) (.?)B O [\d.]+ .?B C ([\d.]+ .?B) D (\d+) N/
/** `12.5% Extracting: …`, `Compacting segments 40%`. */
const share = /^ *(\d+(?:\.\d+)?)% [A-Z]|(\d+(?:\.\d+)?)%$/

const powers: Record<string, number> = { '': 0, k: 1, M: 2, G: 3, T: 4, P: 5 }

/** Reads a line of progress that a Borg command has drawn; undefined for one that counts nothing. */
export function readBorgProgress(command: string, line: string): BorgProgress | undefined {
  const made = create.exec(line)
  if (made) {
    const [, size = '', prefix = '', added = '', files = ''] = made
    // Borg's prefixes are those of the SI.
    const bytes = Math.round(Number(size) * 1000 ** (powers[prefix] ?? 0))
    const text = `borg ${command}: ${files} files, ${size} ${prefix}B read, ${added} new`
    return { unit: 'files', done: Number(files), total: null, bytes, text }
  }
  const part = share.exec(line)
  if (part === null) return undefined
  const done = Number(part[1] ?? part[2])
  return { unit: 'percent', done, total: 100, bytes: null, text: `borg ${command}: ${line.trim()}` }
}
