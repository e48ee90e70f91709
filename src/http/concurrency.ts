import pLimit from 'p-limit'

/** The limit is lowered once for all requests that were under way when the service began to complain. */
const slowDownEveryMs = 1_000

/** A number of tasks at a time that follows what the service can bear. */
export interface AdaptiveLimit {
  /**
   * Runs the task when its turn comes. Resolves with the task's promise as soon as the task is queued and the queue has
   * room, so that a producer that awaits it never gets far ahead of the work.
   */
  submit<Result>(task: () => Promise<Result>): Promise<{ result: Promise<Result> }>
  /** The service is throttling or failing: half as many at a time. */
  slowDown(): void
  /** A task went well: after as many successes as tasks run at a time, one more. */
  succeeded(): void
  readonly current: number
}

/** Additive increase, multiplicative decrease between 1 and `max` tasks at a time. */
export function createAdaptiveLimit(max: number, now: () => number = () => performance.now()): AdaptiveLimit {
  const limit = pLimit(max)
  let successes = 0
  let slowedAt = Number.NEGATIVE_INFINITY
  let waiting: (() => void)[] = []
  return {
    get current() {
      return limit.concurrency
    },
    async submit(task) {
      while (limit.pendingCount >= limit.concurrency)
        await new Promise<void>((resolve) => {
          waiting.push(resolve)
        })
      const result = limit(task)
      const wake = () => {
        const woken = waiting
        waiting = []
        for (const resolve of woken) resolve()
      }
      result.then(wake, wake)
      return { result }
    },
    slowDown() {
      successes = 0
      if (now() - slowedAt < slowDownEveryMs) return
      slowedAt = now()
      limit.concurrency = Math.max(1, Math.floor(limit.concurrency / 2))
    },
    succeeded() {
      if (limit.concurrency >= max) return
      successes += 1
      if (successes < limit.concurrency) return
      successes = 0
      limit.concurrency += 1
    },
  }
}
