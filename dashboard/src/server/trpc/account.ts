import { renderSVG } from 'uqr'
import { z } from 'zod'
import type { App } from '../app.ts'
import type { Principal } from '../auth/principal.ts'
import { matchTotp, newTotpSecret, totpAddress } from '../auth/totp.ts'
import { totpPlace } from '../crypto/sealed-fields.ts'
import { notFound, Problem } from '../problem.ts'
import { passwordSchema } from '../services/people.ts'
import { codeWrong } from '../services/sign-in.ts'
import { procedure, router } from './base.ts'

const password = z.string().min(1).max(256)

type User = Extract<Principal, { kind: 'user' }>

/** For what only people have. */
const personal = (action?: string) =>
  procedure('person', action).use(({ ctx, next }) => {
    if (ctx.principal?.kind !== 'user') throw notFound('user')
    const user: User = ctx.principal
    return next({ ctx: { ...ctx, user } })
  })

/** One's own account. */
export const accountRouter = router({
  sessions: personal().query(({ ctx: { app, user } }) =>
    app.sessions.list(user.id).map(({ createdAt, lastSeenAt, ...session }) => ({
      ...session,
      createdAt: createdAt.toISOString(),
      lastSeenAt: lastSeenAt.toISOString(),
      isThis: session.id === user.sessionId,
    })),
  ),

  endSession: personal('end session')
    .input(z.object({ sessionId: z.string().max(100) }))
    .mutation(({ ctx: { app, user, setSession }, input }) => {
      if (!app.sessions.end(user.id, input.sessionId)) throw notFound('session')
      if (input.sessionId === user.sessionId) setSession(undefined)
    }),

  endOtherSessions: personal('end other sessions').mutation(({ ctx: { app, user } }) => {
    app.sessions.endOthers(user.id, user.sessionId)
  }),

  /** Ends all other sessions too: who knew the old password is out. */
  changePassword: personal('change password')
    .input(z.object({ current: password, next: passwordSchema }))
    .mutation(async ({ ctx: { app, user, origin }, input }) => {
      await requirePassword(app, user, origin.address, input.current)
      await app.people.setPassword(user.id, input.next)
      app.sessions.endOthers(user.id, user.sessionId)
    }),

  /** A secret for an app. It is sealed into the answer and comes back with a code: until then nothing is kept. */
  beginTotp: personal('begin two-factor')
    .input(z.object({ current: password }))
    .mutation(async ({ ctx: { app, user, origin }, input }) => {
      await requirePassword(app, user, origin.address, input.current)
      const secret = newTotpSecret()
      const picture = renderSVG(totpAddress(secret, user.email), { border: 2 })
      return { secret, picture, sealed: app.sealer.seal(secret, `offer/${user.id}`) }
    }),

  confirmTotp: personal('set up two-factor')
    .input(z.object({ sealed: z.string().max(500), code: z.string().max(20) }))
    .mutation(({ ctx: { app, user }, input }) => {
      const secret = app.sealer.open(input.sealed, `offer/${user.id}`)
      const step = matchTotp({ secret, code: input.code, now: new Date(), lastStep: null })
      if (step === undefined) throw codeWrong
      app.people.setTotp(user.id, app.sealer.seal(secret, totpPlace(user.id)), step)
      app.sessions.endOthers(user.id, user.sessionId)
      return { recoveryCodes: app.people.renewRecoveryCodes(user.id) }
    }),

  /** @returns codes in the place of those before, shown once @throws Problem NO_TWO_FACTOR */
  renewRecoveryCodes: personal('renew recovery codes')
    .input(z.object({ current: password }))
    .mutation(async ({ ctx: { app, user, origin }, input }) => {
      await requirePassword(app, user, origin.address, input.current)
      if (!user.hasTotp) throw noTwoFactor
      return { recoveryCodes: app.people.renewRecoveryCodes(user.id) }
    }),

  removeTotp: personal('remove two-factor')
    .input(z.object({ current: password }))
    .mutation(async ({ ctx: { app, user, origin }, input }) => {
      await requirePassword(app, user, origin.address, input.current)
      app.people.setTotp(user.id, null, null)
    }),
})

const noTwoFactor = new Problem({
  status: 409,
  code: 'NO_TWO_FACTOR',
  message: 'There is no second factor that could be lost.',
  suggestion: 'Set it up first.',
})

/** Whoever sits at another's open browser guesses no faster than at the door. */
export async function requirePassword(app: App, user: User, address: string, given: string): Promise<void> {
  const takeBack = app.limits.attempt(user.email, address)
  await app.people.requirePassword(user.id, given)
  takeBack()
}
