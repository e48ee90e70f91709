import { and, eq, gt, isNull, lt, ne } from 'drizzle-orm'
import type { Database } from '../db/open.ts'
import { sessions, users } from '../db/schema/index.ts'
import type { Principal } from './principal.ts'
import { digestOf, newId, newSecret } from './secrets.ts'

/** A session ends so long after it was last used, and after it began. */
const idleMs = 7 * 86_400_000
const longestMs = 30 * 86_400_000
/** How exactly it is noted when a session was used: not each request writes. */
const noteMs = 60_000

/** Where a request comes from. */
export interface Origin {
  address: string
  userAgent: string
}

export type SessionStore = ReturnType<typeof sessionStore>

/** Browsers that are signed in. */
export function sessionStore(database: Database) {
  return {
    /** @returns the cookie's value, which is kept nowhere else */
    begin(userId: string, origin: Origin, now = new Date()): string {
      const secret = newSecret()
      database.delete(sessions).where(lt(sessions.expiresAt, now)).run()
      database
        .insert(sessions)
        .values({
          ...{ tokenHash: digestOf(secret), id: newId(), userId, createdAt: now, lastSeenAt: now },
          expiresAt: new Date(now.getTime() + idleMs),
          ...{ address: origin.address, userAgent: origin.userAgent.slice(0, 300) },
        })
        .run()
      return secret
    },

    /** Whose cookie it is; undefined for one that has ended. */
    find(secret: string, origin: Origin, now = new Date()): Principal | undefined {
      const tokenHash = digestOf(secret)
      const row = database
        .select()
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(
          and(eq(sessions.tokenHash, tokenHash), gt(sessions.expiresAt, now), isNull(users.deactivatedAt)),
        )
        .get()
      if (row === undefined) return undefined
      const { createdAt, lastSeenAt, id } = row.sessions
      if (now.getTime() - lastSeenAt.getTime() > noteMs || origin.address !== row.sessions.address) {
        const expiresAt = new Date(Math.min(now.getTime() + idleMs, createdAt.getTime() + longestMs))
        const seen = { lastSeenAt: now, address: origin.address, expiresAt }
        database.update(sessions).set(seen).where(eq(sessions.tokenHash, tokenHash)).run()
      }
      const { id: userId, name, email, role, groups, totpSecret } = row.users
      return {
        kind: 'user',
        id: userId,
        name,
        email,
        role,
        groups,
        sessionId: id,
        hasTotp: totpSecret !== null,
      }
    },

    list(userId: string, now = new Date()) {
      return database
        .select({
          id: sessions.id,
          createdAt: sessions.createdAt,
          lastSeenAt: sessions.lastSeenAt,
          address: sessions.address,
          userAgent: sessions.userAgent,
        })
        .from(sessions)
        .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, now)))
        .all()
        .sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime())
    },

    /** @returns whether there was one of this person */
    end(userId: string, id: string): boolean {
      return (
        database
          .delete(sessions)
          .where(and(eq(sessions.userId, userId), eq(sessions.id, id)))
          .run().changes > 0
      )
    },

    /** All of a person's but this one. */
    endOthers(userId: string, kept: string | undefined): void {
      const others = kept === undefined ? [] : [ne(sessions.id, kept)]
      database
        .delete(sessions)
        .where(and(eq(sessions.userId, userId), ...others))
        .run()
    },
  }
}
