import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { runReportSchema } from '../../src/report/schema.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { openWorkspace, type Workspace } from '../../src/sandbox/workspace.ts'
import { runCommand } from '../helpers/command.ts'
import { startTmux, type TmuxSession } from '../helpers/tmux.ts'

let folder: string
let workspace: Workspace
let target: Sandbox
let session: TmuxSession | undefined
const environment = () => ({ PATH: process.env['PATH'] ?? '', HOME: folder, ...workspace.places })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'restore-interactive-'))
  // The servers run as another user.
  await chmod(folder, 0o711)
  for (const name of ['source', 'target']) await mkdir(join(folder, name), { mode: 0o711 })
  workspace = await openWorkspace(join(folder, 'source'), { application: 'small' })
  target = await startSandbox({ directory: join(folder, 'target'), application: false })
  const { code, stderr } = await runCommand('./backup.sh', ['--env-file', workspace.envFile], {
    env: environment(),
  })
  expect(code, stderr).toBe(0)
})
afterEach(async () => {
  await session?.stop()
  session = undefined
})
afterAll(async () => {
  await target?.stop()
  await workspace?.sandbox.stop()
  await rm(folder, { recursive: true, force: true })
})

async function rowsOf(databaseUrl: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const { rows } = await client.query(sql)
  await client.end()
  return rows
}

const users = 'select id, email from auth.users order by id'
const objects = 'select bucket_id, name from storage.objects order by 1, 2'

async function restoreReports() {
  const runs = join(workspace.places['XDG_STATE_HOME'] ?? '', 'supabase-backup/sandbox/runs')
  const names = (await readdir(runs)).filter((name) => name.includes('-restore-'))
  const texts = await Promise.all(names.map((name) => readFile(join(runs, name), 'utf8')))
  return texts.map((text) => runReportSchema.parse(JSON.parse(text)))
}

async function start(...flags: string[]): Promise<TmuxSession> {
  session = await startTmux({
    command: ['./restore.sh', '--env-file', workspace.envFile, ...flags].join(' '),
    env: environment(),
    columns: 120,
    rows: 40,
  })
  return session
}

/** Answers every question up to the confirmation. */
async function answerQuestions(terminal: TmuxSession): Promise<string> {
  await terminal.waitFor('Restore what?')
  await terminal.type('sandbox-')
  await terminal.waitFor(/❯ sandbox-/)
  await terminal.press('Enter')
  await terminal.waitFor('Which components?')
  await terminal.press('Enter')
  await terminal.waitFor('Restore to which project?')
  await terminal.press('Enter')
  const { SUPABASE_URL = '', SUPABASE_DB_URL = '', SUPABASE_SERVICE_ROLE_KEY = '' } = target.environment()
  for (const [question, reply] of [
    ['API address', SUPABASE_URL],
    ['Connection string', SUPABASE_DB_URL],
    ['service_role key', SUPABASE_SERVICE_ROLE_KEY],
  ] as const) {
    await terminal.waitFor(question)
    await terminal.type(reply)
    await terminal.press('Enter')
  }
  return await terminal.waitFor(/Type \S+ to restore over it/)
}

describe('restore.sh at a terminal', () => {
  it('asks nothing with --yes, but names the flag that is missing, with exit code 2', async () => {
    const terminal = await start('--yes')
    const end = await terminal.waitFor('exit code 2')
    // The screen breaks lines within words.
    expect(end.replaceAll('\n', '')).toContain('--yes says to ask nothing: --archive is not given')
    expect(end).not.toContain('Restore what?')
  })

  it('leaves the target as it was on Ctrl-C at the confirmation, with exit code 130', async () => {
    const before = await rowsOf(target.databaseUrl, users)
    const terminal = await start()
    const preview = await answerQuestions(terminal)
    expect(preview).toMatch(/Storage: made equal; 0 objects are so already/)
    expect(preview).toMatch(/To send: \d+ objects/)
    await terminal.press('C-c')
    await terminal.waitFor('exit code 130')
    expect(await rowsOf(target.databaseUrl, users)).toEqual(before)
    expect(await rowsOf(target.databaseUrl, objects)).toEqual([])
  })

  it('restores and proves what was picked when the reference is typed in full, and shows no secret', async () => {
    const terminal = await start()
    const preview = await answerQuestions(terminal)
    const reference = /Type (\S+) to restore over it/.exec(preview)?.[1] ?? ''
    await terminal.type(reference)
    await terminal.press('Enter')
    // The last line of the summary, which follows the report.
    const end = await terminal.waitFor(/^ +Report +\//m)
    expect(end).toContain('exit code 0')
    expect(await rowsOf(target.databaseUrl, users)).toEqual(
      await rowsOf(workspace.sandbox.databaseUrl, users),
    )
    expect(await rowsOf(target.databaseUrl, objects)).toEqual(
      await rowsOf(workspace.sandbox.databaseUrl, objects),
    )
    const report = (await restoreReports()).find(({ outcome }) => outcome === 'success')
    expect(report).toMatchObject({ kind: 'restore', target: reference, verification: { ok: true } })
    const { password } = new URL(target.environment()['SUPABASE_DB_URL'] ?? '')
    for (const text of [preview, end, JSON.stringify(report)]) expect(text).not.toContain(password)
  })
}, 240_000)
