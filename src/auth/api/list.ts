import { HttpError } from '../../http/error.ts'
import type { ApiUser } from '../users/user.ts'
import type { AuthClient, UsersPage } from './client.ts'

export interface ListOptions {
  client: Pick<AuthClient, 'page' | 'count'>
  signal: AbortSignal
  /** Users a page; the service may give fewer. Default 500. */
  pageSize?: number | undefined
}

export interface Listed {
  /** What the service counts, as far as it says; undefined where it does not. */
  total: number | undefined
  /** Users whom it failed to list, as their rows have something that it cannot read. */
  unreadable: number
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
  const listed: Listed = { total: undefined, unreadable: 0 }
  const broken = new Set<number>()
  for (let pass = 1; pass <= mostPasses; pass += 1) {
    let found = 0
    listed.unreadable = 0
    for (let number = 1; ; number += 1) {
      signal.throwIfAborted()
      const page = await readPage({ client, number, size: pageSize, broken, signal })
      listed.total = page.total ?? listed.total
      listed.unreadable += page.unreadable
      if (page.users.length === 0 && page.unreadable === 0) break
      for (const user of page.users) {
        if (seen.has(user.id)) continue
        seen.add(user.id)
        found += 1
        yield user
      }
    }
    if (found === 0) break
  }
  return listed
}

interface Asked {
  client: Pick<AuthClient, 'page' | 'count'>
  number: number
  size: number
  signal: AbortSignal
}

/** One row that the service cannot read takes all of its page along: what is around it is asked for in smaller pages. */
async function readPage({
  broken,
  ...asked
}: Asked & { broken: Set<number> }): Promise<UsersPage & { unreadable: number }> {
  const { client, number, size } = asked
  if (broken.has(number)) return readParts(asked)
  try {
    return { ...(await client.page(number, size)), unreadable: 0 }
  } catch (error) {
    if (!isFault(error)) throw error
    // The service itself may be at fault.
    await client.count({ once: true }).catch(() => Promise.reject(error))
    broken.add(number)
    const parts = await readParts(asked)
    if (parts.unreadable === size) throw error
    return parts
  }
}

function isFault(error: unknown): boolean {
  return error instanceof HttpError && error.status === 500
}

/** Smaller pages that one is made of: so many, as far as its size can be divided by it, else single users. */
const partsOfAPage = 5

async function readParts({
  client,
  number,
  size,
  signal,
}: Asked): Promise<UsersPage & { unreadable: number }> {
  const count = size % partsOfAPage === 0 ? partsOfAPage : size
  const found = { users: [] as ApiUser[], total: undefined as number | undefined, unreadable: 0 }
  for (let part = 1; part <= count; part += 1) {
    signal.throwIfAborted()
    const asked = { number: (number - 1) * count + part, size: size / count }
    try {
      const page = await client.page(asked.number, asked.size, { once: true })
      found.users.push(...page.users)
      found.total = page.total ?? found.total
    } catch (error) {
      if (!isFault(error)) throw error
      if (asked.size === 1) {
        found.unreadable += 1
        continue
      }
      const inner = await readParts({ client, ...asked, signal })
      found.users.push(...inner.users)
      found.total = inner.total ?? found.total
      found.unreadable += inner.unreadable
    }
  }
  return found
}
