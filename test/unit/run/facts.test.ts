import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isAlive, readRunFile, runFile, writeRunFile } from '../../../src/run/facts.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-facts-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Field 22 of /proc/PID/stat. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

async function factsOf(pid: number, processStart?: string) {
  return {
    ...{ kind: 'backup', id: 'id-of-the-run', project: 'shop', started: '2026-11-20T03:00:00Z', pid },
    processStart: processStart ?? (await startOf(pid)),
  }
}

test('run.json comes back as it was written, and what is none is told as none', async () => {
  const written = runFile(await factsOf(process.pid), 'components')
  writeRunFile(folder, written)
  expect(readRunFile(folder)).toEqual(written)
  await writeFile(join(folder, 'run.json'), '{"schema":1,')
  expect(readRunFile(folder)).toBeUndefined()
  await rm(join(folder, 'run.json'))
  expect(readRunFile(folder)).toBeUndefined()
})

test('a run lives while the process of its number and start does', async () => {
  const child = spawn('sleep', ['600'])
  const file = runFile(await factsOf(child.pid ?? -1), null)
  expect(isAlive(file)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isAlive(file)).toBe(false)
})

test('a process that has the number of an earlier one is told apart by its start', async () => {
  expect(isAlive(runFile(await factsOf(process.pid, '1'), null))).toBe(false)
})

test('whether a process of another boot or container lives is not known', async () => {
  const file = runFile(await factsOf(process.pid), null)
  expect(isAlive({ ...file, machine: 'another/pid:[1]' })).toBeUndefined()
})
