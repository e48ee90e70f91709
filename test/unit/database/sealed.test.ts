import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { blake2b } from '../../../src/database/vault/blake2b.ts'
import { openSealed } from '../../../src/database/vault/sealed.ts'
import { rootKey, sealedSecrets } from '../../helpers/sealed-secrets.ts'

test('BLAKE2b gives what others give, over several blocks, and with a key, a salt and a personalization', () => {
  const bytes = Buffer.from(Array.from({ length: 255 }, (_, index) => index))
  const key = Buffer.alloc(0)
  for (const length of [0, 3, 127, 128, 129, 255]) {
    const others = createHash('blake2b512').update(bytes.subarray(0, length)).digest('hex')
    expect(blake2b(bytes.subarray(0, length), { length: 64, key }).toString('hex')).toBe(others)
  }
  expect(blake2b(bytes, { length: 64, key: bytes.subarray(0, 64) }).toString('hex')).toBe(
    '142709d62e28fcccd0af97fad0f8465b971e82201dc51070faa0372aa43e92484be1c1e73ba10906d5d1853db6a4106e0a7bf9800d373d6dee2d46d62ef2a461',
  )
  const personal = Buffer.alloc(16)
  personal.write('pgsodium')
  const salted = { length: 32, key: bytes.subarray(0, 32), salt: bytes.subarray(0, 16), personal }
  expect(blake2b(Buffer.alloc(0), salted).toString('hex')).toBe(
    'b70ccc22ef3d16b588418bacede2471701cddea9819d1cde6c218bb4d5ad944c',
  )
})

test.each(sealedSecrets)('A secret that the real vault sealed ($name) opens with its root key', (secret) => {
  expect(openSealed(secret, rootKey)).toBe(secret.value)
})

test('A secret opens with no other key, id or nonce, and not when a bit of it was changed', () => {
  const [door] = sealedSecrets
  expect(openSealed(door, rootKey.replace('b', 'c'))).toBeNull()
  expect(openSealed({ ...door, id: sealedSecrets[1].id }, rootKey)).toBeNull()
  expect(openSealed({ ...door, nonce: sealedSecrets[1].nonce }, rootKey)).toBeNull()
  expect(openSealed({ ...door, nonce: null }, rootKey)).toBeNull()
  expect(openSealed({ ...door, sealed: door.sealed.replace('U', 'V') }, rootKey)).toBeNull()
  expect(openSealed({ ...door, sealed: '' }, rootKey)).toBeNull()
})
