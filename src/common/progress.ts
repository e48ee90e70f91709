import type { Log } from './log.ts'
import { type ProgressState, progressBlock, progressLine } from './progress-text.ts'
import { openTerminalBlock } from './terminal-block.ts'

export interface ProgressTotals {
  /** What is counted, in the plural: `objects`, `tables`. */
  unit: string
  total: number
  /** Where it is known, the time left is told by bytes rather than by number. */
  totalBytes?: number | undefined
  /** Attempts repeated so far. */
  retries?: (() => number) | undefined
}

/** A part of the work that is shown by itself until all of it is done. */
export interface ProgressPart {
  /** What is counted here is counted in the whole too. */
  add(count: number, bytes?: number): void
  /** Could not be done: neither progress nor still to come. */
  fail(count: number): void
  /** How much it turned out to be. */
  total(count: number): void
}

export interface Progress {
  /** Counts work done, and bytes moved. */
  add(count: number, bytes?: number): void
  /** Begins a part of the work, e.g. a bucket. */
  part(name: string, total: number): ProgressPart
  /** Ends the display; the caller logs its own summary. */
  end(): void
}

const terminalIntervalMs = 200
const lineIntervalMs = 60_000

/**
 * Shows how a long step advances. PROGRESS_FD names the file descriptor of a terminal (the scripts set it when they
 * have one): there a line and a bar for each part under way are redrawn; otherwise the log gets a line a minute.
 */
export function createProgress(
  log: Log,
  label: string,
  totals: ProgressTotals,
  environment = process.env,
): Progress {
  const { retries, ...about } = totals
  const started = performance.now()
  const state: ProgressState = {
    label,
    ...about,
    done: 0,
    failed: 0,
    bytes: 0,
    seconds: 0,
    retries: 0,
    parts: new Set(),
  }
  const block = openTerminalBlock(Number(environment['PROGRESS_FD'] ?? Number.NaN))
  const show = () => {
    state.seconds = (performance.now() - started) / 1000
    state.retries = retries?.() ?? 0
    if (block) block.draw((size) => progressBlock(state, size))
    else log.info(progressLine(state))
  }
  const timer = setInterval(show, block ? terminalIntervalMs : lineIntervalMs)
  timer.unref()
  const add = (count: number, bytes = 0) => {
    state.done += count
    state.bytes += bytes
  }
  return {
    add,
    part(name, expected) {
      const part = { name, total: expected, done: 0 }
      let failed = 0
      const showUntilDone = () => {
        if (part.done < part.total) state.parts.add(part)
        else state.parts.delete(part)
      }
      showUntilDone()
      return {
        add(count, bytes) {
          part.done += count
          add(count, bytes)
          showUntilDone()
        },
        fail(count) {
          failed += count
          state.failed = (state.failed ?? 0) + count
          state.total -= count
          part.total -= count
          showUntilDone()
        },
        total(count) {
          state.total += count - failed - part.total
          part.total = count - failed
          showUntilDone()
        },
      }
    },
    end() {
      clearInterval(timer)
      block?.clear()
    },
  }
}
