import { and, asc, count, eq, gt, isNull, max, ne } from 'drizzle-orm'
import { z } from 'zod'
import { newId } from '../auth/secrets.ts'
import type { SessionStore } from '../auth/sessions.ts'
import type { Database } from '../db/open.ts'
import { sessions, users } from '../db/schema/index.ts'
import { Problem } from '../problem.ts'
import { labelSchema } from './label-name.ts'
import { newPersonSchema, type People, roleSchema, userExists } from './people.ts'

/** Groups that a role is narrowed to; null for all projects. */
export const groupsSchema = z
  .array(labelSchema)
  .max(100)
  .nullable()
  .describe(
    'The role is for projects of these groups alone; null: for all projects, and what is of no project',
  )

export const newUserSchema = newPersonSchema
  .pick({ email: true, name: true })
  .extend({ role: roleSchema, groups: groupsSchema })
export const userChangesSchema = newUserSchema.pick({ name: true, role: true, groups: true }).partial()

/** What admins see and change of the people who sign in. */
export function usersOf(parts: { database: Database; people: People; sessionStore: SessionStore }) {
  const { database, people, sessionStore } = parts

  /** Somebody must be able to let others in again. */
  const requireAnotherAdmin = (id: string): void => {
    const isFull = and(
      eq(users.role, 'admin'),
      isNull(users.groups),
      isNull(users.deactivatedAt),
      ne(users.id, id),
      // Who was let in by a link and has not followed it cannot sign in yet.
      ne(users.passwordHash, ''),
    )
    if ((database.select({ admins: count() }).from(users).where(isFull).get()?.admins ?? 0) > 0) return
    throw new Problem({
      status: 409,
      code: 'LAST_ADMIN',
      message:
        'This is the last admin of all projects who can sign in: without one nobody could let others in.',
      suggestion: 'Make somebody else an admin first, who has set a password.',
    })
  }
  const isFullAdmin = ({ role, groups, deactivatedAt }: typeof users.$inferSelect) =>
    role === 'admin' && groups === null && deactivatedAt === null

  return {
    list(now = new Date()) {
      const used = new Map(
        database
          .select({ userId: sessions.userId, count: count(), lastSeenAt: max(sessions.lastSeenAt) })
          .from(sessions)
          .where(gt(sessions.expiresAt, now))
          .groupBy(sessions.userId)
          .all()
          .map((row) => [row.userId, row] as const),
      )
      return database
        .select()
        .from(users)
        .orderBy(asc(users.email))
        .all()
        .map((user) => ({
          ...{ id: user.id, email: user.email, name: user.name, role: user.role, groups: user.groups },
          hasPassword: user.passwordHash !== '',
          hasTotp: user.totpSecret !== null,
          deactivatedAt: user.deactivatedAt?.toISOString() ?? null,
          createdAt: user.createdAt.toISOString(),
          sessions: used.get(user.id)?.count ?? 0,
          lastSeenAt: used.get(user.id)?.lastSeenAt?.toISOString() ?? null,
        }))
    },

    /** Somebody who has no password yet: a link lets them choose it. @throws Problem USER_EXISTS */
    add({ email, name, role, groups }: z.infer<typeof newUserSchema>, now = new Date()): string {
      const row = {
        id: newId(),
        email,
        name,
        role,
        groups,
        passwordHash: '',
        passwordChangedAt: now,
        createdAt: now,
      }
      if (database.insert(users).values(row).onConflictDoNothing().run().changes === 1) return row.id
      throw userExists(email)
    },

    /** @returns what it was before @throws Problem NOT_FOUND, LAST_ADMIN */
    change(id: string, changes: z.infer<typeof userChangesSchema>) {
      const before = people.find(id)
      const after = { ...before, ...changes }
      if (isFullAdmin(before) && !isFullAdmin(after)) requireAnotherAdmin(id)
      const { name, role, groups } = after
      database.update(users).set({ name, role, groups }).where(eq(users.id, id)).run()
      return { name: before.name, role: before.role, groups: before.groups }
    },

    /** Who is deactivated signs in nowhere, and what they did stays in the audit. @throws Problem NOT_FOUND, LAST_ADMIN */
    setActive(id: string, isActive: boolean, now = new Date()): void {
      const user = people.find(id)
      if (!isActive && isFullAdmin(user)) requireAnotherAdmin(id)
      const deactivatedAt = isActive ? null : (user.deactivatedAt ?? now)
      database.update(users).set({ deactivatedAt }).where(eq(users.id, id)).run()
      if (!isActive) sessionStore.endOthers(id, undefined)
    },
  }
}
