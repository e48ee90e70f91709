import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readJsonl, writeLines } from '../../../src/common/jsonl.ts'
import { createStallDetector } from '../../../src/http/stall-detector.ts'
import { createEgress, createPacer } from '../../../src/storage/mirror/egress.ts'
import { createOrderedWriter } from '../../../src/storage/mirror/ordered-writer.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-flow-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('lines of any length', () => {
  test('are written and read back whole, whatever falls on the edge of a buffer', async () => {
    const path = join(folder, 'lines')
    const lines = Array.from({ length: 400 }, (_, n) =>
      JSON.stringify('ü😀\u2028'.repeat((n * 37) % 900) + n),
    )
    lines.push(JSON.stringify('long '.repeat(100_000)))
    await writeLines(path, lines)
    expect(await Array.fromAsync(readJsonl(path, (value) => JSON.stringify(value)))).toEqual(lines)
  })
})

describe('an ordered writer', () => {
  test('writes rows in the order of their coming, whenever they are known', async () => {
    const path = join(folder, 'rows')
    const writer = createOrderedWriter(path)
    for (let n = 0; n < 500; n += 1) await writer.push(n % 3 === 0 ? pause(n % 7).then(() => ({ n })) : { n })
    expect(await writer.close()).toBe(500)
    const rows = await Array.fromAsync(readJsonl(path, (value) => value))
    expect(rows).toEqual(Array.from({ length: 500 }, (_, n) => ({ n })))
  })

  test('holds back who pushes while a row is unknown, and lets go when it is known', async () => {
    const writer = createOrderedWriter(join(folder, 'rows'))
    let know: (row: object) => void = () => {}
    await writer.push(new Promise<object>((resolve) => (know = resolve)))
    let pushed = 0
    const producer = (async () => {
      for (; pushed < 6_000; pushed += 1) await writer.push({})
    })()
    await pause(50)
    expect(pushed).toBeGreaterThan(1_000)
    expect(pushed).toBeLessThan(6_000)
    know({})
    await producer
    expect(await writer.close()).toBe(6_001)
  })

  test('fails when a row fails', async () => {
    const writer = createOrderedWriter(join(folder, 'rows'))
    await writer.push(Promise.reject(new Error('not fetched')))
    await expect(writer.close()).rejects.toThrow('not fetched')
  })

  test('fails when the file cannot be written', async () => {
    const writer = createOrderedWriter(join(folder, 'missing', 'rows'))
    await pause(20)
    await expect(writer.push({})).rejects.toThrow('ENOENT')
    await expect(writer.close()).rejects.toThrow('ENOENT')
  })
})

describe('the watch over transfers', () => {
  test('aborts what stands still or drips, and leaves alone what moves or has ended', async () => {
    const watch = createStallDetector(400)
    const still = watch.start(0)
    const dripping = watch.start(0)
    const moving = watch.start(0)
    const ended = watch.start(0)
    ended.end()
    for (let n = 0; n < 14; n += 1) {
      dripping.moved(1)
      moving.moved(20_000)
      await pause(50)
    }
    watch.stop()
    expect([still, dripping, moving, ended].map(({ signal }) => signal.aborted)).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})

describe('egress', () => {
  test('of a month is remembered in the ledger, and begins anew with the next', () => {
    const ledger = join(folder, 'egress.json')
    const at = (date: string) => createEgress({ perMonth: 100, ledger }, () => new Date(date))
    const first = at('2026-01-31')
    first.received(90)
    first.save()
    expect(at('2026-01-31').reserve(20)).toBe(false)
    expect(at('2026-01-31').reserve(10)).toBe(true)
    expect(at('2026-02-01').reserve(20)).toBe(true)
  })

  test('is not taken for untouched when its ledger is damaged, which says how to begin anew', async () => {
    const ledger = join(folder, 'egress.json')
    await writeFile(ledger, 'garbage')
    const suggestion = expect.stringContaining(`mv '${ledger}'`)
    expect(() => createEgress({ perMonth: 100, ledger })).toThrow(
      expect.objectContaining({ code: 'STATE_DAMAGED', suggestion }),
    )
    expect(await readFile(ledger, 'utf8')).toBe('garbage')
  })

  test('counts what is under way against the budget', () => {
    const egress = createEgress({ perRun: 100 })
    expect([egress.reserve(60), egress.reserve(60)]).toEqual([true, false])
    egress.release(60)
    egress.received(60)
    expect([egress.reserve(40), egress.reserve(1), egress.total]).toEqual([true, false, 60])
  })

  test('goes no faster than allowed, and does not save up for later', () => {
    let now = 0
    const delay = createPacer(1_000, () => now)
    expect([delay(500), delay(500)]).toEqual([500, 1_000])
    now = 10_000
    expect(delay(100)).toBe(100)
    expect(createPacer(undefined)(1e12)).toBe(0)
  })
})
