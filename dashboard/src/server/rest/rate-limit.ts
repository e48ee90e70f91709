/** So many requests in so long, of each token, and of each address without one. */
const windowMs = 60_000
export const mostRequests = 600
/** Beyond so many keys those whose time is over are forgotten. */
const mostKeys = 10_000

export interface Allowance {
  isSpent: boolean
  /** Seconds until all requests are there again. */
  seconds: number
  /** As the draft of the RateLimit header fields has them (draft-ietf-httpapi-ratelimit-headers-10). */
  headers: Record<string, string>
}

/** Counts requests by key, in windows of a minute each of which begins with a key's first request. */
export function rateLimit() {
  const windows = new Map<string, { endsAt: number; used: number }>()
  return {
    take(key: string, now = Date.now()): Allowance {
      if (windows.size > mostKeys)
        for (const [old, { endsAt }] of windows) if (endsAt <= now) windows.delete(old)
      const known = windows.get(key)
      const current = known !== undefined && known.endsAt > now ? known : { endsAt: now + windowMs, used: 0 }
      current.used += 1
      windows.set(key, current)
      const seconds = Math.ceil((current.endsAt - now) / 1000)
      const remaining = Math.max(0, mostRequests - current.used)
      return {
        isSpent: current.used > mostRequests,
        seconds,
        headers: {
          'ratelimit-policy': `"default";q=${mostRequests};w=${windowMs / 1000}`,
          ratelimit: `"default";r=${remaining};t=${seconds}`,
        },
      }
    },
  }
}
