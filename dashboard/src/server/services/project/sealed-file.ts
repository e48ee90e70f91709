import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { z } from 'zod'
import { Problem } from '../../problem.ts'

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
)

const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
/** As OWASP counsels (2^16, 8, 2); a file that asks for more than twice that would take the machine's memory. */
const cost = { N: 2 ** 16, r: 8, p: 2 }
const most = { N: 2 ** 17, r: 8, p: 4 }
const maxmem = 256 * 2 ** 20

export const passphraseSchema = z
  .string()
  .min(12, 'needs 12 characters or more')
  .max(256, 'may have 256 characters at most')

/** A text that takes a passphrase to read. */
export const sealedFileSchema = z.object({
  format: z.literal('supabase-backup-dashboard-sealed'),
  version: z.literal(1),
  kdf: z.object({
    name: z.literal('scrypt'),
    N: z.number().int().min(2).max(most.N),
    r: z.number().int().min(1).max(most.r),
    p: z.number().int().min(1).max(most.p),
    salt: z.string().max(100),
  }),
  cipher: z.literal('aes-256-gcm'),
  nonce: z.string().max(50),
  text: z.string(),
})
export type SealedFile = z.infer<typeof sealedFileSchema>

/** Seals a text: AES-256-GCM with a fresh nonce, the key by scrypt with a fresh salt, everything else of the file as associated data. */
export async function sealFile(text: string, passphrase: string): Promise<SealedFile> {
  const salt = randomBytes(keyBytes)
  const nonce = randomBytes(nonceBytes)
  const head = {
    ...({ format: 'supabase-backup-dashboard-sealed', version: 1, cipher: 'aes-256-gcm' } as const),
    kdf: { name: 'scrypt' as const, ...cost, salt: salt.toString('base64') },
    nonce: nonce.toString('base64'),
  }
  const key = await derive(passphrase, salt, keyBytes, { ...cost, maxmem })
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associated(head))
  const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return { ...head, text: bytes.toString('base64') }
}

/** @throws Problem PASSPHRASE_WRONG, also where the file was altered */
export async function openFile(file: SealedFile, passphrase: string): Promise<string> {
  const { text, ...head } = file
  const { N, r, p, salt } = head.kdf
  const bytes = Buffer.from(text, 'base64')
  try {
    const key = await derive(passphrase, Buffer.from(salt, 'base64'), keyBytes, { N, r, p, maxmem })
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(head.nonce, 'base64'), {
      authTagLength: tagBytes,
    })
      .setAAD(associated(head))
      .setAuthTag(bytes.subarray(-tagBytes))
    return Buffer.concat([decipher.update(bytes.subarray(0, -tagBytes)), decipher.final()]).toString('utf8')
  } catch {
    throw new Problem({
      status: 400,
      code: 'PASSPHRASE_WRONG',
      message: 'The passphrase does not open this file, or the file was altered.',
      suggestion: 'Type the passphrase that it was exported with, or export it again.',
    })
  }
}

function associated({ format, version, cipher, kdf, nonce }: Omit<SealedFile, 'text'>): Buffer {
  return Buffer.from(
    JSON.stringify([format, version, cipher, kdf.name, kdf.N, kdf.r, kdf.p, kdf.salt, nonce]),
  )
}
