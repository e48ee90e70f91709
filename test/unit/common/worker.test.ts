import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startProgram } from '../../../src/common/process.ts'
import { checkout } from '../../helpers/checkout.ts'
import { runCommand } from '../../helpers/command.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'worker-test-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Starts a worker of this code, which sees `runWorker`, `orAborted` and `open`, and says when its work is under way. */
async function startWorker(work: string) {
  const module = (path: string) => JSON.stringify(join(checkout, path))
  const program = `
    import { open } from 'node:fs/promises'
    import { orAborted } from ${module('src/common/abort.ts')}
    import { runWorker } from ${module('src/common/worker.ts')}
    await runWorker('test', async ({ signal }) => {
      process.stdout.write('begun ')
      ${work}
    })`
  const worker = startProgram({
    program: process.execPath,
    args: ['--input-type=module', '--eval', program],
    env: { PATH: process.env['PATH'] },
    phase: 'test',
  })
  worker.stdin.end()
  let output = ''
  worker.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  await expect.poll(() => output, { timeout: 60_000 }).toContain('begun')
  return worker
}

test('a worker that waits for a file nobody ever writes to is ended by TERM', async () => {
  const pipe = join(folder, 'pipe')
  expect(await runCommand('mkfifo', [pipe])).toMatchObject({ code: 0 })
  const worker = await startWorker(`await orAborted(open(${JSON.stringify(pipe)}, 'r'), signal)`)
  process.kill(worker.pid, 'SIGTERM')
  expect(await worker.ended).toMatchObject({ signal: 'SIGKILL' })
})

test('a worker whose work does not heed the signal is ended all the same', async () => {
  const worker = await startWorker(`await new Promise((resolve) => setTimeout(resolve, 1e9))`)
  process.kill(worker.pid, 'SIGTERM')
  expect(await worker.ended).toMatchObject({ signal: 'SIGKILL' })
})

test('a worker that waits for nothing ends with the exit code of its signal', async () => {
  const worker = await startWorker(
    `await orAborted(new Promise((resolve) => setTimeout(resolve, 1e9)), signal)`,
  )
  process.kill(worker.pid, 'SIGTERM')
  expect(await worker.ended).toMatchObject({ code: 143 })
})

test('a worker whose work fails of what a signal to its group has ended first tells of the signal alone', async () => {
  const worker = await startWorker(
    `setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50); throw new Error('The service was stopped')`,
  )
  const { code, stderr } = await worker.ended
  expect(code).toBe(143)
  expect(stderr).toContain('INTERRUPTED')
  expect(stderr).not.toContain('unexpected')
})
