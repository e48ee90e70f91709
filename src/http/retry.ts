import { setTimeout as sleep } from 'node:timers/promises'
import pRetry from 'p-retry'
import { HttpError } from './error.ts'
import { leastBytes, StalledTransfer } from './stall-detector.ts'

export interface RetryPolicy {
  /** Attempts after the first. */
  retries: number
  /** The first pause in milliseconds; each further one doubles, and each is stretched by a random part of itself. */
  minTimeoutMs: number
  maxTimeoutMs: number
}

/** About a minute and a half in all: a restart of the service or a storm of 429 fits in. */
export const defaultRetryPolicy: RetryPolicy = { retries: 7, minTimeoutMs: 500, maxTimeoutMs: 30_000 }

/** So many attempts that stand still and come no further than those before, and another one would not either. */
const stallsBelieved = 3

/** Tells of each failed attempt in turn whether there were enough that only stood still. */
function createStallCount(): (error: HttpError) => boolean {
  let stalls = 0
  let furthest = Number.NEGATIVE_INFINITY
  return ({ cause }) => {
    if (!(cause instanceof StalledTransfer)) return false
    stalls = cause.reached < furthest + leastBytes ? stalls + 1 : 1
    furthest = Math.max(furthest, cause.reached)
    return stalls >= stallsBelieved
  }
}

/**
 * Runs `attempt` until it succeeds, fails with something that another attempt cannot cure, or the policy is used up. One that
 * stands still at the same place again and again is given up before that: each such attempt costs a minute.
 * Honours `Retry-After` on top of the policy's own pause.
 */
export async function withRetries<Result>(
  attempt: () => Promise<Result>,
  options: {
    policy: RetryPolicy
    signal?: AbortSignal | undefined
    onRetry?: ((error: HttpError) => void) | undefined
  },
): Promise<Result> {
  const { policy, signal, onRetry } = options
  const isStuck = createStallCount()
  let again = false
  return pRetry(attempt, {
    retries: policy.retries,
    minTimeout: policy.minTimeoutMs,
    maxTimeout: policy.maxTimeoutMs,
    factor: 2,
    randomize: true,
    ...(signal && { signal }),
    shouldRetry: () => again,
    async onFailedAttempt({ error, retriesLeft }) {
      again = error instanceof HttpError && error.retryable && !isStuck(error)
      if (!(error instanceof HttpError) || !again || retriesLeft === 0) return
      onRetry?.(error)
      if (error.retryAfterMs !== undefined) await sleep(error.retryAfterMs, undefined, signal && { signal })
    },
  })
}
