/** Below this many bytes a window, a transfer counts as stalled however steadily it drips. */
export const leastBytes = 16 * 1024

/** Why a transfer was given up that stood still. */
export class StalledTransfer extends Error {
  readonly code = 'STALLED'
  /** How far it came, in bytes from the beginning of what is moved, also where it began behind that. */
  readonly reached: number

  constructor(windowMs: number, reached: number) {
    super(`no progress within ${windowMs / 1000} s`)
    this.reached = reached
  }
}

/** One transfer under watch. */
export interface WatchedTransfer {
  signal: AbortSignal
  /** Bytes arrived or left. */
  moved(bytes: number): void
  end(): void
}

/** Aborts transfers that stand still: one timer for all of them, since a timer a request costs more than the request. */
export interface StallDetector {
  /**
   * @param bytes - what the whole transfer is expected to move; a body read whole gets time for all of it at once.
   * @param from - how many came before, in another transfer.
   */
  start(bytes: number, from?: number): WatchedTransfer
  stop(): void
}

/** @param windowMs - how long a transfer may go without moving 16 KiB (or ending). */
export function createStallDetector(windowMs: number): StallDetector {
  const watched = new Set<{ deadline: number; abort: () => void }>()
  const timer = setInterval(
    () => {
      const now = performance.now()
      for (const entry of watched) if (entry.deadline < now) entry.abort()
    },
    Math.min(1_000, windowMs / 2),
  )
  timer.unref()
  return {
    start(bytes, from = 0) {
      const controller = new AbortController()
      let moved = 0
      let reached = from
      const entry = {
        deadline: performance.now() + windowMs * (1 + bytes / (16 << 20)),
        abort: () => controller.abort(new StalledTransfer(windowMs, reached)),
      }
      watched.add(entry)
      return {
        signal: controller.signal,
        moved(count) {
          moved += count
          reached += count
          if (moved < leastBytes) return
          moved = 0
          entry.deadline = performance.now() + windowMs
        },
        end: () => watched.delete(entry),
      }
    },
    stop: () => clearInterval(timer),
  }
}
