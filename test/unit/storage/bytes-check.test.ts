import { describe, expect, test } from 'vitest'
import type { RestoreContext } from '../../../src/components/component.ts'
import { openStorageRestore } from '../../../src/storage/restore/component.ts'
import { parseBytesCheck } from '../../../src/storage/verify/bytes-check.ts'

const names = Array.from({ length: 2_000 }, (_, n) => `key-${n}`)
const chosen = (text: string, now?: Date) => names.filter((name) => parseBytesCheck(text, now)('b', name))

describe('--verify-bytes', () => {
  test('none, all', () => {
    expect([chosen('none').length, chosen('all').length]).toEqual([0, 2_000])
  })

  test('a share chooses about as many, and others the next day', () => {
    const today = chosen('10%', new Date('2026-01-01'))
    expect(today.length).toBeGreaterThan(120)
    expect(today.length).toBeLessThan(280)
    expect(chosen('10%', new Date('2026-01-02'))).not.toEqual(today)
    expect([chosen('0%').length, chosen('100%').length]).toEqual([0, 2_000])
  })

  test('the parts together are everything, each object in one of them', () => {
    const parts = [1, 2, 3, 4].map((n) => chosen(`${n}/4`))
    expect(parts.flat().sort()).toEqual([...names].sort())
  })

  test('the part of the week goes round', () => {
    const weeks = [0, 7, 14].map((day) => chosen('week/3', new Date(Date.UTC(2026, 0, 1 + day))))
    expect(weeks.flat().sort()).toEqual([...names].sort())
  })

  test.each(['some', '101%', '0/4', '5/4', '1/0', '', 'week/0'])('%j is refused', (text) => {
    expect(() => parseBytesCheck(text)).toThrow(
      expect.objectContaining({ code: 'VERIFY_BYTES_VALUE', exitCode: 2 }),
    )
  })
})

test('A --verify-bytes that says nothing is refused before anything is restored', async () => {
  const context = { generation: '/nowhere', config: {}, flags: { 'verify-bytes': 'some' }, target: {} }
  await expect(openStorageRestore(context as unknown as RestoreContext)).rejects.toMatchObject({
    code: 'VERIFY_BYTES_VALUE',
    exitCode: 2,
  })
})
