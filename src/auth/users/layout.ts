import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { apiUserSchema } from './user.ts'

/** Every user as the admin API told of it, a line each, in the order of creation. */
const usersFile = 'auth/users.jsonl'

export function usersPath(generation: string): string {
  return join(generation, usersFile)
}

/** Whether a backup has that file; else its users are among the rows of its database. */
export function hasUsersFile(generation: string): Promise<boolean> {
  return access(usersPath(generation)).then(
    () => true,
    () => false,
  )
}

/** A line of that file. */
export const userLineSchema = z.looseObject({
  /** The day on which identities and factors were asked for, e.g. `2026-11-28`. */
  readOn: z.string(),
  user: apiUserSchema,
})
export type UserLine = z.output<typeof userLineSchema>

/** The kind of finding that says that the auth service has users whom it did not list. */
export const usersMissed = 'users-missed'
