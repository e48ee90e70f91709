import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { followDump } from '../../../src/database/capture/dump-progress.ts'
import { loadTelling } from '../../../src/database/restore/load-progress.ts'

let folder: string
/** What was reported, in its order. */
let told: { type: string; done?: number; total?: number; bytes?: number }[]
const log = {
  ...silentLog,
  journal: { phase: null, isDrawn: true, append: (record: never) => told.push(record) },
}
const last = () => told.findLast(({ type }) => type === 'progress')
/** Until the next report is due. */
const wait = () => vi.advanceTimersByTime(1_000)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'progress-'))
  told = []
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(folder, { recursive: true, force: true })
})

const fill = (name: string, bytes: number) => writeFile(join(folder, name), Buffer.alloc(bytes))

describe('a dump under way', () => {
  test('is told by the files it has made: all but those that may still be under way are done', async () => {
    const { look, end } = followDump({ directory: folder, jobs: 2, tables: 4, log })
    await look()
    wait()
    expect(last()).toMatchObject({ done: 0, total: 4, bytes: 0 })
    for (const [name, bytes] of [
      ['1.dat', 10],
      ['2.dat', 20],
      ['3.dat', 5],
      ['toc.dat', 900],
    ] as const)
      await fill(name, bytes)
    await look()
    wait()
    expect(last()).toMatchObject({ done: 1, total: 4, bytes: 35 })
    await fill('3.dat', 65)
    await look()
    wait()
    expect(last()).toMatchObject({ done: 1, total: 4, bytes: 95 })
    end()
    expect(told.at(-1)).toMatchObject({ type: 'progressEnd' })
  })

  test('is told to have done nothing yet where its folder is not there', async () => {
    const { look, end } = followDump({ directory: join(folder, 'none'), jobs: 2, tables: 4, log })
    await look()
    wait()
    expect(last()).toMatchObject({ done: 0, bytes: 0 })
    end()
  })
})

describe('rows that are loaded', () => {
  test('are told by a word after each table, with the bytes of its file', async () => {
    await fill('1.dat', 10)
    await fill('2.dat', 30)
    const seen: unknown[] = []
    let script: string[] = []
    const session = {
      async attempt(given: Iterable<string>, onPrinted: (line: string) => void) {
        script = [...given]
        for (const line of ['a row', 'loaded', 'loaded']) {
          onPrinted(line)
          wait()
          seen.push(last())
        }
        return undefined
      },
    }
    const copies = { commands: ['\\copy a\n', '\\copy b\n'], files: ['1.dat', '2.dat'], others: [] }
    const around = { dump: folder, before: 'SET a;\n', after: 'SET b;\n', log }
    expect(await loadTelling(session, copies, around)).toBeUndefined()
    expect(script).toEqual(['SET a;\n', '\\copy a\n\\echo loaded\n', '\\copy b\n\\echo loaded\n', 'SET b;\n'])
    expect(seen).toMatchObject([
      { done: 0, bytes: 0 },
      { done: 1, bytes: 10 },
      { done: 2, total: 2, bytes: 40, totalBytes: 40 },
    ])
  })
})
