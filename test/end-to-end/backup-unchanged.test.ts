import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunReport, runReportSchema } from '../../src/report/schema.ts'
import { openWorkspace, type Workspace } from '../../src/sandbox/workspace.ts'
import { runCommand } from '../helpers/command.ts'

let folder: string
let workspace: Workspace
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backup-unchanged-'))
  workspace = await openWorkspace(folder, { application: false })
})
afterAll(async () => {
  await workspace.sandbox.stop()
  await rm(folder, { recursive: true, force: true })
})

async function backup(): Promise<RunReport> {
  const env = { PATH: process.env['PATH'], HOME: folder, ...workspace.places, SKIP_IF_UNCHANGED: 'true' }
  const { code, stdout, stderr } = await runCommand(
    './backup.sh',
    ['--env-file', workspace.envFile, '--json'],
    { env },
  )
  expect(code, stderr).toBe(0)
  return runReportSchema.parse(JSON.parse(stdout))
}

async function change(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: workspace.sandbox.databaseUrl })
  await client.connect()
  await client.query(sql)
  await client.end()
}

/** The server publishes a session's counters in its own time, within ten seconds of what it did. */
async function backupUntil(outcome: RunReport['outcome']): Promise<RunReport> {
  for (let tries = 1; ; tries += 1) {
    const report = await backup()
    if (report.outcome === outcome || tries === 10) return report
  }
}

it('With SKIP_IF_UNCHANGED a run makes no archive while nothing changes, and one as soon as something does', async () => {
  const first = await backup()
  expect(first).toMatchObject({ outcome: 'success', archive: expect.any(String) })
  const skipped = await backupUntil('unchanged')
  expect(skipped).toMatchObject({ outcome: 'unchanged', archive: null, archives: [], components: [] })
  expect((await readdir(folder)).filter((name) => name.startsWith('local'))).toEqual(['local'])

  await change('create table public.notes (id int primary key)')
  const second = await backupUntil('success')
  expect(second).toMatchObject({ outcome: 'success', archive: expect.any(String) })
})
