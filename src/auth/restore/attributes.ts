import type { UserAttributes } from '../api/client.ts'
import { digestOf, isBanned, sameJson, type User } from '../users/user.ts'

type Metadata = Record<string, unknown>

/** What creates a user as the backup has them. @param now milliseconds since 1970 */
export function creationOf(
  user: User,
  now: number,
): UserAttributes & { id: string; aud?: string; password_hash?: string } {
  const { id, aud, role, passwordHash } = user
  return {
    id,
    ...(aud !== '' && { aud }),
    ...(role !== '' && { role }),
    ...contactOf(user),
    user_metadata: user.userMetadata,
    app_metadata: user.appMetadata,
    ...(passwordHash && isKnownHash(passwordHash) && { password_hash: passwordHash }),
    ...(isBanned(user, now) && { ban_duration: durationOf(user.bannedUntil, now) }),
  }
}

/** What makes the target's user as the backup has them; undefined where nothing is to be done. */
export function updateOf(user: User, target: User, now: number): UserAttributes | undefined {
  const userMetadata = patchOf(user.userMetadata, target.userMetadata)
  const appMetadata = patchOf(user.appMetadata, target.appMetadata)
  const ban = isBanned(user, now) ? durationOf(user.bannedUntil, now) : isBanned(target, now) && 'none'
  const hasOtherContact =
    digestOf({ ...target, role: '', userMetadata: {}, appMetadata: {} }) !==
    digestOf({ ...user, role: '', userMetadata: {}, appMetadata: {} })
  const confirms =
    (user.emailConfirmed && !target.emailConfirmed) || (user.phoneConfirmed && !target.phoneConfirmed)
  const update = {
    ...(user.role !== '' && user.role !== target.role && { role: user.role }),
    ...((hasOtherContact || confirms) && contactOf(user)),
    ...(userMetadata && { user_metadata: userMetadata }),
    ...(appMetadata && { app_metadata: appMetadata }),
    ...(ban && { ban_duration: ban }),
  }
  return Object.keys(update).length === 0 ? undefined : update
}

function contactOf({ email, phone, emailConfirmed, phoneConfirmed }: User): UserAttributes {
  return {
    ...(email !== '' && { email, ...(emailConfirmed && { email_confirm: true }) }),
    ...(phone !== '' && { phone, ...(phoneConfirmed && { phone_confirm: true }) }),
  }
}

/** The API merges metadata, and takes null for "without this key". */
function patchOf(wanted: Metadata, present: Metadata): Metadata | undefined {
  const keys = new Set([...Object.keys(wanted), ...Object.keys(present)])
  // Of the object's own: users name keys `constructor` and the like.
  const ownValue = (metadata: Metadata, key: string) =>
    Object.hasOwn(metadata, key) ? (metadata[key] ?? null) : null
  const changed = [...keys].filter((key) => !sameJson(ownValue(wanted, key), ownValue(present, key)))
  if (changed.length === 0) return undefined
  return Object.fromEntries(changed.map((key) => [key, ownValue(wanted, key)]))
}

/** The longest that the service can count, in hours: 2^63 nanoseconds. */
const mostHours = 2_562_000

/** As Go writes durations. */
function durationOf(until: number, now: number): string {
  const seconds = Math.max(1, Math.round((until - now) / 1000))
  return seconds > mostHours * 3600 ? `${mostHours}h` : `${seconds}s`
}

/** The kinds of hash that the service takes: with another it answers like one that is broken. */
export function isKnownHash(hash: string): boolean {
  return (
    /^\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}$/.test(hash) ||
    /^\$argon2(?:i|id)\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/.test(hash) ||
    /^\$fbscrypt\$v=1,n=\d+,r=\d+,p=\d+(?:,ss=[^,$]*)?,sk=[^,$]+\$[^$]+\$[^$]+$/.test(hash)
  )
}
