import { describe, expect, it } from 'vitest'
import {
  type PartState,
  type ProgressState,
  progressBlock,
  progressLine,
  shownParts,
} from '../../../src/common/progress-text.ts'

function progress(parts: readonly PartState[] = [], more: Partial<ProgressState> = {}): ProgressState {
  return {
    label: 'storage',
    unit: 'objects',
    done: 100,
    total: 400,
    bytes: 0,
    seconds: 20,
    retries: 0,
    parts: parts.slice(0, shownParts),
    moreParts: Math.max(0, parts.length - shownParts),
    ...more,
  }
}

const part = (name: string, done = 1, total = 4): PartState => ({ name, done, total })
const screen = { columns: 80, rows: 24 }

describe('a line of progress', () => {
  it('says how much is done, and how long the rest will take', () => {
    expect(progressLine(progress())).toBe('storage: 100/400 objects (25 %), 1 min 0 s left')
  })

  it('says what was moved how fast, and what had to be tried again', () => {
    expect(progressLine(progress([], { bytes: 40 << 20, retries: 1 }))).toBe(
      'storage: 100/400 objects (25 %), 40 MiB at 2.0 MiB/s, 1 min 0 s left, 1 retry',
    )
  })

  it('tells what failed, and counts it neither as done nor as still to come', () => {
    expect(progressLine(progress([], { total: 300, failed: 100 }))).toBe(
      'storage: 100/300 objects (33 %), 40 s left, 100 failed',
    )
  })

  it('goes by bytes where their number is known', () => {
    expect(progressLine(progress([], { bytes: 512, totalBytes: 1024 }))).toContain('(50 %), 512 B')
  })

  it('promises nothing before anything was done, nor when all is', () => {
    expect(progressLine(progress([], { done: 0 }))).toBe('storage: 0/400 objects (0 %)')
    expect(progressLine(progress([], { done: 400 }))).toBe('storage: 400/400 objects (100 %)')
    expect(progressLine(progress([], { done: 0, total: 0 }))).toBe('storage: 0/0 objects (100 %)')
  })

  it('names the parts under way', () => {
    const parts = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => part(name))
    expect(progressLine(progress(parts))).toMatch(/; a 1\/4, b 1\/4, c 1\/4, d 1\/4, e 1\/4, and 2 more$/)
  })
})

describe('a block of progress', () => {
  it('has a bar for each part under way, below the whole', () => {
    expect(progressBlock(progress([part('avatars'), part('reports', 90, 100)]), screen)).toEqual([
      'storage: 100/400 objects (25 %), 1 min 0 s left',
      '  avatars [##########------------------------------]    1/4',
      '  reports [####################################----] 90/100',
    ])
  })

  it('shows a handful of parts and counts the others', () => {
    const parts = Array.from({ length: 100 }, (_, n) => part(`bucket ${n}`))
    const lines = progressBlock(progress(parts), screen)
    expect(lines).toHaveLength(7)
    expect(lines.at(-1)).toBe('  and 95 more')
  })

  it.each([20, 40, 60, 100])('is never wider than a terminal of %d columns', (columns) => {
    const parts = [part('a bucket whose name nobody would want to type', 1, 1_000_000), part('b')]
    const lines = progressBlock(progress(parts, { bytes: 1 << 30, retries: 12 }), { columns, rows: 24 })
    expect(lines).toHaveLength(3)
    for (const line of lines) expect(line.length).toBeLessThan(columns)
  })

  it('leaves the bars out where there is no room for them', () => {
    expect(progressBlock(progress([part('avatars')]), { columns: 20, rows: 24 })[1]).toBe('  av...s 1/4')
  })

  it('is never higher than the terminal, whose last line is the cursor’s', () => {
    const parts = Array.from({ length: 10 }, (_, n) => part(`bucket ${n}`))
    expect(progressBlock(progress(parts), { columns: 80, rows: 4 })).toHaveLength(3)
    expect(progressBlock(progress(parts), { columns: 80, rows: 1 })).toHaveLength(1)
  })

  it('shortens a long name in its middle', () => {
    const [, line] = progressBlock(progress([part(`invoices-${'x'.repeat(80)}-2026`)]), screen)
    expect(line).toMatch(/^ {2}invoices-x+\.\.\.x+-2026 \[/)
  })

  it('writes out characters that would steer the terminal', () => {
    const names = ['\u001b[2J', 'a\r\nb', '\u009b\u202e\u2028', '\u0000\ud800']
    const wide = { columns: 200, rows: 24 }
    const lines = progressBlock(progress(names.map((name) => part(name))), wide)
    expect(lines.slice(1).map((line) => line.trim().split(' ')[0])).toEqual([
      '\\u{1b}[2J',
      'a\\u{d}\\u{a}b',
      '\\u{9b}\\u{202e}\\u{2028}',
      '\\u{0}\\u{d800}',
    ])
  })

  it('never draws past the end of a bar when more is done than was expected', () => {
    const [, line] = progressBlock(progress([part('avatars', 5, 4)]), screen)
    expect(line).toBe(`  avatars [${'#'.repeat(40)}] 5/4`)
  })
})
