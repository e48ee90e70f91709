import { createHash, randomBytes } from 'node:crypto'

/** A secret for a cookie, a link or a program: 256 bits, which nobody guesses. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** What is kept of such a secret. It needs no salt and no work: there is nothing to guess. */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** A name for rows that is shown and is no secret. */
export function newId(): string {
  return randomBytes(9).toString('base64url')
}
