import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startProgram } from '../../../src/common/process.ts'
import { applyRun, emptyStatus, statusSchema } from '../../../src/report/status.ts'
import {
  loadStatus,
  readStatus,
  readStatusIfAny,
  updateStatus,
  writeReport,
} from '../../../src/report/store.ts'
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

/** How many wait for the lock, by the kernel's own list, in which a file of another disk may have the same number. */
async function waiting(): Promise<number> {
  const path = join(state, 'status.lock')
  const { ino } = await stat(path)
  const locks = await readFile('/proc/locks', 'utf8')
  const waiters = [...locks.matchAll(/-> .* (\d+) \S+:(\d+) /g)].filter(
    ([, , inode]) => inode === String(ino),
  )
  const opened = await Promise.all(waiters.map(([, pid = '']) => hasOpen(pid, path)))
  return opened.filter((isOpen) => isOpen).length
}

async function hasOpen(pid: string, path: string): Promise<boolean> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const targets = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')))
  return targets.includes(path)
}

describe('a status.json that is not of this version', () => {
  const path = () => join(state, 'status.json')
  const options = () => ({ stateDirectory: state, project: 'shop', environment: process.env })
  const drill = exampleReport({
    ...{ kind: 'drill', runId: 'drill-1', archives: [], startedAt: '2026-11-20T05:00:00.000Z' },
    verification: { ok: true, counts: {}, differences: [] },
  })
  const known = applyRun(applyRun(emptyStatus('shop'), exampleReport()), drill)

  it('is read where an older one did not have every field yet', async () => {
    const { activity: _a, verified: _v, schema: _s, inTrouble: _t, ...older } = known
    await writeFile(path(), JSON.stringify(older))
    expect(await loadStatus(state, 'shop')).toEqual({
      status: { ...known, activity: null, verified: {}, inTrouble: [] },
      damage: undefined,
    })
  })

  it('keeps what a later one knows more', async () => {
    await writeFile(path(), JSON.stringify({ ...known, quotas: { storage: 5 } }))
    await updateStatus(options(), (status) => applyRun(status, exampleReport({ runId: 'run-2' })))
    expect(JSON.parse(await readFile(path(), 'utf8'))).toMatchObject({
      quotas: { storage: 5 },
      lastRun: { backup: { runId: 'run-2' } },
    })
  })

  it('is refused and left as it is where only a newer toolkit can read it', async () => {
    const newer = JSON.stringify({ ...known, schema: 2 })
    await writeFile(path(), newer)
    await expect(readStatus(state, 'shop')).rejects.toMatchObject({ code: 'STATE_TOO_NEW', exitCode: 78 })
    await expect(updateStatus(options(), (status) => status)).rejects.toMatchObject({ code: 'STATE_TOO_NEW' })
    const flags = { kind: 'backup', 'run-id': 'run-1', started: '2026-11-20T03:00:00Z', 'exit-code': '0' }
    const finished = await runReport('finish', flags, scriptEnvironment(state))
    expect(finished.code).toBe(0)
    expect(finished.stderr).toContain('Upgrade the toolkit')
    expect(await readdir(join(state, 'runs'))).toHaveLength(1)
    expect(await readFile(path(), 'utf8')).toBe(newer)
    // What can be restored is listed all the same.
    expect(await readStatusIfAny(state, 'shop')).toEqual(emptyStatus('shop'))
  })

  it.each([
    ['cut short', (whole: string) => whole.slice(0, 100)],
    ['empty', () => ''],
    ['of another shape', () => JSON.stringify({ ...known, verified: ['shop-2026-11-20_03-00-00'] })],
  ])('is set aside with a finding where it is %s, and made anew from the reports', async (_what, damage) => {
    for (const report of [exampleReport(), drill]) await writeReport(state, report)
    await writeFile(join(state, 'runs/20261119T000000Z-backup-x.json'), '{')
    const damaged = damage(JSON.stringify(known))
    await writeFile(path(), damaged)
    expect(await readStatus(state, 'shop')).toEqual(known)
    const flags = { kind: 'check', 'run-id': 'run-3', started: '2026-11-20T06:00:00Z', 'exit-code': '0' }
    const finished = await runReport('finish', { ...flags, json: '' }, scriptEnvironment(state))
    expect(finished.code).toBe(0)
    expect(JSON.parse(finished.stdout)).toMatchObject({
      findings: [{ kind: 'status-damaged', severity: 'manual' }],
    })
    const { lastRun, verified, baseline, egress } = await statusFile()
    expect(Object.keys(lastRun)).toEqual(['backup', 'drill', 'check'])
    expect({ verified, baseline, egress }).toEqual({
      verified: known.verified,
      baseline: known.baseline,
      egress: known.egress,
    })
    const aside = (await readdir(state)).filter((name) => name.startsWith('status.json.damaged-'))
    expect(aside).toHaveLength(1)
    expect(await readFile(join(state, aside[0] ?? ''), 'utf8')).toBe(damaged)
  })

  it('is set aside where it is a directory', async () => {
    await mkdir(path())
    await updateStatus(options(), (status) => applyRun(status, exampleReport()))
    expect((await statusFile()).lastRun.backup?.outcome).toBe('success')
  })
})
