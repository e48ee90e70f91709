import { timingSafeEqual } from 'node:crypto'
import { xchacha20 } from '@noble/ciphers/chacha.js'
import { blake2b } from '@noble/hashes/blake2.js'

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
  // Of the tag only so much is the nonce.
  const message = Buffer.from(xchacha20(forMessage, tag.subarray(0, 24), bytes.subarray(0, -tagBytes)))
  const associated = [Buffer.from(id), ...(nonce === null ? [] : [Buffer.from(nonce, 'hex')])]
  return timingSafeEqual(tagOf(message, associated, forTag), tag) ? message.toString('utf8') : null
}

/** Key 0 of the context `pgsodium`, as libsodium derives keys, in two halves. */
function keysOf(rootKey: string): { forTag: Uint8Array; forMessage: Uint8Array } {
  const nothing = new Uint8Array()
  const personalization = Buffer.alloc(16)
  personalization.write('pgsodium')
  const key = blake2b(nothing, {
    dkLen: 32,
    key: Buffer.from(rootKey, 'hex'),
    salt: Buffer.alloc(16),
    personalization,
  })
  const both = blake2b(nothing, { dkLen: 64, key })
  return { forTag: both.subarray(0, 32), forMessage: both.subarray(32) }
}

/** RFC 5297's S2V in a field of 256 bits. */
function tagOf(message: Buffer, associated: readonly Buffer[], key: Uint8Array): Buffer {
  const hash = (bytes: Buffer): Buffer => Buffer.from(blake2b(bytes, { dkLen: tagBytes, key }))
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
