import { z } from 'zod'
import type { App } from '../app.ts'
import { shownName } from '../auth/principal.ts'
import { notFound } from '../problem.ts'
import { newTokenSchema } from '../services/tokens.ts'
import { newUserSchema, userChangesSchema } from '../services/users.ts'
import { noFields, nothing, type Route, route } from './route.ts'
import { tokenSchema, userSchema } from './team-shapes.ts'

const facts = { tag: 'Users and tokens', status: 200, access: 'admin', query: noFields } as const
const dayMs = 86_400_000
const id = z.string().min(1).max(100)
const ofUser = z.object({ userId: id })
const linkFields = {
  secret: z.string().describe('Of the link, /new-password#SECRET, by which they choose a password, once'),
  expiresAt: z.string().describe('ISO 8601, UTC'),
}

/** @throws Problem NOT_FOUND */
function find(app: App, userId: string) {
  const found = app.users.list().find((user) => user.id === userId)
  if (found === undefined) throw notFound('user')
  return found
}

function linkFor(app: App, userId: string) {
  const { secret, expiresAt } = app.passwordLinks.make(userId)
  return { secret, expiresAt: expiresAt.toISOString() }
}

/** The people who sign in. */
const userRoutes: readonly Route[] = [
  route({
    ...{ ...facts, method: 'GET', path: '/users', id: 'listUsers' },
    summary: 'Who may sign in, with which role',
    params: noFields,
    body: nothing,
    output: z.object({ data: z.array(userSchema) }),
    handle: (_, { app }) => ({ data: app.users.list() }),
  }),
  route({
    ...{ ...facts, method: 'POST', path: '/users', id: 'addUser', status: 201, action: 'create user' },
    summary: 'Makes a user, who chooses a password by a link: its secret is answered once',
    params: noFields,
    body: newUserSchema,
    output: userSchema.extend(linkFields),
    location: (user) => `/users/${user.id}`,
    handle({ body }, { app, note }) {
      note({ after: { role: body.role, groups: body.groups } }, body.email)
      const userId = app.users.add(body)
      return { ...find(app, userId), ...linkFor(app, userId) }
    },
  }),
  route({
    ...{ ...facts, method: 'GET', path: '/users/{userId}', id: 'getUser' },
    summary: 'A user',
    params: ofUser,
    body: nothing,
    output: userSchema,
    handle: ({ params }, { app }) => find(app, params.userId),
  }),
  route({
    ...{ ...facts, method: 'PATCH', path: '/users/{userId}', id: 'changeUser', action: 'change user' },
    summary: 'Changes name, role and groups, and whether they may sign in: who may not is out at once',
    params: ofUser,
    body: z.strictObject({ ...userChangesSchema.shape, isActive: z.boolean().optional() }),
    output: userSchema,
    handle({ params: { userId }, body: { isActive, ...changes } }, { app, note }) {
      const { email, name, role, groups, deactivatedAt } = find(app, userId)
      const before = { name, role, groups, isActive: deactivatedAt === null }
      note({ before, after: { ...changes, ...(isActive !== undefined && { isActive }) } }, email)
      // All of it, or nothing.
      app.database.transaction(() => {
        app.users.change(userId, changes)
        if (isActive !== undefined) app.users.setActive(userId, isActive)
      })
      return find(app, userId)
    },
  }),
  route({
    ...{ ...facts, method: 'POST', path: '/users/{userId}/password-links', id: 'makePasswordLink' },
    ...{ status: 201, action: 'make reset link' },
    summary: 'Makes a link by which they choose another password: its secret is answered once',
    params: ofUser,
    body: nothing,
    output: z.object(linkFields),
    handle({ params: { userId } }, { app, note }) {
      note({}, find(app, userId).email)
      return linkFor(app, userId)
    },
  }),
]

/** What programs sign in with. */
const tokenRoutes: readonly Route[] = [
  route({
    ...{ ...facts, method: 'GET', path: '/tokens', id: 'listTokens' },
    summary: 'Tokens, with their roles and when they were used; no token itself',
    params: noFields,
    body: nothing,
    output: z.object({ data: z.array(tokenSchema) }),
    handle: (_, { app }) => ({ data: app.tokens.list() }),
  }),
  route({
    ...{ ...facts, method: 'POST', path: '/tokens', id: 'makeToken', status: 201, action: 'create token' },
    summary: 'Makes a token, which is answered once and kept nowhere',
    params: noFields,
    body: newTokenSchema,
    output: z.object({ token: z.string() }),
    handle({ body: { days, ...wanted } }, { app, principal, note }) {
      const expiresAt = days === null ? null : new Date(Date.now() + days * dayMs)
      note({ after: { ...wanted, expiresAt: expiresAt?.toISOString() ?? null } }, wanted.name)
      const createdBy = principal ? shownName(principal) : ''
      return { token: app.tokens.add({ ...wanted, expiresAt, createdBy }) }
    },
  }),
  route({
    ...{ ...facts, method: 'DELETE', path: '/tokens/{tokenId}', id: 'revokeToken', status: 204 },
    action: 'revoke token',
    summary: 'Revokes a token, also that of this request',
    params: z.object({ tokenId: id }),
    body: nothing,
    output: nothing,
    handle({ params: { tokenId } }, { app, note }) {
      note({}, app.tokens.revoke(tokenId))
    },
  }),
]

export const peopleRoutes: readonly Route[] = [...userRoutes, ...tokenRoutes]
