import type { AuthClient } from '../api/client.ts'
import { listUsers } from '../api/list.ts'
import { digestOf, isBanned, type User, userOfApi } from '../users/user.ts'

/** What is kept of a target's user while the backup is compared with it: a few dozen bytes. */
export interface TargetUser {
  digest: string
  emailConfirmed: boolean
  phoneConfirmed: boolean
  bannedUntil: number
}

/** The users of a target, by id. */
export async function readTarget(client: AuthClient, signal: AbortSignal): Promise<Map<string, TargetUser>> {
  const users = new Map<string, TargetUser>()
  for await (const user of listUsers({ client, signal })) users.set(user.id, targetUser(userOfApi(user)))
  return users
}

export function targetUser(user: User): TargetUser {
  const { emailConfirmed, phoneConfirmed, bannedUntil } = user
  return { digest: digestOf(user), emailConfirmed, phoneConfirmed, bannedUntil }
}

/** A ban is set by its length, by the clock of the service. */
const banToleranceMs = 10 * 60_000
/** A ban that lasts longer is one without an end: the API knows none, and takes no longer ones. */
const endlessMs = 100 * 365 * 86_400_000

/**
 * In what a target's user is not as the backup has them, as far as the admin API can bring it: `data`, `unconfirmed`, `ban`,
 * `lifted ban`. An address that is confirmed at the target only stays so: nothing takes that back.
 */
export function differencesOf(user: User, target: TargetUser, now: number): string[] {
  const found: string[] = []
  if (target.digest !== digestOf(user)) found.push('data')
  if ((user.emailConfirmed && !target.emailConfirmed) || (user.phoneConfirmed && !target.phoneConfirmed))
    found.push('unconfirmed')
  if (isBanned(user, now)) {
    if (!sameBan(user.bannedUntil, target.bannedUntil, now)) found.push('ban')
  } else if (isBanned(target, now)) found.push('lifted ban')
  return found
}

function sameBan(one: number, other: number, now: number): boolean {
  if (one - now > endlessMs && other - now > endlessMs) return true
  return Math.abs(one - other) <= banToleranceMs
}
