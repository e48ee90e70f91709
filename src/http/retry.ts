import { setTimeout as sleep } from 'node:timers/promises'
import pRetry from 'p-retry'
import { HttpError } from './error.ts'

export interface RetryPolicy {
  /** Attempts after the first. */
  retries: number
  /** The first pause in milliseconds; each further one doubles, and each is stretched by a random part of itself. */
  minTimeoutMs: number
  maxTimeoutMs: number
}

/** About a minute and a half in all: a restart of the service or a storm of 429 fits in. */
export const defaultRetryPolicy: RetryPolicy = { retries: 7, minTimeoutMs: 500, maxTimeoutMs: 30_000 }

/**
 * Runs `attempt` until it succeeds, fails with something that another attempt cannot cure, or the policy is used up.
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
  return pRetry(attempt, {
    retries: policy.retries,
    minTimeout: policy.minTimeoutMs,
    maxTimeout: policy.maxTimeoutMs,
    factor: 2,
    randomize: true,
    ...(signal && { signal }),
    shouldRetry: ({ error }) => error instanceof HttpError && error.retryable,
    async onFailedAttempt({ error, retriesLeft }) {
      if (!(error instanceof HttpError) || !error.retryable || retriesLeft === 0) return
      onRetry?.(error)
      if (error.retryAfterMs !== undefined) await sleep(error.retryAfterMs, undefined, signal && { signal })
    },
  })
}
