import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

/** OWASP's parameters of 32 MiB (Password Storage Cheat Sheet, 2023). */
const current = { N: 2 ** 15, r: 8, p: 3 }
const hashBytes = 32

/** One at a time: each takes 32 MiB, and whoever asks for many at once is to wait. */
let turn: Promise<unknown> = Promise.resolve()

function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
  const mine = turn.then(work, work)
  turn = mine.catch(() => {})
  return mine
}

/** `scrypt$N$r$p$salt$hash`, to be kept. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const { N, r, p } = current
  const hash = await deriveFrom(password, salt, current)
  return ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/** Whether a password is the one of a hash. Without a hash, as of an account that is not there, it takes as long and is not. */
export async function isPassword(password: string, kept: string | undefined): Promise<boolean> {
  const [scheme, N, r, p, salt = '', hash = ''] = (kept ?? '').split('$')
  if (scheme !== 'scrypt') {
    await deriveFrom(password, randomBytes(16), current)
    return false
  }
  const parameters = { N: Number(N), r: Number(r), p: Number(p) }
  const derived = await deriveFrom(password, Buffer.from(salt, 'base64url'), parameters)
  const expected = Buffer.from(hash, 'base64url')
  return derived.length === expected.length && timingSafeEqual(derived, expected)
}

function deriveFrom(password: string, salt: Buffer, parameters: typeof current): Promise<Buffer> {
  const maxmem = 256 * parameters.N * parameters.r
  return inTurn(() => derive(password.normalize('NFKC'), salt, hashBytes, { ...parameters, maxmem }))
}
