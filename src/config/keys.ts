import { z } from 'zod'
import type { Problem } from './problem.ts'

const claimsSchema = z.object({
  role: z.string().optional(),
  ref: z.string().optional(),
  exp: z.number().optional(),
})

/**
 * Why a key cannot back up Storage, as far as the key itself tells. A weaker key is not refused by the server: it
 * lists nothing, and a backup of nothing would look like a success.
 */
export function serviceKeyProblem(
  variable: string,
  key: string,
  options: { ref: string | undefined; now: Date },
): Problem | undefined {
  const where = 'Copy the secret key from the Supabase dashboard: Project Settings, API Keys.'
  if (key.startsWith('sb_secret_')) return undefined
  if (key.startsWith('sb_publishable_'))
    return {
      code: 'KEY_WEAK',
      message: `${variable} is a publishable key, which sees no private object.`,
      suggestion: where,
    }
  const claims = readClaims(key)
  if (claims === undefined)
    return {
      code: 'KEY_MALFORMED',
      message: `${variable} is neither a secret key (sb_secret_…) nor a service_role token.`,
      suggestion: where,
    }
  if (claims.role !== 'service_role')
    return {
      code: 'KEY_WEAK',
      message: `${variable} is a key of the role ${claims.role ?? '(none)'}, which does not see every object; service_role is needed.`,
      suggestion: where,
    }
  if (claims.exp !== undefined && claims.exp * 1000 <= options.now.getTime())
    return {
      code: 'KEY_EXPIRED',
      message: `${variable} expired on ${new Date(claims.exp * 1000).toISOString().slice(0, 10)}.`,
      suggestion: where,
    }
  if (options.ref !== undefined && claims.ref !== undefined && claims.ref !== options.ref)
    return {
      code: 'KEY_OF_OTHER_PROJECT',
      message: `${variable} belongs to the project ${claims.ref}, not to ${options.ref}.`,
      suggestion: 'Copy the key from the Supabase dashboard of the project that is backed up.',
    }
  return undefined
}

/** The claims of a JSON Web Token; its signature is the server's to judge. */
function readClaims(token: string): z.infer<typeof claimsSchema> | undefined {
  const [, payload, signature, ...rest] = token.split('.')
  if (payload === undefined || signature === undefined || rest.length > 0) return undefined
  try {
    return claimsSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
  } catch {
    return undefined
  }
}
