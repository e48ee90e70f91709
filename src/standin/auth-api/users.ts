import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Json, StoredUser, UserTable } from './user-table.ts'

/** What a request is refused with: status, code and message as GoTrue has them. */
export class AuthFault extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export const parametersSchema = z.looseObject({
  id: z.string().default(''),
  aud: z.string().default(''),
  role: z.string().default(''),
  email: z.string().default(''),
  phone: z.string().default(''),
  password: z.string().nullish(),
  password_hash: z.string().default(''),
  email_confirm: z.boolean().default(false),
  phone_confirm: z.boolean().default(false),
  user_metadata: z.record(z.string(), z.unknown()).nullish(),
  app_metadata: z.record(z.string(), z.unknown()).nullish(),
  ban_duration: z.string().default(''),
})
type Parameters = z.output<typeof parametersSchema>

/** What the API tells; of a list without identities and factors. */
export function shownUser({ encrypted_password: _, ...user }: StoredUser, inList: boolean): Json {
  const { factors, ...rest } = user
  return inList ? { ...rest, identities: null } : { ...rest, ...(factors?.length && { factors }) }
}

/** `POST /admin/users`, by the rules of GoTrue's adminUserCreate. */
export function createUser(users: UserTable, given: Parameters): StoredUser {
  if (given.email === '' && given.phone === '')
    throw new AuthFault(400, 'validation_failed', 'Cannot create a user without either an email or phone')
  const aud = given.aud || 'authenticated'
  const { email, phone } = addressesOf(given)
  const isOfAudience = (other: StoredUser) => other.aud === aud
  if (users.withEmail(email).some(isOfAudience))
    throw new AuthFault(422, 'email_exists', 'A user with this email address has already been registered')
  if (users.withPhone(phone).some(isOfAudience))
    throw new AuthFault(422, 'phone_exists', 'Phone number already registered by another user')
  if (given.password != null && given.password_hash !== '')
    throw new AuthFault(400, 'validation_failed', 'Only a password or a password hash should be provided')
  if (given.password_hash !== '' && !/^\$(2[abxy]?|argon2id?|argon2i|fbscrypt)\$/.test(given.password_hash))
    throw new AuthFault(500, 'unexpected_failure', 'Error creating user')
  if (given.id !== '' && !z.guid().safeParse(given.id).success)
    throw new AuthFault(400, 'validation_failed', 'ID must conform to the uuid v4 format')
  const id = given.id || randomUUID()
  if (users.has(id) || isTaken(users, id, { email, phone }))
    throw new AuthFault(500, 'unexpected_failure', 'Database error creating new user')
  const providers = [...(email === '' ? [] : ['email']), ...(phone === '' ? [] : ['phone'])]
  const now = new Date().toISOString()
  const user: StoredUser = {
    ...{ id, aud, role: given.role || 'authenticated', email, phone },
    app_metadata: { provider: providers[0], providers },
    user_metadata: { ...given.user_metadata },
    identities: providers.map((provider) => identityOf(id, provider, { email, phone })),
    ...{ created_at: now, updated_at: now, is_anonymous: false },
    encrypted_password: given.password_hash || '(generated)',
  }
  change(user, { ...given, email: '', phone: '', user_metadata: null, role: '' })
  return user
}

/** What the indexes of its table have once, in whatever audience: an address, and a number. */
function isTaken(users: UserTable, id: string, { email, phone }: { email: string; phone: string }): boolean {
  return [...users.withEmail(email), ...users.withPhone(phone)].some((other) => other.id !== id)
}

/** `PUT /admin/users/{id}`, by the rules of adminUserUpdate: what the database refuses is an error of the service. */
export function updateUser(users: UserTable, user: StoredUser, given: Parameters): void {
  const { email, phone } = addressesOf(given)
  if (isTaken(users, user.id, { email, phone }))
    throw new AuthFault(500, 'unexpected_failure', 'Error updating user')
  for (const [provider, value] of [
    ['email', email],
    ['phone', phone],
  ] as const) {
    if (value === '') continue
    if (!user.identities.some((identity) => identity['provider'] === provider))
      user.identities.push(identityOf(user.id, provider, { email, phone }))
    user[provider] = value
    const isConfirmed = provider === 'email' ? given.email_confirm : given.phone_confirm
    if (isConfirmed) user.is_anonymous = false
  }
  change(user, given)
  users.set(user.id, user)
}

/** What both do alike. */
function change(user: StoredUser, given: Parameters): void {
  const now = new Date().toISOString()
  if (given.role !== '') user.role = given.role
  if (given.app_metadata) merge(user.app_metadata, given.app_metadata)
  if (given.email_confirm) {
    user.email_confirmed_at = now
    merge(user.user_metadata, { email_verified: true })
  }
  if (given.phone_confirm) user.phone_confirmed_at = now
  if (given.email_confirm || given.phone_confirm) user.confirmed_at ??= now
  if (given.user_metadata) merge(user.user_metadata, given.user_metadata)
  if (given.ban_duration !== '') {
    const ms = durationMs(given.ban_duration)
    user.banned_until = ms === 0 ? undefined : new Date(Date.now() + ms).toISOString()
  }
  user.updated_at = now
}

/** Keys whose value is null are taken away. */
function merge(into: Json, updates: Json): void {
  for (const [key, value] of Object.entries(updates))
    if (value === null) delete into[key]
    else into[key] = value
}

function addressesOf({ email, phone }: Parameters): { email: string; phone: string } {
  if (email !== '' && !/^[^@\s]+@[^@\s]+$/.test(email))
    throw new AuthFault(400, 'validation_failed', 'Unable to validate email address: invalid format')
  const digits = phone.replace(/^\+/, '').replaceAll(' ', '')
  if (digits !== '' && !/^[1-9]\d{1,14}$/.test(digits))
    throw new AuthFault(400, 'validation_failed', 'Invalid phone number format (E.164 required)')
  return { email: email.toLowerCase(), phone: digits }
}

function identityOf(id: string, provider: string, { email, phone }: { email: string; phone: string }): Json {
  const address = provider === 'email' ? { email, email_verified: false } : { phone, phone_verified: false }
  return {
    ...{ identity_id: randomUUID(), id, user_id: id, provider },
    identity_data: { sub: id, ...address },
  }
}

const unitMs: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }

/** Go's time.ParseDuration, of the units that are of use here. */
function durationMs(text: string): number {
  if (text === 'none' || text === '0') return 0
  if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(text))
    throw new AuthFault(400, 'validation_failed', `invalid format for ban duration: ${text}`)
  const ms = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)].reduce(
    (sum, [, number = '0', unit = 's']) => sum + Number(number) * (unitMs[unit] ?? 0),
    0,
  )
  if (ms > 2 ** 63 / 1e6)
    throw new AuthFault(400, 'validation_failed', `invalid format for ban duration: ${text}`)
  return ms
}
