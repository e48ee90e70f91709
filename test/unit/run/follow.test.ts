import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, closeSync, openSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { emptyStatus } from '../../../src/report/status.ts'
import { readRunFile } from '../../../src/run/facts.ts'
import { type FollowOptions, follow } from '../../../src/run/follow.ts'
import { openReader } from '../../../src/run/reader.ts'
import { runCommand } from '../../helpers/command.ts'
import { exampleReport } from '../../helpers/reports.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'run-follow-'))
  await writeFile(
    join(directory, 'journal'),
    'begin\t1\tbackup\tid-of-the-run\tshop\t2026-11-20T03:00:00Z\t1\t1\n',
  )
})
afterEach(() => rm(directory, { recursive: true }))

const add = (...lines: string[]) =>
  appendFileSync(join(directory, 'journal'), lines.map((line) => `${line}\n`).join(''))
const finish: FollowOptions['finish'] = async () => {
  const status = emptyStatus('shop')
  return { report: exampleReport(), path: '/report.json', before: status, after: status }
}
const events = async () =>
  (await readFile(join(directory, 'events.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

test('a run is followed as its journal grows, to the end of its report', async () => {
  const followed = follow({ directory, finish })
  await expect.poll(() => readRunFile(directory)?.id).toBe('id-of-the-run')
  add('phase\t2\tbegin\tcomponents')
  await expect.poll(() => readRunFile(directory)?.phase).toBe('components')
  // A line comes in two writes.
  appendFileSync(join(directory, 'journal'), 'phase\t3\tend\tcompo')
  await sleep(100)
  appendFileSync(join(directory, 'journal'), 'nents\t1.0\n')
  await expect.poll(() => readRunFile(directory)?.phase).toBeNull()
  add('end\t4')
  await followed
  expect(await events()).toMatchObject([
    { seq: 1, type: 'begin' },
    { seq: 2, type: 'phase', state: 'begin' },
    { seq: 3, type: 'phase', state: 'end', phase: 'components' },
    { seq: 4, type: 'end', outcome: 'success', exitCode: 0, error: null, report: '/report.json' },
  ])
})

test('a follower started in the place of a killed one goes on behind the last whole event', async () => {
  const first: string[] = []
  add('phase\t2\tbegin\tcomponents', 'phase\t3\tend\tcomponents\t1.0', 'end\t4')
  await follow({ directory, finish, reader: { send: (line) => first.push(line), end: async () => {} } })
  expect(first).toHaveLength(4)
  // As if it had been killed in the middle of the second event.
  const [one = '', two = ''] = (await readFile(join(directory, 'events.jsonl'), 'utf8')).split('\n')
  await writeFile(join(directory, 'events.jsonl'), `${one}\n${two.slice(0, 20)}`)
  const second: string[] = []
  await follow({ directory, finish, reader: { send: (line) => second.push(line), end: async () => {} } })
  expect(second.slice(0, -1)).toEqual(first.slice(1, -1))
  expect((await events()).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
})

/** A pipe that nobody reads until it is told to: its writing end, as the scripts inherit it. */
async function openPipe(read: string) {
  const path = join(directory, 'pipe')
  expect(await runCommand('mkfifo', [path])).toMatchObject({ code: 0 })
  const reader = spawn('sh', ['-c', `exec <"$1"; ${read}`, 'sh', path], { stdio: 'ignore' })
  const fd = openSync(path, 'w')
  return { fd, reader }
}

const noise = Array.from({ length: 9000 }, (_, n) => `finding\t${n}\tnote\tx\tnumber ${n} ${'x'.repeat(400)}`)

test('a reader that does not read keeps no run waiting, and gets in order what there was room for', async () => {
  const { fd, reader } = await openPipe('sleep 3; cat >"$1.read"')
  add(...noise, 'end\t9999')
  await follow({ directory, finish, reader: openReader(fd) })
  closeSync(fd)
  if (reader.exitCode === null) await once(reader, 'exit')
  const seqs = readFileSync(join(directory, 'pipe.read'), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).seq)
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
  expect(seqs.length).toBeLessThan(9002)
  expect((await events()).at(-1)).toMatchObject({ type: 'end', seq: 9002 })
})

test('a reader that has gone is no concern of the run', async () => {
  const { fd, reader } = await openPipe('exit 0')
  if (reader.exitCode === null) await once(reader, 'exit')
  add(...noise.slice(0, 100), 'end\t9999')
  await follow({ directory, finish, reader: openReader(fd) })
  closeSync(fd)
  expect((await events()).at(-1)).toMatchObject({ type: 'end' })
})

test('a file descriptor that is none is no concern of the run', async () => {
  add('end\t2')
  await follow({ directory, finish, reader: openReader(987) })
  expect(await events()).toHaveLength(2)
})

test('a run whose directory cannot be written in is followed all the same', async () => {
  const told: string[] = []
  add('end\t2')
  // In the place of both files stands something else.
  for (const name of ['run.json', 'run.json.tmp', 'events.jsonl']) await mkdir(join(directory, name))
  await follow({ directory, finish, reader: { send: (line) => told.push(line), end: async () => {} } })
  expect(told).toHaveLength(2)
})
