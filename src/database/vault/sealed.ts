import { createCipheriv, timingSafeEqual } from 'node:crypto'
import { blake2b } from './blake2b.ts'

/** A secret as a row of `vault.secrets` has it. */
export interface SealedSecret {
  /** The row's id, which is authenticated with it. */
  id: string
  /** Base64, as the column `secret`. */
  sealed: string
  /** Hexadecimal, as the column `nonce`; null in a row without one. */
  nonce: string | null
}

const tagBytes = 32

/**
 * Opens a secret of supabase_vault 0.3 the way its server does: XChaCha20 whose nonce is a tag of message, id and nonce (a
 * synthetic IV over BLAKE2b; `crypto_aead_det_xchacha20` of pgsodium), under the key that is derived from the server's root key.
 * @param rootKey 64 hexadecimal digits
 * @returns null where this root key did not seal it
 */
export function openSealed({ id, sealed, nonce }: SealedSecret, rootKey: string): string | null {
  const bytes = Buffer.from(sealed, 'base64')
  if (bytes.length < tagBytes) return null
  const { forTag, forMessage } = keysOf(rootKey)
  const tag = bytes.subarray(-tagBytes)
  const message = cipher(bytes.subarray(0, -tagBytes), forMessage, tag)
  const associated = [Buffer.from(id), ...(nonce === null ? [] : [Buffer.from(nonce, 'hex')])]
  return timingSafeEqual(tagOf(message, associated, forTag), tag) ? message.toString('utf8') : null
}

/** Key 0 of the context `pgsodium`, in two halves. */
function keysOf(rootKey: string): { forTag: Buffer; forMessage: Buffer } {
  const personal = Buffer.alloc(16)
  personal.write('pgsodium')
  const nothing = Buffer.alloc(0)
  const key = blake2b(nothing, {
    length: 32,
    key: Buffer.from(rootKey, 'hex'),
    ...{ salt: Buffer.alloc(16), personal },
  })
  const both = blake2b(nothing, { length: 64, key })
  return { forTag: both.subarray(0, 32), forMessage: both.subarray(32) }
}

/** RFC 5297's S2V in a field of 256 bits. */
function tagOf(message: Buffer, associated: readonly Buffer[], key: Buffer): Buffer {
  const hash = (bytes: Buffer) => blake2b(bytes, { length: tagBytes, key })
  let sum = hash(Buffer.alloc(tagBytes))
  for (const part of associated) sum = xor(doubled(sum), hash(part))
  if (message.length >= tagBytes)
    return hash(Buffer.concat([message.subarray(0, -tagBytes), xor(sum, message.subarray(-tagBytes))]))
  const padded = Buffer.alloc(tagBytes)
  message.copy(padded)
  padded[message.length] = 0x80
  return hash(xor(doubled(sum), padded))
}

function xor(one: Buffer, other: Buffer): Buffer {
  return Buffer.from(one.map((byte, index) => byte ^ (other[index] ?? 0)))
}

function doubled(bytes: Buffer): Buffer {
  const value = BigInt(`0x${bytes.toString('hex')}`) << 1n
  const carried = value >> 256n ? 0x425n : 0n
  return Buffer.from(((value & ((1n << 256n) - 1n)) ^ carried).toString(16).padStart(64, '0'), 'hex')
}

/** XChaCha20. @param nonce of which the first 24 bytes count */
function cipher(bytes: Buffer, key: Buffer, nonce: Buffer): Buffer {
  const initial = Buffer.concat([Buffer.alloc(8), nonce.subarray(16, 24)])
  return createCipheriv('chacha20', subkey(key, nonce.subarray(0, 16)), initial).update(bytes)
}

/** HChaCha20: a block of ChaCha20 without the state that it adds to itself in the end. */
function subkey(key: Buffer, nonce: Buffer): Buffer {
  const block = createCipheriv('chacha20', key, nonce).update(Buffer.alloc(64))
  const added = Buffer.concat([Buffer.from('expand 32-byte k'), nonce])
  const result = Buffer.concat([block.subarray(0, 16), block.subarray(48)])
  for (let at = 0; at < 32; at += 4)
    result.writeUInt32LE((result.readUInt32LE(at) - added.readUInt32LE(at)) >>> 0, at)
  return result
}
