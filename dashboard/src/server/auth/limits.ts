import { createHash } from 'node:crypto'
import { count, eq, gt, inArray, lt, min, or } from 'drizzle-orm'
import type { Database } from '../db/open.ts'
import { failedSignIns } from '../db/schema/index.ts'
import { Problem } from '../problem.ts'

/** So many failed attempts in so long, and no more are looked at until the oldest has gone by. */
const windowMs = 15 * 60_000
const most = { account: 10, address: 50 }

export interface SignInLimits {
  /**
   * Counts an attempt, before anything is looked at: of many at once each counts.
   * @returns takes it back, where it was no guess
   * @throws Problem TOO_MANY_ATTEMPTS
   */
  attempt(email: string, address: string, now?: Date): () => void
  /** Who has signed in has shown that the attempts before were theirs. */
  forget(email: string): void
}

/** Limits guessing, by account and by address; kept in the database, as a restart is not to help. */
export function signInLimits(database: Database): SignInLimits {
  const accountKey = (email: string) => `account:${digest(email.toLowerCase())}`
  return {
    attempt(email, address, now = new Date()) {
      const since = new Date(now.getTime() - windowMs)
      // Those of later than now are of a clock that was wrong, and would count until then.
      const later = new Date(now.getTime() + windowMs)
      database
        .delete(failedSignIns)
        .where(or(lt(failedSignIns.at, since), gt(failedSignIns.at, later)))
        .run()
      const keys = { account: accountKey(email), address: `address:${digest(networkOf(address))}` }
      for (const what of ['account', 'address'] as const) {
        const found = database
          .select({ count: count(), oldest: min(failedSignIns.at) })
          .from(failedSignIns)
          .where(eq(failedSignIns.key, keys[what]))
          .get()
        if ((found?.count ?? 0) >= most[what]) throw tooMany(found?.oldest ?? now, now)
      }
      const rows = Object.values(keys).map((key) => ({ key, at: now }))
      const added = database.insert(failedSignIns).values(rows).returning({ id: failedSignIns.id }).all()
      const ids = added.map(({ id }) => id)
      return () => database.delete(failedSignIns).where(inArray(failedSignIns.id, ids)).run()
    },
    forget(email) {
      database
        .delete(failedSignIns)
        .where(eq(failedSignIns.key, accountKey(email)))
        .run()
    },
  }
}

function tooMany(oldest: Date, now: Date): Problem {
  const minutes = Math.max(1, Math.ceil((oldest.getTime() + windowMs - now.getTime()) / 60_000))
  return new Problem({
    status: 429,
    code: 'TOO_MANY_ATTEMPTS',
    message: 'There were too many failed attempts to sign in.',
    suggestion: `Wait ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}, then try again.`,
  })
}

/** Of IPv6 the network of one subscriber, who has all addresses in it. */
function networkOf(address: string): string {
  return address.includes(':') && !address.includes('.') ? address.split(':').slice(0, 4).join(':') : address
}

/** What people type into the field may be their password. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}
