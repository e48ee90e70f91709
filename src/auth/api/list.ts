import type { ApiUser } from '../users/user.ts'
import type { AuthClient } from './client.ts'

export interface ListOptions {
  client: Pick<AuthClient, 'page'>
  signal: AbortSignal
  /** Users a page; the service may give fewer. Default 500. */
  pageSize?: number | undefined
}

export interface Listed {
  /** What the service counts, as far as it says; undefined where it does not. */
  total: number | undefined
}

/** More passes than these are only needed where users come and go faster than they can be listed. */
const mostPasses = 5

/**
 * Every user once. The service pages by position: one who is deleted meanwhile moves those behind forward, past the page that
 * is asked for next, and among users of one moment there is no order at all. So it is listed again, until a pass finds nobody new.
 * @returns what the service counted at the last
 */
export async function* listUsers({
  client,
  signal,
  pageSize = 500,
}: ListOptions): AsyncGenerator<ApiUser, Listed> {
  const seen = new Set<string>()
  let total: number | undefined
  for (let pass = 1; pass <= mostPasses; pass += 1) {
    let found = 0
    for (let number = 1; ; number += 1) {
      signal.throwIfAborted()
      const page = await client.page(number, pageSize)
      total = page.total ?? total
      if (page.users.length === 0) break
      for (const user of page.users) {
        if (seen.has(user.id)) continue
        seen.add(user.id)
        found += 1
        yield user
      }
    }
    if (found === 0) break
  }
  return { total }
}
