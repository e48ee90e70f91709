import { count, eq } from 'drizzle-orm'
import { z } from 'zod'
import { hashPassword, isPassword } from '../auth/passwords.ts'
import { digestOfCode, newRecoveryCodes } from '../auth/recovery-codes.ts'
import { type Role, roles } from '../auth/roles.ts'
import { newId } from '../auth/secrets.ts'
import type { Database } from '../db/open.ts'
import { users } from '../db/schema/index.ts'
import { notFound, Problem } from '../problem.ts'
import { plainName } from './plain-name.ts'

export const emailSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .regex(/^[^\s@]+@[^\s@]+$/, 'is no address of mail')
/** Length is what makes a password hard to guess (NIST SP 800-63B). */
export const passwordSchema = z
  .string()
  .min(12, 'needs 12 characters or more')
  .max(256, 'may have 256 characters at most')
export const newPersonSchema = z.object({
  email: emailSchema,
  name: plainName(100),
  password: passwordSchema,
})
export const roleSchema = z.enum(roles)

export type People = ReturnType<typeof peopleOf>

/** Who may sign in. */
export function peopleOf(database: Database) {
  const find = (id: string) => {
    const found = database.select().from(users).where(eq(users.id, id)).get()
    if (found === undefined) throw notFound('user')
    return found
  }
  return {
    find,
    findByEmail: (email: string) => database.select().from(users).where(eq(users.email, email)).get(),
    isEmpty: () => (database.select({ count: count() }).from(users).get()?.count ?? 0) === 0,

    /** @throws Problem USER_EXISTS */
    async add(
      person: z.infer<typeof newPersonSchema> & { role: Role; groups?: string[] | null },
      now = new Date(),
    ): Promise<string> {
      const { email, name, password, role, groups } = person
      requireOtherWords(password, email)
      const passwordHash = await hashPassword(password)
      const id = newId()
      const row = { id, email, name, role, groups, passwordHash, passwordChangedAt: now, createdAt: now }
      const { changes } = database.insert(users).values(row).onConflictDoNothing().run()
      if (changes === 1) return id
      throw userExists(email)
    },

    /** @param last what must succeed when everything else has */
    async setPassword(id: string, password: string, now = new Date(), last = () => {}): Promise<void> {
      requireOtherWords(password, find(id).email)
      const passwordHash = await hashPassword(password)
      last()
      database.update(users).set({ passwordHash, passwordChangedAt: now }).where(eq(users.id, id)).run()
    },

    /** @throws Problem PASSWORD_WRONG */
    async requirePassword(id: string, password: string): Promise<void> {
      if (await isPassword(password, find(id).passwordHash)) return
      throw new Problem({
        status: 403,
        code: 'PASSWORD_WRONG',
        message: 'That is not your password.',
        suggestion: 'Type the password that you sign in with.',
      })
    },

    /** Without one there are no recovery codes either. */
    setTotp(id: string, totpSecret: string | null, totpLastStep: number | null): void {
      const codes = totpSecret === null ? { recoveryCodes: null } : {}
      database
        .update(users)
        .set({ totpSecret, totpLastStep, ...codes })
        .where(eq(users.id, id))
        .run()
    },

    /** @returns new recovery codes, in the place of those before; they are kept nowhere */
    renewRecoveryCodes(id: string): string[] {
      const codes = newRecoveryCodes()
      const recoveryCodes = codes.map(digestOfCode)
      database.update(users).set({ recoveryCodes }).where(eq(users.id, id)).run()
      return codes
    },

    /** @returns how many are left; undefined where it is none, or was used */
    spendRecoveryCode(id: string, code: string): number | undefined {
      const kept = find(id).recoveryCodes ?? []
      const left = kept.filter((digest) => digest !== digestOfCode(code))
      if (left.length === kept.length) return undefined
      database.update(users).set({ recoveryCodes: left }).where(eq(users.id, id)).run()
      return left.length
    },
  }
}

export function userExists(email: string): Problem {
  return new Problem({
    status: 409,
    code: 'USER_EXISTS',
    message: `There is a user ${email} already.`,
    suggestion: 'Use another address, or set a new password: npm run dashboard -- user password --email E.',
  })
}

function requireOtherWords(password: string, email: string): void {
  const name = email.split('@')[0] ?? email
  if (password.toLowerCase() !== email && new Set(password).size > 4 && !isRepeated(password, name)) return
  throw new Problem({
    status: 400,
    code: 'PASSWORD_WEAK',
    message: 'That password is guessed at once.',
    suggestion: 'Take several words that do not belong together, and not your address.',
  })
}

function isRepeated(password: string, name: string): boolean {
  return name.length > 2 && password.toLowerCase().replaceAll(name.toLowerCase(), '').length < 4
}
