import { and, eq, gt, lt } from 'drizzle-orm'
import { digestOf, newSecret } from '../auth/secrets.ts'
import type { Database } from '../db/open.ts'
import { passwordLinks } from '../db/schema/index.ts'
import { Problem } from '../problem.ts'
import type { People } from './people.ts'

const validMs = 48 * 3_600_000

/** One-time links by which somebody chooses a password: who is new, and who has forgotten theirs. */
export function passwordLinksOf(database: Database, people: People) {
  const find = (secret: string, now: Date) =>
    database
      .select()
      .from(passwordLinks)
      .where(and(eq(passwordLinks.tokenHash, digestOf(secret)), gt(passwordLinks.expiresAt, now)))
      .get()
  return {
    /** A new link's secret; those made before for the same person end. @throws Problem NOT_FOUND */
    make(userId: string, now = new Date()): { secret: string; expiresAt: Date } {
      people.find(userId)
      const secret = newSecret()
      const expiresAt = new Date(now.getTime() + validMs)
      database.delete(passwordLinks).where(lt(passwordLinks.expiresAt, now)).run()
      database.delete(passwordLinks).where(eq(passwordLinks.userId, userId)).run()
      database
        .insert(passwordLinks)
        .values({ tokenHash: digestOf(secret), userId, expiresAt })
        .run()
      return { secret, expiresAt }
    },

    /** Whose it is; null for one that was used or has expired. */
    emailOf(secret: string, now = new Date()): string | null {
      const link = find(secret, now)
      return link === undefined ? null : people.find(link.userId).email
    },

    /** @returns whose password it is now @throws Problem LINK_USED, PASSWORD_WEAK: with that the link is good still */
    async use(secret: string, password: string, now = new Date()): Promise<string> {
      const link = find(secret, now)
      if (link === undefined) throw linkUsed
      await people.setPassword(link.userId, password, now, () => {
        // Of two who come at once the first sets it.
        const { changes } = database
          .delete(passwordLinks)
          .where(eq(passwordLinks.tokenHash, link.tokenHash))
          .run()
        if (changes === 0) throw linkUsed
      })
      return link.userId
    },
  }
}

const linkUsed = new Problem({
  status: 403,
  code: 'LINK_USED',
  message: 'This link was used, has expired, or is not the newest.',
  suggestion: 'Ask an admin for a new one.',
})
