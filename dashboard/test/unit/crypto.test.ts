import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashPassword, isPassword } from '../../src/server/auth/passwords.ts'
import { matchTotp, newTotpSecret, totpCode, totpStep } from '../../src/server/auth/totp.ts'
import { keyFileOf } from '../../src/server/crypto/key-file.ts'
import { openSealer } from '../../src/server/crypto/seal.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dashboard-crypto-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('a sealed secret', () => {
  test('is opened in its place, and never looks the same twice', () => {
    const { seal, open } = openSealer(keyFileOf(folder), () => true)
    const [one, other] = [seal('the secret', 'users/1'), seal('the secret', 'users/1')]
    expect(open(one, 'users/1')).toBe('the secret')
    expect(one).not.toBe(other)
    expect(one).not.toContain('secret')
  })

  test('is opened by the same key file after a restart', () => {
    expect(
      openSealer(keyFileOf(folder), () => true).open(
        openSealer(keyFileOf(folder), () => true).seal('kept', 'a'),
        'a',
      ),
    ).toBe('kept')
  })

  test('is not opened in another place, altered, or with another key', async () => {
    const { seal, open } = openSealer(keyFileOf(folder), () => true)
    const sealed = seal('the secret', 'users/1')
    const altered = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`
    const other = await mkdtemp(join(tmpdir(), 'dashboard-crypto-'))
    expect(() => open(sealed, 'users/2')).toThrow(/cannot be opened/)
    expect(() => open(altered, 'users/1')).toThrow(/cannot be opened/)
    expect(() => open('nonsense', 'users/1')).toThrow(/cannot be opened/)
    expect(() => openSealer(keyFileOf(other), () => true).open(sealed, 'users/1')).toThrow(/cannot be opened/)
    await rm(other, { recursive: true })
  })

  test('has a key file that only its owner may read, and one that others may read is refused', async () => {
    openSealer(keyFileOf(folder), () => true)
    expect((await stat(join(folder, 'key'))).mode & 0o777).toBe(0o600)
    await chmod(join(folder, 'key'), 0o644)
    expect(() => openSealer(keyFileOf(folder), () => true)).toThrow(/may read it/)
    await chmod(join(folder, 'key'), 0o600)
    expect(await readFile(join(folder, 'key'), 'utf8')).toHaveLength(44)
  })
})

describe('a password', () => {
  test('is known again, in whatever form its letters are composed, and no other is', async () => {
    const kept = await hashPassword('Größe und Güte')
    expect(await isPassword('Größe und Güte'.normalize('NFD'), kept)).toBe(true)
    expect(await isPassword('grösse und Güte', kept)).toBe(false)
    expect(kept).not.toContain('Güte')
  })

  test('of an account that is not there is wrong', async () => {
    expect(await isPassword('anything', undefined)).toBe(false)
  })
})

describe('a code of an app', () => {
  const now = new Date('2026-11-28T12:00:10Z')

  test('is that of RFC 6238', () => {
    // Appendix B, SHA-1, the last six digits; the secret is 12345678901234567890 in Base32.
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
    expect(totpCode(secret, totpStep(new Date(59_000)))).toBe('287082')
    expect(totpCode(secret, totpStep(new Date(1_111_111_109_000)))).toBe('081804')
    expect(totpCode(secret, totpStep(new Date(20_000_000_000_000)))).toBe('353130')
  })

  test('is taken a step early or late, and not two', () => {
    const secret = newTotpSecret()
    const code = totpCode(secret, totpStep(now))
    const at = (ms: number) => matchTotp({ secret, code, now: new Date(now.getTime() + ms), lastStep: null })
    expect(at(30_000)).toBe(totpStep(now))
    expect(at(-30_000)).toBe(totpStep(now))
    expect(at(60_000)).toBeUndefined()
  })

  test('is taken once', () => {
    const secret = newTotpSecret()
    const step = totpStep(now)
    expect(matchTotp({ secret, code: totpCode(secret, step), now, lastStep: step })).toBeUndefined()
    expect(matchTotp({ secret, code: totpCode(secret, step), now, lastStep: step - 1 })).toBe(step)
  })
})
