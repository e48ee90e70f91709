import { describe, expect, it } from 'vitest'
import { compareClocks } from '../../../src/backup/clock.ts'

const compare = (snapshotAt: string | null, started: string, ended = started) =>
  compareClocks({ component: 'database', snapshotAt, started: new Date(started), ended: new Date(ended) })

describe('this machine’s clock', () => {
  it.each([
    ['2026-11-20T03:00:05Z', '2026-11-20T03:00:00Z', '2026-11-20T05:00:00Z'],
    ['2026-11-20T02:52:00Z', '2026-11-20T03:00:00Z', '2026-11-20T05:00:00Z'],
    [null, '2026-11-20T03:00:00Z', '2026-11-20T05:00:00Z'],
  ])(
    'is right where the snapshot of %s was taken during the run, or nearly',
    (snapshotAt, started, ended) => {
      expect(compare(snapshotAt, started, ended)).toEqual({
        archiveTime: new Date(started),
        difference: undefined,
      })
    },
  )

  it.each([
    ['2026-11-20T03:00:00Z', '2031-11-20T03:00:00Z', 'ahead of'],
    ['2026-11-20T03:00:00Z', '2026-11-18T03:00:00Z', 'behind'],
  ])(
    'is told to be wrong where the database says %s and it %s, and the archive has the database’s time',
    (snapshotAt, here, word) => {
      const { archiveTime, difference } = compare(snapshotAt, here)
      expect(archiveTime).toEqual(new Date(snapshotAt))
      expect(difference).toMatchObject({ kind: 'clock-wrong', severity: 'manual' })
      expect(difference?.message).toContain(`${word} the database's`)
    },
  )
})
