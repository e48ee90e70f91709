import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'

export interface EgressOptions {
  /** Bytes this run may fetch. */
  perRun?: number | undefined
  /** Bytes all runs of a calendar month (UTC) may fetch together; needs the ledger. */
  perMonth?: number | undefined
  /** A file that outlives the run and holds the month's sum. */
  ledger?: string | undefined
  /** Bandwidth limit. */
  bytesPerSecond?: number | undefined
}

/** What a run may fetch, what it has fetched, and how fast it may go. */
export interface Egress {
  /** Sets bytes aside for an object. False: it would exceed the budget, so it must be left for later. */
  reserve(bytes: number): boolean
  /** Gives back what was set aside; what really came was counted by `received`. */
  release(bytes: number): void
  received(bytes: number): void
  /** To be waited for, if the bandwidth limit wants a rest after so many bytes. */
  pace(bytes: number): Promise<void> | undefined
  /** Bytes received in this run. */
  readonly total: number
  /** Writes the month's sum to the ledger. */
  save(): void
}

/** A crash loses at most so many bytes of the month's sum. */
const saveEvery = 64 << 20

const ledgerSchema = z.object({ month: z.string(), bytes: z.number().nonnegative() })

function readLedger(path: string | undefined, month: string): number {
  if (path === undefined) return 0
  try {
    const ledger = ledgerSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
    return ledger.month === month ? ledger.bytes : 0
  } catch (error) {
    // No file yet. One that cannot be read must not pass for an untouched budget.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0
    throw new BackupError({
      code: 'STATE_DAMAGED',
      message: `${path}, which counts what was fetched from Storage this month, cannot be read.`,
      detail: error instanceof SyntaxError ? 'it is not JSON' : String(error).split('\n')[0],
      suggestion: `To count anew from now on, put it aside: mv '${path}' '${path}.damaged'`,
      phase: 'storage/egress',
    })
  }
}

export function createEgress(options: EgressOptions = {}, now: () => Date = () => new Date()): Egress {
  const month = now().toISOString().slice(0, 7)
  const before = readLedger(options.ledger, month)
  const delay = createPacer(options.bytesPerSecond)
  let total = 0
  let reserved = 0
  let unsaved = 0
  const save = () => {
    unsaved = 0
    if (options.ledger !== undefined)
      writeFileSync(options.ledger, JSON.stringify({ month, bytes: before + total }), { mode: 0o600 })
  }
  return {
    get total() {
      return total
    },
    reserve(bytes) {
      const sum = total + reserved + bytes
      if (options.perRun !== undefined && sum > options.perRun) return false
      if (options.perMonth !== undefined && before + sum > options.perMonth) return false
      reserved += bytes
      return true
    },
    release(bytes) {
      reserved -= bytes
    },
    received(bytes) {
      total += bytes
      unsaved += bytes
      if (unsaved >= saveEvery) save()
    },
    pace(bytes) {
      const ms = delay(bytes)
      return ms > 0 ? sleep(ms) : undefined
    },
    save,
  }
}

/** How many milliseconds to wait after so many bytes, to go no faster than the limit on average. */
export function createPacer(
  bytesPerSecond: number | undefined,
  now: () => number = () => performance.now(),
): (bytes: number) => number {
  let freeAt = Number.NEGATIVE_INFINITY
  return (bytes) => {
    if (bytesPerSecond === undefined) return 0
    freeAt = Math.max(freeAt, now()) + (bytes / bytesPerSecond) * 1000
    return freeAt - now()
  }
}
