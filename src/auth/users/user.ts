import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalText } from '../../common/json-text.ts'

/** An object with whatever keys: a `z.record` leaves `__proto__` out, which is a key like any other in JSON. */
export const metadataObject = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
)

const metadataSchema = metadataObject.nullish().transform((value) => value ?? {})
const textSchema = z
  .string()
  .nullish()
  .transform((value) => value ?? '')

/** A user as the admin API tells of one; what it says beyond this is kept. */
export const apiUserSchema = z.looseObject({
  id: z.guid(),
  aud: textSchema,
  role: textSchema,
  email: textSchema,
  phone: textSchema,
  email_confirmed_at: z.string().nullish(),
  phone_confirmed_at: z.string().nullish(),
  banned_until: z.string().nullish(),
  deleted_at: z.string().nullish(),
  created_at: z.string(),
  is_anonymous: z.boolean().nullish(),
  app_metadata: metadataSchema,
  user_metadata: metadataSchema,
  identities: z.array(z.looseObject({ provider: z.string() })).nullish(),
  factors: z.array(z.looseObject({ factor_type: z.string() })).nullish(),
})
export type ApiUser = z.output<typeof apiUserSchema>

/** A user as a backup has one, whether from rows or from the admin API. */
export interface User {
  id: string
  aud: string
  role: string
  /** Empty where there is none. */
  email: string
  phone: string
  emailConfirmed: boolean
  phoneConfirmed: boolean
  /** Milliseconds since 1970; 0 where there is no ban. `Infinity` without an end. */
  bannedUntil: number
  isDeleted: boolean
  isAnonymous: boolean
  isSso: boolean
  appMetadata: Record<string, unknown>
  userMetadata: Record<string, unknown>
  /** Undefined where the backup does not have it, as the admin API never tells it; empty where the user has none. */
  passwordHash: string | undefined
  /** Ways to sign in beside e-mail and telephone, e.g. `google`. */
  providers: readonly string[]
  /** Second factors, by their type. */
  factors: readonly string[]
}

const plainProviders = ['email', 'phone']

/** What the admin API says of a user. */
export function userOfApi(user: ApiUser): User {
  const providers = (user.identities ?? []).map(({ provider }) => provider)
  return {
    ...{ id: user.id, aud: user.aud, role: user.role, email: user.email, phone: user.phone },
    // Without an address or number there is nothing that is confirmed.
    emailConfirmed: user.email !== '' && Boolean(user.email_confirmed_at),
    phoneConfirmed: user.phone !== '' && Boolean(user.phone_confirmed_at),
    bannedUntil: momentOf(user.banned_until),
    isDeleted: Boolean(user.deleted_at),
    isAnonymous: user.is_anonymous ?? false,
    // The flag itself is not told.
    isSso: providers.some((provider) => provider.startsWith('sso:')),
    appMetadata: user.app_metadata,
    userMetadata: user.user_metadata,
    passwordHash: undefined,
    providers: providers.filter((provider) => !plainProviders.includes(provider)),
    factors: (user.factors ?? []).map(({ factor_type: type }) => type),
  }
}

/** Milliseconds since 1970 of a time as the API or a row has it; 0 for none. */
export function momentOf(time: string | null | undefined): number {
  if (!time) return 0
  if (time === 'infinity') return Number.POSITIVE_INFINITY
  // As COPY writes it: 2026-11-20 02:41:07.123+00
  const moment = Date.parse(time.replace(/^(\S+) (\S+?)([+-]\d\d)$/, '$1T$2$3:00'))
  // A year beyond what can be told is a ban without an end.
  return Number.isNaN(moment) ? Number.POSITIVE_INFINITY : moment
}

/** Whether a user is banned at a moment. */
export function isBanned({ bannedUntil }: Pick<User, 'bannedUntil'>, now: number): boolean {
  return bannedUntil > now
}

/**
 * A digest of all that the admin API tells and takes, but for confirmations and bans, which it does not take as they are. It merges
 * metadata, and takes null for "without": a key whose value is null counts as none.
 */
export function digestOf({ role, email, phone, appMetadata, userMetadata }: User): string {
  const text = canonicalText([role, email.toLowerCase(), phone, set(appMetadata), set(userMetadata)])
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

/** Metadata without the keys that say nothing. */
function set(metadata: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null))
}

/** Whether two JSON values say the same. */
export function sameJson(one: unknown, other: unknown): boolean {
  return canonicalText(one) === canonicalText(other)
}
