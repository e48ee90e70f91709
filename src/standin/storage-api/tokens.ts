import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { errors } from './errors.ts'

const claimsSchema = z.looseObject({
  role: z.string().default('anon'),
  sub: z.string().optional(),
  exp: z.number().optional(),
})

/** Whom a token speaks for: a database role, and the user it names, if any. */
export type Claims = z.infer<typeof claimsSchema>

function signature(signed: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(signed).digest()
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/**
 * Signs an HS256 token as the auth service would.
 * @param claims `role`, and `sub` for a user's token.
 * @param expires seconds since 1970; default: ten years from now.
 */
export function signToken(
  claims: { role: string; sub?: string },
  secret: string,
  expires = Math.floor(Date.now() / 1000) + 315_360_000,
): string {
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iss: 'supabase', ...claims, exp: expires })}`
  return `${signed}.${signature(signed, secret).toString('base64url')}`
}

/** The claims of a token; throws what the service answers to a malformed, foreign or expired one. */
export function verifyToken(token: string, secret: string): Claims {
  const [header, payload, signed, ...rest] = token.split('.')
  if (!header || !payload || !signed || rest.length > 0) throw errors.accessDenied('Invalid Compact JWS')
  const expected = signature(`${header}.${payload}`, secret)
  const given = Buffer.from(signed, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw errors.accessDenied('signature verification failed')
  const claims = claimsSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
  if (claims.exp !== undefined && claims.exp <= Date.now() / 1000)
    throw errors.accessDenied('"exp" claim timestamp check failed')
  return claims
}

/** The columns `owner` (deprecated, a UUID) and `owner_id` of what the bearer makes. */
export function ownerColumns(claims: Claims): [string | null, string | null] {
  return [z.uuid().safeParse(claims.sub).data ?? null, claims.sub ?? null]
}
