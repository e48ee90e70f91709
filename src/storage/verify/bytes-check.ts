import { createHash } from 'node:crypto'
import { BackupError, ExitCode } from '../../common/errors.ts'

/** Whether an object's bytes are to be downloaded and hashed in this verification. */
export type BytesCheck = (bucket: string, key: string) => boolean

/** A number from 0 up to (not including) 1 that is the same for the same text. */
function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48
}

const week = 7 * 86_400_000

/**
 * Reads `--verify-bytes`:
 * - `none` (the default): rows are compared, no bytes are fetched.
 * - `all`: every object.
 * - `N%`: a sample, another one every day.
 * - `n/t`: the n-th of t parts; `week/t`: the part whose turn it is this week, so that t weeks see everything.
 *
 * @throws BackupError (usage) for anything else.
 */
export function parseBytesCheck(text: string, now = new Date()): BytesCheck {
  if (text === 'none') return () => false
  if (text === 'all') return () => true
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]
  const day = now.toISOString().slice(0, 10)
  if (percent !== undefined && Number(percent) <= 100)
    return (bucket, key) => fraction(`${day} ${bucket}/${key}`) < Number(percent) / 100
  const [, part, parts] = /^(\d+|week)\/(\d+)$/.exec(text) ?? []
  const of = Number(parts)
  const index = part === 'week' ? Math.floor(now.getTime() / week) % of : Number(part) - 1
  if (part !== undefined && of > 0 && index >= 0 && index < of)
    return (bucket, key) => Math.floor(fraction(`${bucket}/${key}`) * of) === index
  throw new BackupError({
    code: 'VERIFY_BYTES_VALUE',
    message: `"${text}" does not say which bytes to verify.`,
    suggestion: 'Use none, all, a share such as 5%, or a part such as 1/8 or week/8.',
    phase: 'storage/verify',
    exitCode: ExitCode.usage,
  })
}
