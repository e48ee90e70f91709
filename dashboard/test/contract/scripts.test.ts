import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTRPCClient, httpBatchLink } from '@trpc/client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openWorkspace, type Workspace } from '../../../src/sandbox/workspace.ts'
import type { AppRouter } from '../../src/server/trpc/router.ts'
import { type RunningDashboard, runCommand, startDashboard } from '../helpers/server.ts'

let folder: string
let workspace: Workspace
let lab: { directory: string; environment: Record<string, string> }
let token: string
let board: RunningDashboard
let settings: string
/** While it is there, a run waits in its first hook. */
let gate: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dashboard-contract-'))
  workspace = await openWorkspace(folder, { application: 'small' })
  const configuration = join(`${workspace.places['XDG_CONFIG_HOME']}`, 'supabase-backup')
  gate = join(folder, 'gate')
  await mkdir(join(configuration, 'hooks.d/before-backup'), { recursive: true })
  const hook = join(configuration, 'hooks.d/before-backup/10-wait')
  await writeFile(hook, `#!/bin/sh\nwhile [ -e '${gate}' ]; do sleep 0.1; done\n`)
  await chmod(hook, 0o700)
  settings = await readFile(workspace.envFile, 'utf8')
  await writeFile(join(configuration, 'sandbox.env'), settings, { mode: 0o600 })
  lab = {
    directory: join(folder, 'dashboard'),
    environment: { PATH: `${process.env['PATH']}`, HOME: join(folder, 'home'), ...workspace.places },
  }
  const made = await runCommand(lab, [
    'token',
    'create',
    '--name',
    'tests',
    '--role',
    'operator',
    '--expires',
    '1d',
  ])
  token = made.output.trim()
})
afterAll(async () => {
  await workspace.sandbox.stop()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  board = await startDashboard(lab)
})
afterEach(async () => {
  await rm(gate, { force: true })
  await board.stop()
})

function client() {
  const headers = { authorization: `Bearer ${token}` }
  return createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: `${board.url}/api/trpc`, headers })] })
}

const get = (runId: string) => client().runs.get.query({ projectId: 'sandbox', runId })

const shown = () => client().projects.get.query({ projectId: 'sandbox' })

/** Only against what hangs. */
const patience = { timeout: 600_000 }

/** Looks at a run until it is as wanted. */
async function until(runId: string, wanted: readonly string[]) {
  for (;;) {
    const run = await get(runId)
    if (wanted.includes(run.state)) return run
    await sleep(200)
  }
}

/** @returns the id of a backup that waits in its first hook */
async function startHeldBackup(): Promise<string> {
  await writeFile(gate, '')
  const { runId } = await client().runs.start.mutate({
    projectId: 'sandbox',
    options: { kind: 'backup', only: ['database'] },
  })
  await until(runId, ['running'])
  return runId
}

describe('the dashboard', () => {
  test('starts a backup by the script, tells how far it is, and shows its report', async () => {
    await writeFile(gate, '')
    const { runId } = await client().runs.start.mutate({ projectId: 'sandbox', options: { kind: 'backup' } })
    const live = await until(runId, ['running'])
    expect(live).toMatchObject({ startedBy: 'token tests', kind: 'backup' })
    const second = await client().runs.start.mutate({ projectId: 'sandbox', options: { kind: 'backup' } })
    expect(await get(second.runId)).toMatchObject({ state: 'queued', queued: { waitsFor: 'project' } })
    await client().runs.cancel.mutate({ projectId: 'sandbox', runId: second.runId })
    await rm(gate)
    const run = await until(runId, ['ended'])
    expect(run.summary).toMatchObject({ outcome: 'success', kind: 'backup' })
    expect(run.report?.components.map(({ component }) => component)).toContain('database')
    expect((await client().runs.log.query({ projectId: 'sandbox', runId }))?.text).toContain(runId)
    // The script writes its report first and then the status, which is there at the next look.
    await expect.poll(shown, patience).toMatchObject({ id: 'sandbox', archives: 1, running: null })
    expect((await shown()).nights.at(-1)).toBe('success')
  })

  test('cancels a run, which tidies up and says so', async () => {
    const runId = await startHeldBackup()
    await client().runs.cancel.mutate({ projectId: 'sandbox', runId })
    const run = await until(runId, ['ended'])
    expect(run).toMatchObject({ cancelledBy: 'token tests', summary: { outcome: 'interrupted' } })
    expect(
      await readdir(join(`${workspace.places['XDG_STATE_HOME']}`, 'supabase-backup/sandbox')),
    ).not.toContain('run')
  })

  test('that is killed ends no run: the next one finds it, and knows who had started it', async () => {
    const runId = await startHeldBackup()
    await board.stop('SIGKILL')
    board = await startDashboard(lab)
    expect(await get(runId)).toMatchObject({ state: 'running', startedBy: 'token tests' })
    await rm(gate)
    expect(await until(runId, ['ended'])).toMatchObject({
      startedBy: 'token tests',
      launch: { state: 'ended' },
      summary: { outcome: 'success' },
    })
  })

  test('drills the newest archive, and shows the proof', async () => {
    const { runId } = await client().runs.start.mutate({ projectId: 'sandbox', options: { kind: 'drill' } })
    const run = await until(runId, ['ended'])
    expect(run).toMatchObject({ kind: 'drill', report: { outcome: 'success', verification: { ok: true } } })
    await expect.poll(async () => (await shown()).lastProof, patience).not.toBeNull()
  })

  test('shows why a run never began, in the toolkit’s words', async () => {
    const file = join(`${workspace.places['XDG_CONFIG_HOME']}`, 'supabase-backup/sandbox.env')
    await writeFile(file, settings.replace(/^BORG_PASSPHRASE=.*$/m, ''), { mode: 0o600 })
    const { runId } = await client().runs.start.mutate({ projectId: 'sandbox', options: { kind: 'backup' } })
    const run = await until(runId, ['refused', 'ended'])
    expect(run).toMatchObject({
      state: 'refused',
      launch: { problem: { suggestion: expect.stringMatching(/\w/) } },
    })
    await writeFile(file, settings, { mode: 0o600 })
  })

  test('keeps no secret of a project, in no file and no answer', async () => {
    const secrets = [...settings.matchAll(/^(?:BORG_PASSPHRASE|SUPABASE_SERVICE_ROLE_KEY)='(.*)'$/gm)].map(
      ([, value]) => `${value}`,
    )
    expect(secrets).toHaveLength(2)
    const files = await Promise.all(
      (await readdir(lab.directory)).map((name) => readFile(join(lab.directory, name), 'latin1')),
    )
    const answers = [
      await client().projects.list.query(),
      await client().projects.get.query({ projectId: 'sandbox' }),
    ]
    const runs = await client().runs.list.query({ projectId: 'sandbox' })
    for (const { runId } of runs.rows) answers.push(JSON.parse(JSON.stringify(await get(runId))))
    const everything = [...files, JSON.stringify(answers), board.output()].join('\n')
    for (const secret of [...secrets, token]) expect(everything.includes(secret)).toBe(false)
    expect(everything).toContain('sandbox')
  })
})
