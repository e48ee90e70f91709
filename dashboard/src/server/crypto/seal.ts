import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../problem.ts'

const version = 'v1'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** Keeps secrets in the database unreadable without the key file. */
export interface Sealer {
  /** @param place the row and field it is kept in: sealed text is of no use in another */
  seal(secret: string, place: string): string
  /** @throws Problem SEAL_BROKEN where it was sealed for another place, by another key, or altered */
  open(sealed: string, place: string): string
}

/**
 * Opens the directory's key file, made where there is none: AES-256-GCM with a fresh nonce each time, the place as associated data,
 * and the data key derived by HKDF.
 */
export function openSealer(directory: string): Sealer {
  const key = Buffer.from(
    hkdfSync('sha256', readKey(directory), '', `dashboard secrets ${version}`, keyBytes),
  )
  return {
    seal(secret, place) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place))
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return `${version}.${Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url')}`
    },
    open(sealed, place) {
      const [sealedBy, text = ''] = sealed.split('.')
      const bytes = Buffer.from(text, 'base64url')
      try {
        if (sealedBy !== version) throw new Error('another version')
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes))
          .setAAD(Buffer.from(place))
          .setAuthTag(bytes.subarray(-tagBytes))
        const secret = decipher.update(bytes.subarray(nonceBytes, -tagBytes))
        return Buffer.concat([secret, decipher.final()]).toString('utf8')
      } catch {
        throw new Problem({
          status: 500,
          code: 'SEAL_BROKEN',
          message: `The secret of ${place} cannot be opened: it was sealed with another key file, or altered.`,
          suggestion: `Put the key file back that was in ${directory}, or set the secret anew.`,
        })
      }
    },
  }
}

function readKey(directory: string): Buffer {
  const path = join(directory, 'key')
  if (!existsSync(path)) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    writeFileSync(path, `${randomBytes(keyBytes).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  }
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64url')
  if ((statSync(path).mode & 0o077) !== 0 || key.length !== keyBytes)
    throw new Problem({
      status: 500,
      code: 'KEY_FILE_UNSAFE',
      message: `The key file ${path} is damaged, or others of this machine may read it.`,
      suggestion: `Type: chmod 600 '${path}'; if it is damaged, put back the copy that you keep elsewhere.`,
    })
  return key
}
