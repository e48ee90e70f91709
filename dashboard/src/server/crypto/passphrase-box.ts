import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  scryptSync,
} from 'node:crypto'
import { Problem } from '../problem.ts'

/** What is needed to seal for a passphrase, and is no secret: its public key, and what its private key is made of besides. */
export interface Lock {
  salt: string
  publicKey: string
}

const cost = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 2 ** 20 }
const keyBytes = 32
const tagBytes = 16
/** Of a private key of X25519 in PKCS #8 (RFC 8410). */
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex')
const information = 'dashboard backup v1'

/**
 * A lock that whoever has the passphrase opens: with it the dashboard seals its backups each night, and needs no passphrase for that, nor
 * keeps one. The private key is derived from the passphrase by scrypt.
 */
export function lockFor(passphrase: string): Lock {
  const salt = randomBytes(16)
  const publicKey = createPublicKey(privateKeyOf(passphrase, salt)).export({ type: 'spki', format: 'der' })
  return { salt: salt.toString('base64url'), publicKey: publicKey.toString('base64url') }
}

/** A sealed file: one line of JSON that says how, then the sealed bytes. Each has a key of its own (X25519, HKDF, AES-256-GCM). */
export function sealFor({ salt, publicKey }: Lock, content: Buffer): Buffer {
  const theirs = createPublicKey({ key: Buffer.from(publicKey, 'base64url'), type: 'spki', format: 'der' })
  const own = generateKeyPairSync('x25519')
  const nonce = randomBytes(12)
  const ownPublic = own.publicKey.export({ type: 'spki', format: 'der' }).toString('base64url')
  const head = Buffer.from(
    `${JSON.stringify({ format: 'supabase-backup-dashboard-backup', version: 1, salt, publicKey: ownPublic, nonce: nonce.toString('base64url') })}\n`,
  )
  const cipher = createCipheriv('aes-256-gcm', sharedKey(own.privateKey, theirs), nonce).setAAD(head)
  return Buffer.concat([head, cipher.update(content), cipher.final(), cipher.getAuthTag()])
}

/** @throws Problem BACKUP_UNREADABLE, PASSPHRASE_WRONG */
export function openWith(passphrase: string, sealed: Buffer): Buffer {
  const end = sealed.indexOf('\n') + 1
  const head = headOf(sealed.subarray(0, end).toString('utf8'))
  if (head === undefined) throw unreadable
  const theirs = createPublicKey({
    key: Buffer.from(head.publicKey, 'base64url'),
    type: 'spki',
    format: 'der',
  })
  const key = sharedKey(privateKeyOf(passphrase, Buffer.from(head.salt, 'base64url')), theirs)
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(head.nonce, 'base64url'))
      .setAAD(sealed.subarray(0, end))
      .setAuthTag(sealed.subarray(-tagBytes))
    return Buffer.concat([decipher.update(sealed.subarray(end, -tagBytes)), decipher.final()])
  } catch {
    throw new Problem({
      status: 400,
      code: 'PASSPHRASE_WRONG',
      message: 'This passphrase does not open the file, or the file was altered.',
      suggestion:
        'Type the recovery passphrase that was set when the file was made; another night’s file may be whole.',
    })
  }
}

const unreadable = new Problem({
  status: 400,
  code: 'BACKUP_UNREADABLE',
  message: 'That is no backup of a dashboard, or one of a newer dashboard.',
  suggestion: 'Give one of the files dashboard-….backup; if it is of a newer dashboard, upgrade this one.',
})

function headOf(text: string): { salt: string; publicKey: string; nonce: string } | undefined {
  try {
    const { format, version, salt, publicKey, nonce } = JSON.parse(text)
    if (format !== 'supabase-backup-dashboard-backup' || version !== 1) return undefined
    return { salt: String(salt), publicKey: String(publicKey), nonce: String(nonce) }
  } catch {
    return undefined
  }
}

function privateKeyOf(passphrase: string, salt: Buffer): KeyObject {
  const seed = scryptSync(passphrase.normalize('NFKC'), salt, keyBytes, cost)
  return createPrivateKey({ key: Buffer.concat([privatePrefix, seed]), format: 'der', type: 'pkcs8' })
}

function sharedKey(privateKey: KeyObject, publicKey: KeyObject): Buffer {
  return Buffer.from(hkdfSync('sha256', diffieHellman({ privateKey, publicKey }), '', information, keyBytes))
}
