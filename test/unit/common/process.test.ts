import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BackupError } from '../../../src/common/errors.ts'
import { runProgram, startProgram } from '../../../src/common/process.ts'
import { addSecrets } from '../../../src/common/redact.ts'
import { checkout } from '../../helpers/checkout.ts'

const env = { PATH: process.env['PATH'] }
const common = { env, phase: 'test', suggestion: 'nothing to do' }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'process-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

const bash = (script: string) => ({ program: 'bash', args: ['-c', script] })

async function gone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
    if (state === undefined || state.includes(') Z ')) return true
    await sleep(20)
  }
  return false
}

describe('runProgram', () => {
  test('a program that the system has no room for is an error that names the limits, and no crash', async () => {
    const script = `ulimit -n 100; exec '${process.execPath}' --experimental-strip-types '${join(checkout, 'test/helpers/programs/no-room.ts')}'`
    const { stdout } = await runProgram({ ...common, ...bash(script) })
    expect(JSON.parse(stdout)).toEqual(['PROGRAM_LIMIT', 'spawn true EMFILE'])
  })

  test('returns what the program printed and gives it only the environment it names', async () => {
    process.env['LEAK'] = 'leaked'
    const { stdout } = await runProgram({ ...common, ...bash('cat; echo "[$LEAK]"'), input: 'in ' })
    expect(stdout).toBe('in []\n')
  })

  test('throws with the stderr of a program that fails, secrets masked', async () => {
    addSecrets(['hunter2hunter2'])
    const run = runProgram({ ...common, ...bash('echo "password hunter2hunter2 refused" >&2; exit 7') })
    const error = await run.catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(BackupError)
    expect(JSON.stringify(error)).toContain('password ***** refused')
    expect(JSON.stringify(error)).toContain('exited with 7')
  })

  test('names a program that is not there', async () => {
    const run = runProgram({ ...common, program: 'no-such-program', args: [] })
    await expect(run).rejects.toThrow('no-such-program could not be started')
  })

  test('refuses output beyond its limit instead of keeping it', async () => {
    const run = runProgram({ ...common, ...bash('yes'), maxBytes: 1000 })
    await expect(run).rejects.toThrow('printed more than 1000 bytes')
  })

  test('ends a program that outlives its time limit together with its children', async () => {
    const pidFile = join(folder, 'grandchild')
    const script = `sleep 100 & echo $! > ${pidFile}; wait`
    await expect(runProgram({ ...common, ...bash(script), timeoutMs: 2_000 })).rejects.toThrow('in time')
    expect(await gone(Number(await readFile(pidFile, 'utf8')))).toBe(true)
  })
})

describe('startProgram', () => {
  test('ends the whole group when its signal fires', async () => {
    const abort = new AbortController()
    const child = startProgram({ ...common, ...bash('sleep 100 | sleep 100'), signal: abort.signal })
    abort.abort()
    expect((await child.ended).signal).toBe('SIGTERM')
  })
})
