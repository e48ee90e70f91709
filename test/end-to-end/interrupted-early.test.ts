import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningProgram, startProgram } from '../../src/common/process.ts'
import { runCommand } from '../helpers/command.ts'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await makeToolkit()
})
afterAll(() => toolkit.remove())

/** Starts a script of the toolkit by a shell whose first words are given. */
function start(script: string, flags: string, before = ':'): RunningProgram {
  return startProgram({
    program: 'bash',
    args: [
      '-c',
      `${before}; exec "$0" --env-file "$1" ${flags}`,
      `${toolkit.folder}/toolkit/${script}`,
      toolkit.envFile,
    ],
    env: {
      PATH: `${process.env['PATH']}`,
      HOME: `${toolkit.folder}/home`,
      XDG_RUNTIME_DIR: `${toolkit.folder}/runtime`,
      TMPDIR: `${toolkit.folder}/tmp`,
    },
    phase: 'test',
  })
}

/** Waits until the children of a process, and theirs, have one that sleeps. */
async function waitForSleeper(parent: number): Promise<void> {
  for (;;) {
    const { stdout } = await runCommand('ps', ['-o', 'args=', '--ppid', `${parent}`], { env: process.env })
    if (/sleep 600/.test(stdout)) return
    await sleep(50)
  }
}

it.each(['SIGTERM', 'SIGHUP'] as const)(
  'a backup that %s ends before its run has begun says so in one line, at once, and leaves nothing',
  async (signal) => {
    await toolkit.configure({ ONLY_IF: 'exec sleep 600' })
    const backup = start('backup.sh', '')
    backup.stdout.resume()
    await waitForSleeper(backup.pid)
    process.kill(backup.pid, signal)
    expect(await backup.ended).toMatchObject({
      code: 143,
      stderr: expect.stringMatching(
        new RegExp(
          `^\\S+ ERROR backup: The command was interrupted by ${signal}\\. — Start it again; .*\\[INTERRUPTED in start\\]\\n$`,
        ),
      ),
    })
    expect(await toolkit.generations()).toEqual([])
    await toolkit.configure({})
  },
)

it('a shell that may open too few files is told of before anything is begun, with the number that is needed', async () => {
  const backup = start('backup.sh', '--status', 'ulimit -n 40')
  backup.stdout.resume()
  const { code, stderr } = await backup.ended
  expect(code).toBe(78)
  expect(stderr).toMatch(
    /^\S+ ERROR backup: This shell may have only 40 files open .*ulimit -n 1024 .*\[OPEN_FILES_LIMIT in start\]\n$/,
  )
})

it('a lower limit of open files that may be raised is raised', async () => {
  const backup = start('backup.sh', '--config', 'ulimit -Sn 40')
  backup.stdout.resume()
  expect(await backup.ended).toMatchObject({ code: 0, stderr: '' })
})

it.each([
  { flags: '--status', told: /ERROR backup: The worker report\.ts was ended by SIG\w+\. .*\[WORKER_DIED in/ },
  { flags: '', told: /ERROR backup: The worker config\.ts was ended by SIG\w+\. .*\[WORKER_DIED in/ },
])(
  'a worker that dies for want of memory is named, with $flags, and the exit code is one of ours',
  async ({ flags, told }) => {
    const backup = start('backup.sh', flags, 'ulimit -v 600000')
    backup.stdout.resume()
    const { code, stderr } = await backup.ended
    expect(code).toBe(1)
    expect(stderr).toMatch(told)
  },
)

it('a check whose worker dies fails and says so', async () => {
  const checked = start('backup.sh', '--check', 'ulimit -v 600000')
  const lines: string[] = []
  checked.stdout.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
  expect(await checked.ended).toMatchObject({ code: 1 })
  expect(lines.join('')).toMatch(/^FAIL {2}configuration +The worker config\.ts was ended by SIG\w+\. — .+$/m)
})
