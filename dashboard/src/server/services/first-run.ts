import { timingSafeEqual } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { z } from 'zod'
import { digestOf, newSecret } from '../auth/secrets.ts'
import type { Database } from '../db/open.ts'
import { setUpLinks, users } from '../db/schema/index.ts'
import { Problem } from '../problem.ts'
import type { newPersonSchema, People } from './people.ts'

/** The one-time link that makes the first admin; where there is somebody already, it is of no use. */
export function firstRunOf(database: Database, people: People) {
  const isKnown = (secret: string) => {
    const given = Buffer.from(digestOf(secret))
    return database
      .select()
      .from(setUpLinks)
      .all()
      .some(({ tokenHash }) => timingSafeEqual(Buffer.from(tokenHash), given))
  }
  return {
    isNeeded: () => people.isEmpty(),
    isKnown: (secret: string) => people.isEmpty() && isKnown(secret),

    /** A new link's secret; those made before end. */
    renew(now = new Date()): string {
      const secret = newSecret()
      database.delete(setUpLinks).run()
      database
        .insert(setUpLinks)
        .values({ tokenHash: digestOf(secret), createdAt: now })
        .run()
      return secret
    },

    /** @throws Problem LINK_USED */
    async makeAdmin(secret: string, person: z.infer<typeof newPersonSchema>): Promise<string> {
      const used = new Problem({
        status: 403,
        code: 'LINK_USED',
        message: 'This link was used, or is not the newest.',
        suggestion: 'Start the dashboard again: it prints a new one as long as there is no user.',
      })
      if (!this.isKnown(secret)) throw used
      const id = await people.add({ ...person, role: 'admin' })
      // Of two who come at once the first is the admin.
      const { changes } = database
        .delete(setUpLinks)
        .where(eq(setUpLinks.tokenHash, digestOf(secret)))
        .run()
      if (changes === 1) return id
      database.delete(users).where(eq(users.id, id)).run()
      throw used
    },
  }
}
