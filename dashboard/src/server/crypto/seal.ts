import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { Problem } from '../problem.ts'
import { type Key, type KeyFile, newKey } from './key-file.ts'

const version = 'v1'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** Keeps secrets in the database unreadable without the key file. */
export interface Sealer {
  /** @param place the row and field it is kept in: sealed text is of no use in another @throws Problem KEY_MISSING */
  seal(secret: string, place: string): string
  /** @throws Problem SEAL_BROKEN where it was sealed for another place, by another key, or altered; KEY_MISSING */
  open(sealed: string, place: string): string
  /** Names the key that seals now; undefined where there is none. */
  keyId(): string | undefined
  /** Names the keys that open. */
  keyIds(): string[]
  /** Reads the key file again, which was changed. */
  reload(): void
}

/**
 * AES-256-GCM with a fresh nonce each time, the place as associated data, and the data key derived by HKDF from a key of the file.
 * What is sealed says by which version and key: `v1.<key>.<nonce, text and tag>`.
 * @param makeKey where there is no key file: whether one may be made, as nothing was sealed yet
 */
export function openSealer(file: KeyFile, makeKey: () => boolean): Sealer {
  let keys = file.read()
  if (keys.length === 0 && makeKey()) {
    file.write([newKey()])
    keys = file.read()
  }
  const current = (): Key => {
    const [first] = keys
    if (first === undefined) throw keyMissing(file.path)
    return first
  }
  const find = (id: string) => keys.find((key) => key.id === id)
  const findAnew = (id: string) => {
    // It may have been changed by another process since.
    keys = file.read()
    current()
    return find(id)
  }
  return {
    seal(secret, place) {
      // Another process may have changed the key.
      keys = file.read()
      const key = current()
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', dataKey(key), nonce).setAAD(Buffer.from(place))
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return [version, key.id, Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url')].join(
        '.',
      )
    },
    open(sealed, place) {
      const [sealedAs, id = '', text = ''] = sealed.split('.')
      const key = find(id) ?? findAnew(id)
      const bytes = Buffer.from(text, 'base64url')
      try {
        if (sealedAs !== version || key === undefined) throw new Error('another version or key')
        const decipher = createDecipheriv('aes-256-gcm', dataKey(key), bytes.subarray(0, nonceBytes))
          .setAAD(Buffer.from(place))
          .setAuthTag(bytes.subarray(-tagBytes))
        const secret = decipher.update(bytes.subarray(nonceBytes, -tagBytes))
        return Buffer.concat([secret, decipher.final()]).toString('utf8')
      } catch {
        throw new Problem({
          status: 500,
          code: 'SEAL_BROKEN',
          message: `The secret of ${place} cannot be opened: it was sealed with another key, or altered.`,
          suggestion: `Put the key back that was in ${file.path}, as another line of it, or set the secret anew.`,
        })
      }
    },
    keyId: () => keys[0]?.id,
    keyIds: () => keys.map(({ id }) => id),
    reload() {
      keys = file.read()
    },
  }
}

function dataKey({ secret }: Key): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `dashboard secrets ${version}`, keyBytes))
}

function keyMissing(path: string): Problem {
  return new Problem({
    status: 500,
    code: 'KEY_MISSING',
    message: `The key file ${path} is gone, without which no secret of the dashboard can be opened or kept.`,
    suggestion:
      'Put back the copy that you keep elsewhere; if there is none: npm run dashboard -- key new, which says what is to be set anew.',
  })
}
