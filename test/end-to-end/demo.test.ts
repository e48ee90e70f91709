import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RunningProgram, startProgram } from '../../src/common/process.ts'

const root = join(import.meta.dirname, '../..')

let temporary: string

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'demo-test-'))
  await chmod(temporary, 0o711)
})
afterEach(() => rm(temporary, { recursive: true, force: true }))

function start(script: string, ...args: string[]): RunningProgram & { output(): string } {
  const { PATH, HOME } = process.env
  const run = startProgram({
    program: process.execPath,
    args: [join(root, 'src/sandbox', script), ...args],
    // As npm run starts it.
    env: { PATH, HOME, TMPDIR: temporary },
    cwd: root,
    phase: 'test',
  })
  let text = ''
  run.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  return { ...run, output: () => text }
}

/** Resolves when the program has printed the text, or has ended. */
async function untilPrinted(run: RunningProgram & { output(): string }, text: string): Promise<void> {
  await Promise.race([expect.poll(run.output, { timeout: 100_000 }).toContain(text), run.ended])
  expect(run.output()).toContain(text)
}

/** Command lines of processes that have anything to do with the folder. */
async function processesOf(folder: string): Promise<string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(
    processes.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  )
  return lines.filter((line) => line.includes(folder))
}

async function expectNothingLeft(): Promise<void> {
  await expect.poll(() => processesOf(temporary), { timeout: 10_000 }).toEqual([])
  expect(await readdir(temporary)).toEqual([])
}

test('The demo backs up, changes, backs up again, drills, and leaves nothing behind', async () => {
  const demo = start('demo.ts', 'small')
  const { code, stderr } = await demo.ended
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(demo.output()).toContain('40 objects fetched, 0 reused from the last backup')
  expect(demo.output()).toContain('3 objects fetched, 37 reused from the last backup')
  expect(demo.output()).toContain('3 edge functions fetched, 0 reused; the names of 2 secrets')
  expect(demo.output()).toContain('1 edge function fetched, 2 reused; the names of 2 secrets')
  expect(demo.output()).toContain('3 edge functions with 7 files')
  expect(demo.output()).toContain('everything is equal')
  const count = (text: string | undefined) => Number(text?.replaceAll(',', ''))
  const counted = [...demo.output().matchAll(/([\d,]+) tables? with ([\d,]+) rows?/g)].map(
    ([, tables, rows]) => [count(tables), count(rows)],
  )
  const [, second, compared, rest] = counted
  expect(second, 'the numbers of the drill add up to those of the backup').toEqual(
    [0, 1].map((i) => (compared?.[i] ?? 0) + (rest?.[i] ?? 0)),
  )
  await expectNothingLeft()
}, 300_000)

test('The demo stopped in the middle leaves nothing behind either', async () => {
  const demo = start('demo.ts', 'small')
  await untilPrinted(demo, '2. The first backup')
  process.kill(demo.pid, 'SIGINT')
  const { code, stderr } = await demo.ended
  expect(code).toBe(1)
  expect(stderr).toContain('The demo failed: stopped by SIGINT')
  await expectNothingLeft()
}, 300_000)

test('A sandbox runs until it is told to end, and takes its folder with it', async () => {
  const sandbox = start('run.ts', 'empty')
  await untilPrinted(sandbox, 'Ctrl-C ends it')
  expect(sandbox.output()).toMatch(/\.\/backup\.sh --env-file \S+sandbox\.env/)
  expect(await processesOf(temporary)).not.toEqual([])
  process.kill(sandbox.pid, 'SIGINT')
  expect((await sandbox.ended).code).toBe(0)
  await expectNothingLeft()
}, 300_000)
