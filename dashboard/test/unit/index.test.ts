import { mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { runs } from '../../src/server/db/schema/index.ts'
import { clearIndex, indexRuns } from '../../src/server/ingest/index-runs.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'
import { canary, monthOf } from '../helpers/lab.ts'
import { degraded, failed, leaveReports, reportOf } from '../helpers/reports.ts'
import { someEvents, startRunning } from '../helpers/running.ts'

let app: TestApp
beforeEach(async () => {
  app = await openTestApp()
})
afterEach(() => app.remove())

const admin = () => app.as(app.token('admin'))

describe('the index of runs', () => {
  test('has every report once, however often it looks, and what is new at the next look', async () => {
    const state = await app.lab.addProject('shop', monthOf('shop', { 3: degraded, 9: failed }))
    await app.watch.lookNow()
    await app.watch.lookNow()
    expect((await admin().runs.list({ projectId: 'shop' })).rows).toHaveLength(34)
    const added = reportOf('shop', new Date())
    await leaveReports(state, [added])
    await app.watch.lookNow()
    const { rows } = await admin().runs.list({ projectId: 'shop' })
    expect(rows).toHaveLength(35)
    expect(rows[0]).toMatchObject({ runId: added.runId, outcome: 'success', newBytes: 61_000_000 })
    expect((await admin().runs.list({ projectId: 'shop', outcome: 'failed' })).rows).toMatchObject([
      { errorCode: 'DB_PASSWORD_WRONG' },
    ])
  })

  test('shows a report of a newer toolkit and a damaged one as what they are, and reads one that was mended', async () => {
    const state = await app.lab.addProject('shop', [reportOf('shop', new Date())])
    const file = (id: string) => join(state, 'runs', `20261101T030000Z-backup-${id}.json`)
    await writeFile(file('newer-000'), JSON.stringify({ schema: 99, fields: 'nobody knows' }))
    await writeFile(file('torn-0000'), '{"schema": 1, "run')
    await writeFile(file('other-000'), '{"schema": 1}')
    await writeFile(join(state, 'runs', 'notes.json'), '{}')
    await app.watch.lookNow()
    const states = async () =>
      Object.fromEntries(
        (await admin().runs.list({ projectId: 'shop' })).rows.map(({ runId, state }) => [runId, state]),
      )
    expect(await states()).toMatchObject({
      'newer-000': 'newer',
      'torn-0000': 'damaged',
      'other-000': 'damaged',
    })
    expect(await admin().runs.get({ projectId: 'shop', runId: 'newer-000' })).toMatchObject({
      report: null,
      unreadable: { code: 'STATE_TOO_NEW', suggestion: expect.stringContaining('Upgrade') },
    })
    const mended = { ...reportOf('shop', new Date('2026-11-01T03:00:00Z')), runId: 'torn-0000' }
    await writeFile(`${file('torn-0000')}.tmp`, JSON.stringify(mended))
    await rename(`${file('torn-0000')}.tmp`, file('torn-0000'))
    await app.watch.lookNow()
    expect(await states()).toMatchObject({ 'torn-0000': 'read' })
  })

  test('does not read a file that no report is as large as', async () => {
    const state = await app.lab.addProject('shop')
    await writeFile(
      join(state, 'runs', '20261101T030000Z-backup-large-000.json'),
      Buffer.alloc(33 * 2 ** 20, ' '),
    )
    await app.watch.lookNow()
    expect((await admin().runs.list({ projectId: 'shop' })).rows).toMatchObject([{ state: 'damaged' }])
  })

  test('keeps what it knows of a report that is not kept any more', async () => {
    const report = reportOf('shop', new Date())
    const state = await app.lab.addProject('shop', [report])
    await app.watch.lookNow()
    await rm(join(state, 'runs'), { recursive: true })
    await app.watch.lookNow()
    expect(await admin().runs.get({ projectId: 'shop', runId: report.runId })).toMatchObject({
      state: 'ended',
      summary: { outcome: 'success' },
      unreadable: { code: 'REPORT_MISSING' },
    })
  })

  test('has no run whose sums are missing, however suddenly it ends', async () => {
    await app.lab.addProject('shop', monthOf('shop'))
    const { $client } = app.database
    $client.exec(
      "create trigger cut before insert on run_sums begin select raise(abort, 'as if it were killed'); end",
    )
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    await app.watch.lookNow()
    expect(said).toHaveBeenCalledWith(expect.stringContaining('as if it were killed'))
    said.mockRestore()
    expect((await admin().runs.list({ projectId: 'shop' })).rows).toEqual([])
    $client.exec('drop trigger cut')
    await app.watch.lookNow()
    const [project] = await admin().projects.list()
    expect(project?.nights.filter((night) => night === 'success').length).toBeGreaterThan(25)
  })

  test('is made again from the files', async () => {
    await app.lab.addProject('shop', monthOf('shop'))
    await app.watch.lookNow()
    const before = app.database.select().from(runs).all()
    expect(clearIndex(app.database)).toBe(before.length)
    for (const project of app.registry.all()) project.seen.runs = 0
    await app.watch.lookNow()
    expect(app.database.select().from(runs).all()).toEqual(before)
  })

  test('is read in pages, each run once', async () => {
    const state = await app.lab.addProject('shop')
    const start = Date.now() - 200 * 3_600_000
    // Three of each time, as clocks may be set back.
    const reports = Array.from({ length: 120 }, (_, n) =>
      reportOf('shop', new Date(start + Math.floor(n / 3) * 3_600_000)),
    )
    await leaveReports(state, reports)
    await app.watch.lookNow()
    const seen: string[] = []
    let cursor: Awaited<ReturnType<ReturnType<typeof admin>['runs']['list']>>['nextCursor'] = null
    do {
      const page: Awaited<ReturnType<ReturnType<typeof admin>['runs']['list']>> = await admin().runs.list({
        projectId: 'shop',
        cursor,
      })
      seen.push(...page.rows.map(({ runId }) => runId))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(seen).toHaveLength(120)
    expect(new Set(seen)).toEqual(new Set(reports.map(({ runId }) => runId)))
  })

  test('looks at a directory again that was changed a moment ago', async () => {
    const state = await app.lab.addProject('shop', [reportOf('shop', new Date())])
    const directory = join(state, 'runs')
    await app.watch.lookNow()
    const now = Date.now()
    const changed = new Date(now - 500)
    await utimes(directory, changed, changed)
    const indexed = { projectId: 'shop', directory, seen: 0 }
    await indexRuns(app.database, indexed, now)
    expect(indexed.seen).toBe(0)
    await indexRuns(app.database, indexed, now + 5000)
    expect(indexed.seen).not.toBe(0)
  })
})

describe('a project', () => {
  test.each([
    ['safe', {}],
    ['failed', { 0: failed }],
    ['overdue', { 0: degraded }],
  ] as const)('is %s as its nights were', async (safety, nights) => {
    await app.lab.addProject('shop', monthOf('shop', nights))
    await app.watch.lookNow()
    const [project] = await admin().projects.list()
    expect(project).toMatchObject({ id: 'shop', safety, archives: 22 })
    expect(project?.nights.at(-1) ?? project?.nights.at(-2)).toBe(
      { safe: 'success', failed: 'failed', overdue: 'degraded' }[safety],
    )
  })

  test('that was never backed up says what to type', async () => {
    await app.lab.addProject('fresh')
    await app.watch.lookNow()
    const [project] = await admin().projects.list()
    expect(project).toMatchObject({ safety: 'never', nights: Array(30).fill(null) })
    expect(project?.problems[0]).toMatchObject({ suggestion: './backup.sh --project fresh' })
  })

  test('whose configuration is wrong is shown with what is wrong, and one whose status is newer with that', async () => {
    await app.lab.addProject('wrong')
    await writeFile(app.lab.envFile('wrong'), 'BORG_REPOO=x\n', { mode: 0o600 })
    const state = await app.lab.addProject('newer', [reportOf('newer', new Date())])
    await writeFile(join(state, 'status.json'), '{"schema": 77}')
    await app.watch.lookNow()
    expect(await admin().projects.get({ projectId: 'wrong' })).toMatchObject({
      safety: 'unreadable',
      problem: { code: 'CONFIG_UNKNOWN_VARIABLE' },
    })
    expect(await admin().projects.get({ projectId: 'newer' })).toMatchObject({
      safety: 'unreadable',
      problem: { code: 'STATE_TOO_NEW' },
    })
    await app.lab.addProject('wrong')
    await app.watch.lookNow()
    expect(await admin().projects.get({ projectId: 'wrong' })).toMatchObject({
      safety: 'never',
      problem: null,
    })
  })

  test('whose status is damaged is judged by its reports, which is said', async () => {
    const state = await app.lab.addProject('shop', monthOf('shop'))
    await writeFile(join(state, 'status.json'), '{')
    await app.watch.lookNow()
    const [project] = await admin().projects.list()
    expect(project).toMatchObject({ safety: 'degraded', problems: [{ what: 'damaged' }] })
    expect(project?.lastBackup).not.toBeNull()
  })

  test('is adopted from where its env file lies, unless others could have written it', async () => {
    await mkdir(join(app.lab.folder, 'elsewhere'), { mode: 0o700 })
    const path = join(app.lab.folder, 'elsewhere/blog.env')
    await app.lab.addProject('blog')
    await rename(app.lab.envFile('blog'), path)
    expect(await admin().projects.adopt({ envFile: path })).toEqual({ id: 'blog' })
    expect(await admin().projects.adopt({ envFile: path })).toEqual({ id: 'blog' })
    expect(await admin().projects.list()).toHaveLength(1)
    for (const envFile of [
      'blog.env',
      '/etc/passwd',
      '/dev/zero',
      join(app.lab.folder, 'elsewhere'),
      `${path}\0.env`,
    ])
      await expect(admin().projects.adopt({ envFile })).rejects.toMatchObject({
        cause: { code: 'ENV_FILE_REFUSED' },
      })
    const open = join(app.lab.folder, 'elsewhere/open.env')
    await writeFile(open, 'BORG_REPO=/x\n', { mode: 0o644 })
    await expect(admin().projects.adopt({ envFile: open })).rejects.toMatchObject({
      cause: { code: 'ENV_FILE_OPEN' },
    })
  })

  test('can be taken out when its env file is gone, and not before', async () => {
    await app.lab.addProject('shop', [reportOf('shop', new Date())])
    await app.watch.lookNow()
    await expect(admin().projects.forget({ projectId: 'shop' })).rejects.toMatchObject({ code: 'CONFLICT' })
    await rm(app.lab.envFile('shop'))
    await app.watch.lookNow()
    expect(await admin().projects.get({ projectId: 'shop' })).toMatchObject({
      problem: { code: 'ENV_FILE_MISSING' },
    })
    await admin().projects.forget({ projectId: 'shop' })
    expect(await admin().projects.list()).toEqual([])
  })

  test('that has the name of another is kept apart from it', async () => {
    await app.lab.addProject('shop')
    await app.watch.lookNow()
    await mkdir(join(app.lab.folder, 'other'), { mode: 0o700 })
    await writeFile(join(app.lab.folder, 'other/shop.env'), `BORG_REPO=/x\nBORG_PASSPHRASE=${canary}\n`, {
      mode: 0o600,
    })
    expect(await admin().projects.adopt({ envFile: join(app.lab.folder, 'other/shop.env') })).toEqual({
      id: 'shop~2',
    })
  })
})

describe('a run under way', () => {
  test('is told as it goes on, and is killed when its process is gone, whatever its file says', async () => {
    const state = await app.lab.addProject('shop', monthOf('shop'))
    const run = await startRunning(state, 'shop', 'run-under-way-1')
    await run.tell(...someEvents)
    const told: unknown[] = []
    app.bus.listen((event) => told.push(event))
    await app.watch.lookNow()
    const shown = () => admin().runs.get({ projectId: 'shop', runId: run.runId })
    expect(await shown()).toMatchObject({
      state: 'running',
      live: {
        phases: [
          { name: 'preflight', seconds: 2.1 },
          { name: 'components', seconds: null },
        ],
        findings: [{}],
      },
    })
    await run.tell({ type: 'phase', phase: 'components', state: 'end', seconds: 90 })
    await app.watch.lookNow()
    expect(await shown()).toMatchObject({ live: { progress: {}, phases: [{}, { seconds: 90 }] } })
    expect(told).toContainEqual(
      expect.objectContaining({ type: 'run', events: [expect.objectContaining({ seq: 8 })] }),
    )
    await run.stop()
    await app.watch.lookNow()
    expect(await shown()).toMatchObject({ state: 'crashed', live: null })
    expect((await admin().projects.list())[0]).toMatchObject({ running: null, safety: 'failed' })
    await expect(admin().runs.cancel({ projectId: 'shop', runId: run.runId })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
  })

  test('is asked to end by SIGTERM to its process, whoever started it', async () => {
    const state = await app.lab.addProject('shop', monthOf('shop'))
    const run = await startRunning(state, 'shop', 'run-under-way-2')
    await app.watch.lookNow()
    const ended = new Promise((resolve) => run.process.once('exit', (_code, signal) => resolve(signal)))
    await admin().runs.cancel({ projectId: 'shop', runId: run.runId })
    expect(await ended).toBe('SIGTERM')
  })

  test('whose number is another process’s now is not that one, and nothing is sent to it', async () => {
    const state = await app.lab.addProject('shop', monthOf('shop'))
    const run = await startRunning(state, 'shop', 'run-under-way-3')
    const file = join(state, 'run/run.json')
    const said = JSON.parse(await (await import('node:fs/promises')).readFile(file, 'utf8'))
    await writeFile(file, JSON.stringify({ ...said, processStart: '1' }))
    await app.watch.lookNow()
    await expect(admin().runs.cancel({ projectId: 'shop', runId: run.runId })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    expect(run.process.signalCode).toBeNull()
    await run.stop()
  })

  test('keeps a second waiting until it has ended', async () => {
    const state = await app.lab.addProject('shop', monthOf('shop'))
    const run = await startRunning(state, 'shop', 'run-under-way-4')
    await app.watch.lookNow()
    app.queue.open()
    const { runId } = await admin().runs.start({ projectId: 'shop', options: { kind: 'backup' } })
    expect(await admin().runs.get({ projectId: 'shop', runId })).toMatchObject({
      state: 'queued',
      queued: { waitsFor: 'project' },
    })
    await admin().runs.cancel({ projectId: 'shop', runId })
    await run.stop()
  })
})
