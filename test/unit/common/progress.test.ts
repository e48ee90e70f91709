import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { createProgress } from '../../../src/common/progress.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const minute = 60_000

function start(environment: NodeJS.ProcessEnv = {}) {
  const lines: string[] = []
  let retries = 0
  const progress = createProgress(
    { ...silentLog, info: (line) => lines.push(line) },
    'storage',
    { unit: 'objects', total: 10, retries: () => retries },
    environment,
  )
  return { lines, progress, retry: () => (retries += 1) }
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

it('a file descriptor that is no terminal is not drawn on', () => {
  const { lines, progress } = start({ PROGRESS_FD: '99' })
  progress.add(1)
  vi.advanceTimersByTime(minute)
  expect(lines).toHaveLength(1)
  progress.end()
})
