import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runReportSchema } from '../../../src/report/schema.ts'
import { statusSchema } from '../../../src/report/status.ts'
import { startHttpReceiver } from '../../helpers/receivers.ts'
import { runReport, scriptEnvironment } from '../../helpers/report-command.ts'
import { component } from '../../helpers/reports.ts'

let directory: string
let state: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'report-finish-'))
  state = join(directory, 'state')
})
afterEach(() => rm(directory, { recursive: true }))

const run = {
  kind: 'backup',
  'run-id': 'run-1',
  started: '2026-11-20T03:00:00Z',
  'exit-code': '0',
}

async function input(name: string, content: string): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, content)
  return path
}

async function finish(flags: Record<string, string>, environment: Record<string, string> = {}) {
  return await runReport('finish', { ...run, ...flags }, { ...scriptEnvironment(state), ...environment })
}

async function writtenReport() {
  const [name = '', ...others] = await readdir(join(state, 'runs'))
  expect(others).toEqual([])
  return {
    name,
    report: runReportSchema.parse(JSON.parse(await readFile(join(state, 'runs', name), 'utf8'))),
  }
}

async function writtenStatus() {
  return statusSchema.parse(JSON.parse(await readFile(join(state, 'status.json'), 'utf8')))
}

const borgCreate = JSON.stringify({
  archive: {
    command_line: ['borg', 'create'],
    duration: 1.25,
    end: '2026-11-20T04:00:01.000000',
    id: '00',
    name: 'shop-2026-11-20_03-00-00',
    stats: { compressed_size: 500, deduplicated_size: 40, nfiles: 7, original_size: 1000 },
  },
  cache: { path: '/c', stats: { total_csize: 900, total_size: 2000, unique_csize: 450, unique_size: 800 } },
  encryption: { mode: 'repokey-blake2' },
  repository: { id: '00', last_modified: '2026-11-20T04:00:01.000000', location: '/backup/shop.borg' },
})

describe('report.ts finish', () => {
  it('writes a report and the status from what a good run left', async () => {
    const worker = JSON.stringify({
      status: 'complete',
      components: [
        component('database', { tables: 2, rows: 10 }),
        component('storage', { objects: 5, bytesFetched: 77 }),
      ],
      versions: { server: '15.20' },
    })
    const result = await finish({
      worker: await input('worker.json', worker),
      borg: await input('borg.json', borgCreate),
      journal: await input(
        'journal',
        'phase\t1.0\tbegin\tworker\nphase\t4.5\tend\tworker\t3.5\nphase\t4.5\tbegin\tarchive\n' +
          'finding\t5.0\tmanual\tborg-key\tKeep the key.\nphase\t5.75\tend\tarchive\t1.25\nphase\t6.0\tbegin\tretention\n',
      ),
      pruned: await input('pruned', 'shop-2026-10-01_03-00-00\n'),
      'archive-list': await input(
        'list.json',
        JSON.stringify({
          archives: [{ name: 'shop-2026-10-01_03-00-00' }, { name: 'shop-2026-10-02_03-00-00-degraded' }],
        }),
      ),
    })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(result.stdout).toContain('SUCCESS')
    const { name, report } = await writtenReport()
    expect(name).toBe('20261120T030000Z-backup-run-1.json')
    expect(report).toMatchObject({
      outcome: 'success',
      archive: 'shop-2026-11-20_03-00-00',
      archives: [
        { originalBytes: 1000, newBytes: 40, repositoryBytes: 450, repository: '/backup/shop.borg' },
      ],
      steps: [
        { name: 'worker', seconds: 3.5 },
        { name: 'archive', seconds: 1.25 },
      ],
      findings: [{ component: null, severity: 'manual', kind: 'borg-key', message: 'Keep the key.' }],
      pruned: ['shop-2026-10-01_03-00-00'],
      bytesFetched: 77,
      versions: { server: '15.20' },
      error: null,
    })
    expect(await writtenStatus()).toMatchObject({
      lastSuccess: { backup: { runId: 'run-1' } },
      baseline: { database: { tables: 2, rows: 10 } },
      archives: {
        complete: 1,
        degraded: 1,
        newest: 'shop-2026-11-20_03-00-00',
        oldest: 'shop-2026-10-02_03-00-00-degraded',
      },
    })
  })

  it('reports a run that failed before anything existed', async () => {
    const result = await finish({
      'exit-code': '78',
      phase: 'preflight',
      worker: join(directory, 'never-written.json'),
      'error-code': 'BORG_MISSING',
      'error-message': 'Borg is not installed.',
      'error-suggestion': 'Run ./install.sh --deps.',
    })
    expect(result.code).toBe(0)
    expect((await writtenReport()).report).toMatchObject({
      outcome: 'failed',
      exitCode: 78,
      archives: [],
      components: [],
      error: { code: 'BORG_MISSING', message: 'Borg is not installed.', phase: 'preflight' },
    })
  })

  it("takes the worker's own error when the scripts have none", async () => {
    const error = {
      code: 'DB_PASSWORD_WRONG',
      message: 'No.',
      detail: null,
      suggestion: 'Mend it.',
      phase: 'database/connect',
    }
    await finish({
      'exit-code': '1',
      worker: await input('worker.json', JSON.stringify({ status: 'failed', error })),
    })
    expect((await writtenReport()).report.error).toEqual(error)
  })

  it('says at least which step ended how when nobody left a word, as after SIGKILL', async () => {
    await finish({ 'exit-code': '137', phase: 'worker', worker: await input('worker.json', '') })
    const { report } = await writtenReport()
    expect(report.error?.message).toBe('The step "worker" ended with exit code 137.')
    expect(report.findings).toEqual([])
  })

  it.each([
    ['3', 'degraded'],
    ['130', 'interrupted'],
    ['143', 'interrupted'],
    ['99', 'failed'],
  ])('calls exit code %s %s', async (code, outcome) => {
    await finish({ 'exit-code': code })
    expect((await writtenReport()).report.outcome).toBe(outcome)
  })

  it('calls a run unchanged whose worker found nothing new, and counts it as a success', async () => {
    const result = await finish({
      worker: await input('worker.json', '{"status":"unchanged","activity":"00"}'),
    })
    expect(result.stdout).toContain('nothing changed since the last backup: no archive made')
    expect((await writtenReport()).report).toMatchObject({ outcome: 'unchanged', archive: null })
    expect((await writtenStatus()).lastSuccess.backup?.outcome).toBe('unchanged')
  })

  it('notes an input that it cannot understand and reports the rest', async () => {
    await finish({
      worker: await input('worker.json', '{"components": 3}'),
      borg: await input('borg.json', borgCreate),
    })
    const { report } = await writtenReport()
    expect(report.archives).toHaveLength(1)
    expect(report.findings).toMatchObject([{ kind: 'report-input-unreadable', severity: 'note' }])
  })

  it('masks secrets wherever they turn up', async () => {
    const password = 'canary "pass\\word'
    const result = await finish(
      {
        'exit-code': '1',
        'error-code': 'X',
        'error-message': `It said ${password}`,
        'error-detail': await input(
          'detail',
          `connecting to postgresql://postgres:hunter2@db.example.com with ${password}`,
        ),
      },
      { SUPABASE_DB_PASSWORD: password },
    )
    const text = await readFile(join(state, 'runs', (await writtenReport()).name), 'utf8')
    for (const output of [text, result.stdout, result.stderr]) {
      expect(output).not.toContain('canary')
      expect(output).not.toContain('hunter2')
    }
    expect(text).toContain('*****')
  })

  it('starts a new status when the old one is damaged', async () => {
    await mkdir(state)
    await writeFile(join(state, 'status.json'), '{"schema": 1, "pro')
    await finish({})
    expect((await writtenStatus()).lastSuccess.backup?.runId).toBe('run-1')
  })

  it('says so and still shows the summary when the state directory cannot be written', async () => {
    await writeFile(state, 'a file where the directory should be')
    const result = await finish({})
    expect(result.code).toBe(1)
    expect(result.stdout).toContain('SUCCESS')
    expect(result.stderr).toMatch(/report could not be written to .*The run itself is not affected/)
  })

  it('prints the report on stdout and the summary on stderr with --json', async () => {
    const result = await finish({ json: '' })
    expect(runReportSchema.parse(JSON.parse(result.stdout))).toEqual((await writtenReport()).report)
    expect(result.stderr).toContain('SUCCESS')
  })

  it('names the failure of a component besides that of the run itself, with its remedy', async () => {
    const error = {
      ...{ code: 'DB_PASSWORD_WRONG', message: 'The database refused the password.', detail: null },
      ...{ suggestion: 'Set the right one.', phase: 'database/connect' },
    }
    const part = await input('component-database.json', JSON.stringify({ status: 'failed', error }))
    const locked = {
      'error-code': 'BORG_LOCKED',
      'error-message': 'It stayed locked.',
      'error-phase': 'lock',
    }
    const { stdout } = await finish({ 'exit-code': '75', part, ...locked, 'error-suggestion': 'Wait.' })
    const { report } = await writtenReport()
    expect(report.error).toMatchObject({ code: 'BORG_LOCKED' })
    const message =
      'The database refused the password. — Set the right one. [DB_PASSWORD_WRONG in database/connect]'
    expect(report.findings).toMatchObject([
      { severity: 'degraded', kind: 'component-failed-besides', message },
    ])
    expect(stdout.replace(/\s+/g, ' ')).toContain(message)
  })

  it('refuses flags it does not know, and kinds', async () => {
    expect(await finish({ kind: 'party' })).toMatchObject({ code: 2, stdout: '' })
    expect(await finish({ nonsense: 'x' })).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('after a run, report.ts finish', () => {
  it('tells those who listen, writes the metrics, and hides the addresses it cannot reach', async () => {
    const receiver = await startHttpReceiver()
    const metrics = join(directory, 'metrics')
    await mkdir(metrics)
    const environment = {
      METRICS_DIR: metrics,
      HEALTHCHECKS_URL: `${receiver.url}/check`,
      WEBHOOK_URL: 'http://127.0.0.1:1/secret-path',
      MAIL_TO: 'ops@example.com',
      SENDMAIL: join(directory, 'no-sendmail'),
    }
    const result = await finish({ 'exit-code': '3' }, environment)
    await receiver.stop()
    expect(result.code).toBe(0)
    expect(receiver.received.map(({ path }) => path)).toEqual(['/check/3'])
    expect(await readFile(join(metrics, 'supabase_backup_shop.prom'), 'utf8')).toContain(
      '_last_exit_code{project="shop"} 3',
    )
    expect(result.stderr).toMatch(
      /The webhook notification was not delivered: 127\.0\.0\.1:1 could not be reached/,
    )
    expect(result.stderr).toMatch(/The mail notification was not delivered: .*The run is not affected/)
    expect(result.stderr).not.toContain('secret-path')
  })

  it('carries on when the metrics cannot be written', async () => {
    const result = await finish({}, { METRICS_DIR: join(directory, 'missing') })
    expect(result.code).toBe(0)
    expect(result.stderr).toMatch(/The metrics could not be written: ENOENT/)
  })
})

describe('report.ts start', () => {
  it('tells Healthchecks that a run begins', async () => {
    const receiver = await startHttpReceiver()
    const environment = { ...scriptEnvironment(state), HEALTHCHECKS_URL: `${receiver.url}/check` }
    const runId = '0d5c0f5e-3a51-4b8e-9e36-1f0f8a3d2a11'
    const result = await runReport('start', { kind: 'backup', 'run-id': runId }, environment)
    await receiver.stop()
    expect(result).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(receiver.received.map(({ path }) => path)).toEqual([`/check/start?rid=${runId}`])
  })
})

describe('report.ts prune-plan', () => {
  it('says nothing is pruned until a backup went well, then names what goes, and nothing of another project', async () => {
    const names = ['shop-2020-01-01_03-00-00', 'shop-2020-01-02_03-00-00', 'other-2020-01-01_03-00-00']
    const list = await input('list.json', JSON.stringify({ archives: names.map((name) => ({ name })) }))
    const environment = { ...scriptEnvironment(state), MIN_ARCHIVES: '1' }
    const plan = async () => (await runReport('prune-plan', { 'archive-list': list }, environment)).stdout
    expect(await plan()).toContain('Nothing is pruned: no backup has been reported yet.')
    await finish({ 'exit-code': '3' })
    expect(await plan()).toContain('Nothing is pruned: the last backup was degraded.')
    await finish({ 'exit-code': '0', 'run-id': 'run-2' })
    expect(await plan()).toMatch(
      /^keep {3}shop-2020-01-02.*\nprune {2}shop-2020-01-01.*\n1 archive to prune, 1 to keep\.\n$/,
    )
  })
})
