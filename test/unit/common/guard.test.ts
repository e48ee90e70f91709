import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkout } from '../../helpers/checkout.ts'

/** Whether a process has ended; a zombie has. */
async function hasEnded(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return state === undefined || state.includes(') Z ')
}

test('a worker that is killed with kill -9 takes its programs, their helpers and its containers with it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guard-test-'))
  const told = join(folder, 'told')
  await writeFile(join(folder, 'runtime-of-the-test'), `#!/bin/sh\necho "$@" >>'${told}'\n`, { mode: 0o755 })
  const worker = spawn(
    process.execPath,
    ['--experimental-strip-types', join(checkout, 'test/helpers/programs/guarded.ts')],
    {
      env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const [said] = await once(worker.stdout, 'data')
  const pids = `${said}`.trim().split(' ').map(Number)
  expect(pids).toHaveLength(2)
  // The negative control: they are at work.
  for (const pid of pids) expect(await hasEnded(pid)).toBe(false)
  worker.kill('SIGKILL')
  for (const pid of pids) await expect.poll(() => hasEnded(pid), { timeout: 60_000 }).toBe(true)
  await expect.poll(() => readFile(told, 'utf8').catch(() => ''), { timeout: 60_000 }).toContain('rm --force')
  expect(await readFile(told, 'utf8')).toBe('kill name-of-the-test\nrm --force name-of-the-test\n')
  await rm(folder, { recursive: true })
})
