import { randomBytes } from 'node:crypto'
import { digestOf } from './secrets.ts'

const codesMade = 10
/** Without letters and digits that look alike. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'

/** Codes for who has lost the app, each good once: 59 bits, of which fifty guesses in a quarter of an hour find none. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: codesMade }, () => {
    const letters = Array.from({ length: 12 }, letter).join('')
    return letters.match(/.{4}/g)?.join('-') ?? letters
  })
}

/** What is kept of one. */
export function digestOfCode(code: string): string {
  return digestOf(code.toLowerCase().replaceAll(/[\s-]/g, ''))
}

function letter(): string {
  for (;;) {
    const [byte = 255] = randomBytes(1)
    // What is left over would make some letters likelier.
    const found = byte < 256 - (256 % alphabet.length) ? alphabet[byte % alphabet.length] : undefined
    if (found !== undefined) return found
  }
}
