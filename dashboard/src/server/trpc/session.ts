import { z } from 'zod'
import { emailSchema, newPersonSchema, passwordSchema } from '../services/people.ts'
import { procedure, router } from './base.ts'

const secretSchema = z.string().min(1).max(200)

/** Who one is. */
export const sessionRouter = router({
  /** What the first screen is to be. */
  state: procedure('everybody').query(({ ctx: { app, principal } }) => ({
    isSetUp: !app.firstRun.isNeeded(),
    user:
      principal?.kind === 'user'
        ? {
            email: principal.email,
            name: principal.name,
            role: principal.role,
            groups: principal.groups,
            hasTotp: principal.hasTotp,
          }
        : null,
  })),

  /** Whether a first-run link is good, before a form is filled in. */
  isLinkGood: procedure('everybody')
    .input(z.object({ secret: secretSchema }))
    .query(({ ctx, input }) => ctx.app.firstRun.isKnown(input.secret)),

  setUp: procedure('everybody', 'set up')
    .input(newPersonSchema.extend({ secret: secretSchema }))
    .mutation(async ({ ctx, input: { secret, ...person } }) => {
      const id = await ctx.app.firstRun.makeAdmin(secret, person)
      ctx.setSession(ctx.app.sessions.begin(id, ctx.origin))
    }),

  /** Whose password a link sets; null for one that is of no use. */
  passwordLink: procedure('everybody')
    .input(z.object({ secret: secretSchema }))
    .query(({ ctx, input }) => ({ email: ctx.app.passwordLinks.emailOf(input.secret) })),

  /** Ends all sessions of theirs: who had the old password is out. */
  choosePassword: procedure('everybody', 'choose password by link')
    .input(z.object({ secret: secretSchema, password: passwordSchema }))
    .mutation(async ({ ctx: { app, note }, input: { secret, password } }) => {
      const userId = await app.passwordLinks.use(secret, password)
      const { email } = app.people.find(userId)
      app.sessions.endOthers(userId, undefined)
      app.limits.forget(email)
      note({}, email)
    }),

  signIn: procedure('everybody')
    .input(
      z.object({
        email: emailSchema,
        password: z.string().min(1).max(256),
        code: z.string().max(20).optional(),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const result = await ctx.app.signIn.signIn(input, ctx.origin)
      if (result === 'code') return { needsCode: true }
      ctx.setSession(result.secret)
      return { needsCode: false }
    }),

  signOut: procedure('person', 'sign out').mutation(({ ctx: { app, principal, setSession } }) => {
    if (principal?.kind === 'user') app.sessions.end(principal.id, principal.sessionId)
    setSession(undefined)
  }),
})
