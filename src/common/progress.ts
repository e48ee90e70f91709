import { writeSync } from 'node:fs'
import type { Log } from './log.ts'
import { formatBytes, formatSeconds } from './units.ts'

export interface ProgressTotals {
  /** What is counted, in the plural: `objects`, `tables`. */
  unit: string
  total: number
  totalBytes?: number | undefined
}

export interface Progress {
  /** Counts work done; `note` (e.g. `3 retries`) replaces the one shown before. */
  add(count: number, bytes?: number, note?: string): void
  /** Ends the display; the caller logs its own summary. */
  end(): void
}

const terminalIntervalMs = 200
const lineIntervalMs = 60_000

/**
 * Shows how a long step advances. PROGRESS_FD names the file descriptor of a terminal (the scripts set it when they
 * have one): there a single line is redrawn; otherwise the log gets a line a minute.
 */
export function createProgress(
  log: Log,
  label: string,
  totals: ProgressTotals,
  environment = process.env,
): Progress {
  const terminal = environment['PROGRESS_FD'] ? Number(environment['PROGRESS_FD']) : undefined
  const started = performance.now()
  let done = 0
  let bytes = 0
  let note = ''
  const line = () => {
    const seconds = (performance.now() - started) / 1000
    const share = totals.total === 0 ? 1 : done / totals.total
    const left = share > 0 && share < 1 ? `, ${formatSeconds((seconds / share) * (1 - share))} left` : ''
    const size =
      bytes > 0 ? `, ${formatBytes(bytes)} at ${formatBytes(bytes / Math.max(seconds, 0.001))}/s` : ''
    return `${label}: ${done}/${totals.total} ${totals.unit} (${Math.floor(share * 100)} %)${size}${left}${note && `, ${note}`}`
  }
  const draw = () => {
    if (terminal === undefined) log.info(line())
    else writeSync(terminal, `\r\x1b[K${line().slice(0, 100)}`)
  }
  const timer = setInterval(draw, terminal === undefined ? lineIntervalMs : terminalIntervalMs)
  timer.unref()
  return {
    add(count, moreBytes = 0, newNote) {
      done += count
      bytes += moreBytes
      if (newNote !== undefined) note = newNote
    },
    end() {
      clearInterval(timer)
      if (terminal !== undefined) writeSync(terminal, '\r\x1b[K')
    },
  }
}
