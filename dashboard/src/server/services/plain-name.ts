import { z } from 'zod'

/** Characters that would break a line, or turn the rest of it round: what somebody calls something is shown within other text. */
const unseen = /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu

/** What somebody calls something, in one line. @param most characters */
export function plainName(most: number) {
  return z
    .string()
    .overwrite((name) => name.replace(unseen, ' '))
    .trim()
    .min(1, 'is needed')
    .max(most)
}
