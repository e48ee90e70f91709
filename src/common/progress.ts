import type { Log } from './log.ts'
import { type PartState, type ProgressState, progressLine, shownParts } from './progress-text.ts'

export interface ProgressTotals {
  /** What it belongs to, for whoever shows it. */
  component: string
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

const lineMs = 60_000
/** Between two reports to the run's journal: so often at first, and never more seldom than the second. */
const reportMs = 1000
const longestReportMs = 5000
/** A step reports about so often at the first pace before it slows down. */
const reportsAtPace = 1000

let displays = 0

/**
 * Reports how a long step advances, in a run to its journal, from which it is drawn and told on (src/run/follow.ts). Where
 * nobody draws it on a terminal, the log gets a line a minute.
 */
export function createProgress(log: Log, label: string, totals: ProgressTotals): Progress {
  const { journal } = log
  displays += 1
  const id = `${process.pid}.${displays}`
  const count = createCount(label, totals)
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  const report = () => {
    const { component } = totals
    const about = { type: 'progress', id, phase: journal?.phase ?? null, component } as const
    journal?.append({ ...about, ...count.state(seconds()) })
    const wait = Math.min(Math.max(reportMs, (seconds() * 1000) / reportsAtPace), longestReportMs)
    reports = setTimeout(report, wait).unref()
  }
  let reports: NodeJS.Timeout | undefined
  if (journal !== undefined) report()
  const lines = journal?.isDrawn
    ? undefined
    : setInterval(() => log.info(progressLine(count.state(seconds()))), lineMs).unref()
  return {
    add: count.add,
    part: count.part,
    end() {
      clearTimeout(reports)
      clearInterval(lines)
      journal?.append({ type: 'progressEnd', id })
    },
  }
}

interface Count extends Omit<Progress, 'end'> {
  state(seconds: number): ProgressState & { failed: number }
}

function createCount(label: string, { unit, totalBytes, retries, ...totals }: ProgressTotals): Count {
  const whole = { done: 0, total: totals.total, bytes: 0, failed: 0 }
  const underWay = new Set<PartState>()
  const add = (done: number, bytes = 0) => {
    whole.done += done
    whole.bytes += bytes
  }
  return {
    add,
    part(name, expected) {
      const part = { name, total: expected, done: 0 }
      let failed = 0
      const showUntilDone = () => {
        if (part.done < part.total) underWay.add(part)
        else underWay.delete(part)
      }
      showUntilDone()
      return {
        add(done, bytes) {
          part.done += done
          add(done, bytes)
          showUntilDone()
        },
        fail(count) {
          failed += count
          whole.failed += count
          whole.total -= count
          part.total -= count
          showUntilDone()
        },
        total(count) {
          whole.total += count - failed - part.total
          part.total = count - failed
          showUntilDone()
        },
      }
    },
    state: (seconds) => ({
      ...{ label, unit, totalBytes, seconds, ...whole },
      retries: retries?.() ?? 0,
      parts: [...underWay].slice(0, shownParts),
      moreParts: Math.max(0, underWay.size - shownParts),
    }),
  }
}
