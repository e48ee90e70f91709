import { expect, test } from 'vitest'
import { openSealed } from '../../../src/database/vault/sealed.ts'
import { rootKey, sealedSecrets } from '../../helpers/sealed-secrets.ts'

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
