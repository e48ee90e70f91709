import { errors } from './errors.ts'

export type UserMetadata = Record<string, unknown>

/**
 * A caller's own metadata from JSON text. Text that is no JSON is ignored without a word, a number, a boolean or null
 * counts as nothing given; an array or a string is refused.
 */
export function parseUserMetadata(text: string | undefined): UserMetadata | undefined {
  if (text === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value === 'string' || Array.isArray(value))
    throw errors.invalidParameter('invalid input syntax for type json')
  return typeof value === 'object' && value !== null ? { ...value } : undefined
}

/** The `x-metadata` header: base64 or base64url of JSON. */
export function decodeUserMetadata(header: string | undefined): UserMetadata | undefined {
  return header === undefined ? undefined : parseUserMetadata(Buffer.from(header, 'base64').toString())
}
