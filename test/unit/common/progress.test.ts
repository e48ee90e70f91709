import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Journal } from '../../../src/common/journal.ts'
import { silentLog } from '../../../src/common/log.ts'
import { createProgress } from '../../../src/common/progress.ts'
import type { WorkerRecord } from '../../../src/run/records.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const minute = 60_000

function start(journal?: Journal) {
  const lines: string[] = []
  let retries = 0
  const progress = createProgress({ ...silentLog, info: (line) => lines.push(line), journal }, 'storage', {
    component: 'storage',
    unit: 'objects',
    total: 10,
    retries: () => retries,
  })
  return { lines, progress, retry: () => (retries += 1) }
}

function recorder(isDrawn: boolean) {
  const records: WorkerRecord[] = []
  return {
    records,
    journal: { phase: 'components', isDrawn, append: (record) => records.push(record) } satisfies Journal,
  }
}

it('without a terminal the log gets a line a minute, and none after the end', () => {
  const { lines, progress, retry } = start()
  vi.advanceTimersByTime(minute - 1)
  expect(lines).toEqual([])
  progress.add(4, 2048)
  retry()
  vi.advanceTimersByTime(1)
  expect(lines).toEqual(['storage: 4/10 objects (40 %), 2.0 KiB at 34 B/s, 1 min 30 s left, 1 retry'])
  vi.advanceTimersByTime(2 * minute)
  expect(lines).toHaveLength(3)
  progress.end()
  vi.advanceTimersByTime(10 * minute)
  expect(lines).toHaveLength(3)
})

it('a part counts for the whole, and is named until it is done', () => {
  const { lines, progress } = start()
  const [avatars, reports, empty] = [
    progress.part('avatars', 2),
    progress.part('reports', 8),
    progress.part('empty', 0),
  ]
  avatars.add(1)
  reports.add(1)
  vi.advanceTimersByTime(minute)
  expect(lines.at(-1)).toMatch(/2\/10 objects .*; avatars 1\/2, reports 1\/8$/)
  avatars.add(1)
  empty.total(0)
  vi.advanceTimersByTime(minute)
  expect(lines.at(-1)).toMatch(/3\/10 objects .*; reports 1\/8$/)
  progress.end()
})

it('what a part turned out not to hold is no longer waited for', () => {
  const { lines, progress } = start()
  const part = progress.part('reports', 10)
  part.add(3)
  part.total(3)
  vi.advanceTimersByTime(minute)
  expect(lines).toEqual(['storage: 3/3 objects (100 %)'])
  progress.end()
})

it('in a run each display is reported once a second, and its end', () => {
  const { records, journal } = recorder(true)
  const { lines, progress } = start(journal)
  const part = progress.part('avatars', 4)
  part.add(1, 2048)
  vi.advanceTimersByTime(1000)
  progress.end()
  vi.advanceTimersByTime(10 * minute)
  const about = { type: 'progress', phase: 'components', component: 'storage', label: 'storage', total: 10 }
  expect(records).toMatchObject([
    { ...about, done: 0 },
    { ...about, done: 1, bytes: 2048, parts: [{ name: 'avatars', done: 1, total: 4 }], moreParts: 0 },
    { type: 'progressEnd' },
  ])
  expect(new Set(records.map((record) => 'id' in record && record.id)).size).toBe(1)
  // It is drawn by whoever follows the run.
  expect(lines).toEqual([])
})

it('a display of many hours is reported more seldom, but every few seconds', () => {
  const { records, journal } = recorder(true)
  const { progress } = start(journal)
  vi.advanceTimersByTime(24 * 60 * minute)
  const inOneDay = records.length
  vi.advanceTimersByTime(5001)
  expect(records.length).toBeGreaterThan(inOneDay)
  expect(inOneDay).toBeLessThan(20_000)
  progress.end()
})

it('in a run without a terminal the log has a line a minute all the same', () => {
  const { journal } = recorder(false)
  const { lines, progress } = start(journal)
  vi.advanceTimersByTime(minute)
  expect(lines).toHaveLength(1)
  progress.end()
})
