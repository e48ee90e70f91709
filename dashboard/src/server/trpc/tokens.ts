import { z } from 'zod'
import { shownName } from '../auth/principal.ts'
import { newTokenSchema } from '../services/tokens.ts'
import { procedure, router } from './base.ts'

const dayMs = 86_400_000

/** What programs sign in with, for admins. */
export const tokensRouter = router({
  list: procedure('admin').query(({ ctx: { app } }) => ({
    tokens: app.tokens.list(),
    groups: app.labels.known('group'),
  })),

  /** @returns the token, which is shown once and kept nowhere */
  create: procedure('admin', 'create token')
    .input(newTokenSchema)
    .mutation(({ ctx: { app, principal, note }, input: { days, ...token } }) => {
      const expiresAt = days === null ? null : new Date(Date.now() + days * dayMs)
      note({ after: { ...token, expiresAt: expiresAt?.toISOString() ?? null } }, token.name)
      return {
        token: app.tokens.add({ ...token, expiresAt, createdBy: principal ? shownName(principal) : '' }),
      }
    }),

  revoke: procedure('admin', 'revoke token')
    .input(z.object({ tokenId: z.string().min(1).max(100) }))
    .mutation(({ ctx: { app, note }, input: { tokenId } }) => {
      note({}, app.tokens.revoke(tokenId))
    }),
})
