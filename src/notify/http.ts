import pRetry, { AbortError } from 'p-retry'

const timeoutMs = 10_000
const retries = 2

/**
 * Posts to a monitoring service, again after a failed connection or an answer of 5xx or 429.
 * Errors name the service's host at most: the addresses are credentials.
 */
export async function post(url: URL, body: string, contentType: string): Promise<void> {
  await pRetry(
    async () => {
      const answer = await fetch(url, {
        method: 'POST',
        body,
        headers: { 'content-type': contentType, 'user-agent': 'supabase-backup' },
        signal: AbortSignal.timeout(timeoutMs),
      }).catch((error: unknown) => {
        throw new Error(`${url.host} could not be reached: ${reasonOf(error)}`)
      })
      await answer.body?.cancel()
      if (answer.ok) return
      const failure = new Error(`${url.host} answered ${answer.status}`)
      throw answer.status >= 500 || answer.status === 429 ? failure : new AbortError(failure)
    },
    { retries, minTimeout: 500, randomize: true },
  )
}

/** `fetch failed` tells nothing; its cause does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
