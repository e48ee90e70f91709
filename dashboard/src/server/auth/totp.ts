import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const stepSeconds = 30
const digits = 6

/** A secret of 160 bits in Base32, as apps take it (RFC 4226, RFC 4648). */
export function newTotpSecret(): string {
  return Array.from(randomBytes(32), (byte) => alphabet[byte % 32]).join('')
}

/** What the picture holds that an app is shown. */
export function totpAddress(secret: string, email: string): string {
  const issuer = 'Supabase Backup'
  const query = new URLSearchParams({ secret, issuer, digits: String(digits), period: String(stepSeconds) })
  return `otpauth://totp/${encodeURIComponent(`${issuer}:${email}`)}?${query}`
}

/** The code of a step of time (RFC 6238). */
export function totpCode(secret: string, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', fromBase32(secret)).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 0xf
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).padStart(digits, '0')
}

export function totpStep(now: Date): number {
  return Math.floor(now.getTime() / 1000 / stepSeconds)
}

/**
 * The step whose code this is, now or one step to either side, as clocks differ; undefined where it is of none, or of one that is
 * not after `lastStep`: no code is taken twice.
 */
export function matchTotp(options: {
  secret: string
  code: string
  now: Date
  lastStep: number | null
}): number | undefined {
  const given = Buffer.from(options.code.replace(/\s/g, ''))
  const step = totpStep(options.now)
  // A last step of tomorrow is of a clock that was wrong: by it no code would be right until then.
  const last = options.lastStep === null || options.lastStep > step + 1 ? -1 : options.lastStep
  return [step - 1, step, step + 1].find((candidate) => {
    const code = Buffer.from(totpCode(options.secret, candidate))
    const isEqual = code.length === given.length && timingSafeEqual(code, given)
    return isEqual && candidate > last
  })
}

function fromBase32(text: string): Buffer {
  const bits = [...text].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? [])
}
