import { and, eq, gt, isNull, or } from 'drizzle-orm'
import type { Principal } from '../auth/principal.ts'
import type { Role } from '../auth/roles.ts'
import { digestOf, newId, newSecret } from '../auth/secrets.ts'
import type { Database } from '../db/open.ts'
import { tokens } from '../db/schema/index.ts'

/** By it a token is known when it turns up where it should not be. */
const prefix = 'sbd_'
const noteMs = 60_000

/** What programs sign in with. */
export function tokensOf(database: Database) {
  return {
    /** @returns the token, which is kept nowhere */
    add(
      token: { name: string; role: Role; groups?: string[] | null; expiresAt: Date | null },
      now = new Date(),
    ): string {
      const secret = `${prefix}${newSecret()}`
      database
        .insert(tokens)
        .values({ id: newId(), tokenHash: digestOf(secret), createdAt: now, ...token })
        .run()
      return secret
    },

    find(secret: string, now = new Date()): Principal | undefined {
      const row = database
        .select()
        .from(tokens)
        .where(
          and(
            eq(tokens.tokenHash, digestOf(secret)),
            or(isNull(tokens.expiresAt), gt(tokens.expiresAt, now)),
          ),
        )
        .get()
      if (row === undefined) return undefined
      const { id, name, role, groups, lastUsedAt } = row
      if (now.getTime() - (lastUsedAt?.getTime() ?? 0) > noteMs)
        database.update(tokens).set({ lastUsedAt: now }).where(eq(tokens.id, id)).run()
      return { kind: 'token', id, name, role, groups }
    },
  }
}
