import { z } from 'zod'
import { notFound, Problem } from '../problem.ts'
import { newUserSchema, userChangesSchema } from '../services/users.ts'
import { procedure, router } from './base.ts'

const userIdSchema = z.object({ userId: z.string().min(1).max(100) })

/** The people who sign in, for admins. */
export const usersRouter = router({
  list: procedure('admin').query(({ ctx: { app } }) => ({
    users: app.users.list(),
    groups: app.labels.known('group'),
  })),

  /** @returns the secret of the link by which they choose their password, once */
  create: procedure('admin', 'create user')
    .input(newUserSchema)
    .mutation(({ ctx: { app, note }, input }) => {
      note({ after: { role: input.role, groups: input.groups } }, input.email)
      return linkOf(app.passwordLinks.make(app.users.add(input)))
    }),

  change: procedure('admin', 'change user')
    .input(userIdSchema.extend({ changes: userChangesSchema }))
    .mutation(({ ctx: { app, note }, input: { userId, changes } }) => {
      const { email } = app.people.find(userId)
      note({ before: app.users.change(userId, changes), after: changes }, email)
    }),

  deactivate: procedure('admin', 'deactivate user')
    .input(userIdSchema)
    .mutation(({ ctx: { app, principal, note }, input: { userId } }) => {
      note({}, app.people.find(userId).email)
      if (principal?.kind === 'user' && principal.id === userId) throw oneself
      app.users.setActive(userId, false)
    }),

  activate: procedure('admin', 'activate user')
    .input(userIdSchema)
    .mutation(({ ctx: { app, note }, input: { userId } }) => {
      note({}, app.people.find(userId).email)
      app.users.setActive(userId, true)
    }),

  /** @returns the secret of a link by which they choose another password, once */
  resetLink: procedure('admin', 'make reset link')
    .input(userIdSchema)
    .mutation(({ ctx: { app, note }, input: { userId } }) => {
      note({}, app.people.find(userId).email)
      return linkOf(app.passwordLinks.make(userId))
    }),

  removeTotp: procedure('admin', 'remove two-factor of user')
    .input(userIdSchema)
    .mutation(({ ctx: { app, note }, input: { userId } }) => {
      note({}, app.people.find(userId).email)
      app.people.setTotp(userId, null, null)
    }),

  sessions: procedure('admin')
    .input(userIdSchema)
    .query(({ ctx: { app }, input: { userId } }) => {
      app.people.find(userId)
      return app.sessions.list(userId).map(({ createdAt, lastSeenAt, ...session }) => ({
        ...session,
        createdAt: createdAt.toISOString(),
        lastSeenAt: lastSeenAt.toISOString(),
      }))
    }),

  /** One, or all of somebody's. */
  endSessions: procedure('admin', 'end sessions of user')
    .input(userIdSchema.extend({ sessionId: z.string().max(100).optional() }))
    .mutation(({ ctx: { app, note }, input: { userId, sessionId } }) => {
      note({}, app.people.find(userId).email)
      if (sessionId === undefined) app.sessions.endOthers(userId, undefined)
      else if (!app.sessions.end(userId, sessionId)) throw notFound('session')
    }),
})

function linkOf({ secret, expiresAt }: { secret: string; expiresAt: Date }) {
  return { secret, expiresAt: expiresAt.toISOString() }
}

const oneself = new Problem({
  status: 409,
  code: 'ONESELF',
  message: 'You cannot deactivate yourself.',
  suggestion: 'Ask another admin to do it.',
})
