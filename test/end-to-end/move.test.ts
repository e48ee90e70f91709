import { readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allFindings, runReportSchema } from '../../src/report/schema.ts'
import type { SandboxApi } from '../../src/sandbox/project-api.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { openWorkspace, type Workspace } from '../../src/sandbox/workspace.ts'
import type { ProjectState } from '../../src/standin/management-api/project-state.ts'
import { checkout } from '../helpers/checkout.ts'
import { prepareClients17 } from '../helpers/clients-17.ts'
import { runCommand } from '../helpers/command.ts'
import { query } from '../helpers/database.ts'

let folder: string
let old: Workspace
let next: Sandbox
let hosted: ProjectState
const reference = 'newshopnewshopnewsho'

function managementOf({ management }: Sandbox): SandboxApi {
  if (management === undefined) throw new Error('The project has no Management API.')
  return management
}

/** Runs a script for one of the two projects. */
async function run(script: string, project: 'shop' | 'newshop', ...args: string[]) {
  const env = { PATH: `${process.env['PATH']}`, HOME: folder, ...old.places }
  return runCommand(join(checkout, script), ['--project', project, ...args], { env })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'move-'))
  // The servers run as another user.
  await chmod(folder, 0o711)
  old = await openWorkspace(folder, { application: 'small', major: 15, management: true })
  next = await startSandbox({
    ...{ directory: join(folder, 'new'), application: false, major: 17, management: true },
  })
  hosted = await managementOf(next).api.add({ ref: reference })
  const { binDirectory } = await prepareClients17()
  const configuration = join(`${old.places['XDG_CONFIG_HOME']}`, 'supabase-backup')
  await mkdir(configuration)
  for (const [name, { environment }] of Object.entries({ shop: old.sandbox, newshop: next })) {
    const values = { ...environment(), PROJECT_NAME: name, PG_BIN_DIR: binDirectory }
    if (name === 'newshop') Object.assign(values, { SUPABASE_PROJECT_REF: reference })
    const lines = Object.entries(values).map(([key, value]) => `${key}='${value}'\n`)
    await writeFile(join(configuration, `${name}.env`), lines.join(''), { mode: 0o600 })
  }
})
afterAll(async () => {
  await next?.stop()
  await old?.sandbox.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('a project', () => {
  const contents = `select (select count(*)::int from public.tasks) as tasks, (select count(*)::int from auth.users) as users,
    (select count(*)::int from storage.objects) as objects, (select max(encrypted_password) from auth.users) as password`

  const page = readFileSync(join(checkout, 'docs/how-to/move.md'), 'utf8')
  const [, cutOver = ''] = /```sql\n(.*?)```/s.exec(page) ?? []

  test('moves to a new one of a newer PostgreSQL with all it has, its functions and settings too, and is backed up and drilled there', async () => {
    for (const statement of cutOver.split(';').slice(0, -1)) await query(old.sandbox.databaseUrl, statement)
    await expect(query(old.sandbox.databaseUrl, 'delete from public.tasks')).rejects.toThrow(/read-only/)
    const before = await query(old.sandbox.databaseUrl, contents)
    const untouched = hosted.auth['site_url']
    const backedUp = await run('backup.sh', 'shop', '--quiet')
    expect(backedUp.code, backedUp.stderr).toBe(0)
    const moved = await run(
      ...(['restore.sh', 'shop', '--archive', 'latest', '--target', 'newshop'] as const),
      ...['--confirm', reference, '--yes', '--arm', '--json'],
    )
    expect(moved.code, moved.stderr).toBe(0)
    const report = runReportSchema.parse(JSON.parse(moved.stdout))
    expect(report.verification).toMatchObject({ ok: true, differences: [] })
    expect(allFindings(report).map(({ kind }) => kind)).toContain('left-writable')
    expect(await query(next.databaseUrl, contents)).toEqual(before)
    expect(report.components.map(({ component }) => component)).toEqual(
      expect.arrayContaining(['database', 'storage', 'functions', 'settings']),
    )
    const { project: origin } = managementOf(old.sandbox)
    expect(origin.functions.size).toBeGreaterThan(0)
    for (const [slug, { files, verifyJwt }] of origin.functions)
      expect(hosted.functions.get(slug), slug).toMatchObject({ files, verifyJwt })
    expect(hosted.auth['site_url']).toBe(origin.auth['site_url'])
    expect(hosted.auth['site_url']).not.toBe(untouched)
    // What the platform does not give out is left to people, by name.
    expect(allFindings(report).find(({ kind }) => kind === 'secrets-unset')?.names).toEqual([
      ...origin.secrets.keys(),
    ])
    await query(next.databaseUrl, 'update public.tasks set title = title')

    const there = await run('backup.sh', 'newshop', '--quiet')
    expect(there.code, there.stderr).toBe(0)
    const drilled = await run('restore.sh', 'newshop', '--test', '-y', '--json')
    expect(drilled.code, drilled.stderr).toBe(0)
    expect(runReportSchema.parse(JSON.parse(drilled.stdout)).verification).toMatchObject({ ok: true })
  })
})
