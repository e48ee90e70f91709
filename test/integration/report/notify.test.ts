import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runReportSchema } from '../../../src/report/schema.ts'
import { applyRun, emptyStatus } from '../../../src/report/status.ts'
import { readStatus } from '../../../src/report/store.ts'
import { holdLock } from '../../helpers/hold-lock.ts'
import { startHttpReceiver } from '../../helpers/receivers.ts'
import { runReport, runStatus, scriptEnvironment } from '../../helpers/report-command.ts'
import { component, exampleReport, failedReport, putStatus } from '../../helpers/reports.ts'

let directory: string
let state: string
let receiver: Awaited<ReturnType<typeof startHttpReceiver>>
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'report-notify-'))
  state = join(directory, 'state/shop')
  await mkdir(state, { recursive: true })
  receiver = await startHttpReceiver()
})
afterEach(async () => {
  await receiver.stop()
  await rm(directory, { recursive: true })
})

const notify = (flags: Record<string, string>, environment: Record<string, string> = {}) =>
  runReport('notify', flags, { ...scriptEnvironment(state), WEBHOOK_URL: receiver.url, ...environment })

const told = () => receiver.received.map(({ body }) => JSON.parse(body))

/** What src/shell/run.sh keeps while a run is under way. */
async function leaveRunDirectory(): Promise<void> {
  const run = join(state, 'run')
  await mkdir(run)
  const worker = { status: 'complete', components: [component('database', { tables: 3, dumpBytes: 700 })] }
  await writeFile(join(run, 'worker.json'), JSON.stringify(worker))
  await writeFile(join(run, 'steps'), 'components\t12.5\n')
  for (const name of ['findings', 'pruned', 'error-detail']) await writeFile(join(run, name), '')
}

describe('report.ts notify, after a unit failed,', () => {
  it('reports a run that was killed, with what it left', async () => {
    await leaveRunDirectory()
    expect(await notify({ kind: 'backup', 'exit-code': '137' })).toMatchObject({ code: 0, stderr: '' })
    expect(told()).toMatchObject([
      {
        event: 'failed',
        subject: 'shop: backup FAILED',
        report: { exitCode: 137, error: { code: 'RUN_DIED' } },
      },
    ])
    const [name = ''] = await readdir(join(state, 'runs'))
    const report = runReportSchema.parse(JSON.parse(await readFile(join(state, 'runs', name), 'utf8')))
    expect(report).toMatchObject({ bytesFetched: 700, steps: [{ name: 'components', seconds: 12.5 }] })
    expect((await readStatus(state, 'shop')).lastRun.backup?.outcome).toBe('failed')
  })

  it('reports a run that never began', async () => {
    await notify({ kind: 'drill', 'exit-code': '75' })
    expect(told()).toMatchObject([
      { kind: 'drill', report: { exitCode: 75, error: { code: 'RUN_NOT_BEGUN' } } },
    ])
  })

  it('leaves alone what belongs to a run under way', async () => {
    await leaveRunDirectory()
    const release = await holdLock(scriptEnvironment(state)['LOCK_FILE'] ?? '')
    await notify({ kind: 'backup' })
    await release()
    expect(told()).toMatchObject([{ report: { components: [], error: { code: 'RUN_NOT_BEGUN' } } }])
  })

  it('says nothing more when the run has just reported its failure itself', async () => {
    const failed = failedReport({ finishedAt: new Date(Date.now() - 5000).toISOString() })
    await putStatus(state, applyRun(emptyStatus('shop'), failed))
    expect(await notify({ kind: 'backup' })).toMatchObject({ code: 0 })
    expect(told()).toEqual([])
    await notify({ kind: 'drill' })
    expect(told()).toHaveLength(1)
  })
})

describe('a run that was killed before it could report', () => {
  const begun = ['drill', 'run-9', '2026-11-20T03:00:00Z', ''].join('\n')
  const lines = (text: string) => writeFile(join(state, 'run/begun'), text)

  it('is shown by status, and reported once: by its unit, or before the next run', async () => {
    await leaveRunDirectory()
    await lines(begun)
    const status = await runStatus(state)
    expect(status.code).toBe(1)
    expect(status.stdout).toContain('PROBLEM   The drill that began at 2026-11-20 03:00 UTC crashed')
    const environment = { ...scriptEnvironment(state), WEBHOOK_URL: receiver.url }
    for (let times = 0; times < 2; times += 1) await runReport('crashed', {}, environment)
    expect(told()).toMatchObject([
      { subject: 'shop: drill FAILED', report: { runId: 'run-9', error: { code: 'RUN_DIED' } } },
    ])
    expect((await runStatus(state)).stdout).not.toContain('crashed')
  })

  it('is shown where an earlier version began it, which left no name', async () => {
    await leaveRunDirectory()
    expect((await runStatus(state)).stdout).toContain('PROBLEM   The run that began')
  })

  it('is not one that is under way', async () => {
    await leaveRunDirectory()
    await lines(begun)
    const release = await holdLock(scriptEnvironment(state)['LOCK_FILE'] ?? '')
    expect((await runStatus(state)).stdout).not.toContain('crashed')
    await release()
  })
})

describe('report.ts notify --overdue', () => {
  it('tells what is older than its limit, and nothing else', async () => {
    const finishedAt = new Date(Date.now() - 7_200_000).toISOString()
    const backup = applyRun(emptyStatus('shop'), exampleReport({ finishedAt }))
    await putStatus(state, applyRun(backup, exampleReport({ kind: 'drill', finishedAt })))
    await notify({ overdue: '' })
    expect(told()).toEqual([])
    // Told by the run itself.
    await putStatus(state, applyRun(await readStatus(state, 'shop'), failedReport({ finishedAt })))
    await notify({ overdue: '' })
    expect(told()).toEqual([])
    await notify({ overdue: '' }, { MAX_AGE_BACKUP: '1h' })
    expect(told()).toMatchObject([
      { event: 'overdue', kind: 'backup', subject: 'shop: backup OVERDUE', report: null },
    ])
  })
})
