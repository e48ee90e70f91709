import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startProgram } from '../../../src/common/process.ts'
import { applyRun, statusSchema } from '../../../src/report/status.ts'
import { readStatus, updateStatus } from '../../../src/report/store.ts'
import { holdLock } from '../../helpers/hold-lock.ts'
import { runReport, scriptEnvironment } from '../../helpers/report-command.ts'
import { exampleReport } from '../../helpers/reports.ts'

let state: string
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'report-store-'))
})
afterEach(() => rm(state, { recursive: true }))

const statusFile = async () =>
  statusSchema.parse(JSON.parse(await readFile(join(state, 'status.json'), 'utf8')))

describe('status.json', () => {
  it('keeps what each of many writers at once has to say', async () => {
    const options = { stateDirectory: state, project: 'shop', environment: process.env }
    const reports = Array.from({ length: 10 }, (_, index) =>
      exampleReport({ runId: `run-${index}`, bytesFetched: 2 ** index }),
    )
    await Promise.all(reports.map((report) => updateStatus(options, (status) => applyRun(status, report))))
    expect((await statusFile()).egress).toEqual({ '2026-11': 2 ** 10 - 1 })
  })

  it('keeps the end of a backup and the alert about a drill that died, written by two programs at once', async () => {
    const environment = scriptEnvironment(state)
    // Both are at the door before either may enter.
    const release = await holdLock(join(state, 'status.lock'))
    const both = Promise.all([
      runReport(
        'finish',
        { kind: 'backup', 'run-id': 'run-1', started: '2026-11-20T03:00:00Z', 'exit-code': '0' },
        environment,
      ),
      runReport('notify', { kind: 'drill', 'exit-code': '137' }, environment),
    ])
    await expect.poll(() => waiting(), { timeout: 60_000 }).toBe(2)
    expect(await readStatus(state, 'shop')).toMatchObject({ lastRun: {} })
    await release()
    expect(await both).toMatchObject([{ code: 0 }, { code: 0 }])
    expect((await statusFile()).lastRun).toMatchObject({
      backup: { runId: 'run-1', outcome: 'success' },
      drill: { outcome: 'failed', exitCode: 137 },
    })
  })

  it('is not held up by a writer that was killed', async () => {
    const killed = startProgram({
      program: process.execPath,
      args: [
        '--input-type=module',
        '--eval',
        `import { withFileLock } from ${JSON.stringify(join(process.cwd(), 'src/common/file-lock.ts'))}
         const options = { path: ${JSON.stringify(join(state, 'status.lock'))}, phase: 'test', environment: process.env }
         await withFileLock(options, () => process.kill(process.pid, 'SIGKILL'))`,
      ],
      env: { PATH: process.env['PATH'] },
      phase: 'test',
    })
    expect(await killed.ended).toMatchObject({ signal: 'SIGKILL' })
    await updateStatus({ stateDirectory: state, project: 'shop', environment: process.env }, (status) =>
      applyRun(status, exampleReport()),
    )
    expect((await statusFile()).lastRun.backup?.outcome).toBe('success')
  })
})

/** How many wait for the lock, by the kernel's own list. */
async function waiting(): Promise<number> {
  const { ino } = await stat(join(state, 'status.lock'))
  const locks = await readFile('/proc/locks', 'utf8')
  return locks.split('\n').filter((line) => line.includes('->') && line.includes(`:${ino} `)).length
}
