import { and, asc, eq, gt, isNull, or } from 'drizzle-orm'
import { z } from 'zod'
import type { Principal } from '../auth/principal.ts'
import type { Role } from '../auth/roles.ts'
import { digestOf, newId, newSecret } from '../auth/secrets.ts'
import type { Database } from '../db/open.ts'
import { tokens } from '../db/schema/index.ts'
import { notFound } from '../problem.ts'
import { roleSchema } from './people.ts'
import { plainName } from './plain-name.ts'
import { groupsSchema } from './users.ts'

/** By it a token is known when it turns up where it should not be. */
const prefix = 'sbd_'
const noteMs = 60_000

export const newTokenSchema = z.object({
  name: plainName(100),
  role: roleSchema,
  groups: groupsSchema,
  days: z.number().int().min(1).max(366).nullable().describe('Days until it expires; null: it never does'),
})

/** What programs sign in with. */
export function tokensOf(database: Database) {
  return {
    /** @returns the token, which is kept nowhere */
    add(
      token: {
        name: string
        role: Role
        groups?: string[] | null
        expiresAt: Date | null
        /** As people know them. */
        createdBy?: string
      },
      now = new Date(),
    ): string {
      const secret = `${prefix}${newSecret()}`
      database
        .insert(tokens)
        .values({ id: newId(), tokenHash: digestOf(secret), createdAt: now, ...token })
        .run()
      return secret
    },

    list: () =>
      database
        .select()
        .from(tokens)
        .orderBy(asc(tokens.name))
        .all()
        .map(({ tokenHash: _hash, createdAt, expiresAt, lastUsedAt, ...token }) => ({
          ...token,
          createdAt: createdAt.toISOString(),
          expiresAt: expiresAt?.toISOString() ?? null,
          lastUsedAt: lastUsedAt?.toISOString() ?? null,
        })),

    /** @returns its name @throws Problem NOT_FOUND */
    revoke(id: string): string {
      const [revoked] = database
        .delete(tokens)
        .where(eq(tokens.id, id))
        .returning({ name: tokens.name })
        .all()
      if (revoked === undefined) throw notFound('token')
      return revoked.name
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
