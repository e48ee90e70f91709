import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { checkout } from '../helpers/checkout.ts'
import { type CommandResult, runCommand } from '../helpers/command.ts'
import { startTokenOnlyProject, type TokenOnlyProject } from '../helpers/token-only.ts'
import { watchArguments } from '../helpers/watch-arguments.ts'

const ref = 'abcdefghijklmnopqrst'

let folder: string
let home: string
let sandbox: Sandbox
let project: TokenOnlyProject
let settings: Record<string, string>
let seen: string[]
let serviceRoleKey: string
let check: CommandResult
let backup: CommandResult
let drill: CommandResult
let paused: CommandResult

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-token-'))
  // PostgreSQL runs as a user of its own when the tests run as root.
  await chmod(folder, 0o711)
  home = join(folder, 'home')
  for (const name of ['tmp', 'runtime']) await mkdir(join(home, name), { recursive: true })
  sandbox = await startSandbox({ directory: join(folder, 'sandbox'), application: 'small' })
  const { user, password } = sandbox.postgres.superuser
  project = await startTokenOnlyProject({ ref, superuserUrl: sandbox.postgres.url(user, password) })
  const { SUPABASE_DB_URL: _, SUPABASE_SERVICE_ROLE_KEY: key = '', ...others } = sandbox.environment()
  serviceRoleKey = key
  const { PROJECT_REF, ACCESS_TOKEN, API_URL } = project.settings
  project.state.apiKeys.serviceRole = key
  project.state.auth['site_url'] = 'https://shop.example.com'
  settings = {
    ...others,
    ...{ SUPABASE_PROJECT_REF: PROJECT_REF, SUPABASE_ACCESS_TOKEN: ACCESS_TOKEN, SUPABASE_API_URL: API_URL },
  }
  const envFile = join(folder, 'shop.env')
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'\n`)
  await writeFile(envFile, lines.join(''), { mode: 0o600 })
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    TMPDIR: join(home, 'tmp'),
    XDG_RUNTIME_DIR: join(home, 'runtime'),
  }
  const run = (script: string, ...args: string[]) =>
    runCommand(join(checkout, script), ['--env-file', envFile, ...args], { env })
  const watch = watchArguments()
  check = await run('backup.sh', '--check')
  backup = await run('backup.sh', '--verbose')
  drill = await run('restore.sh', '--test', '-y', '--verbose')
  project.state.status = 'INACTIVE'
  paused = await run('backup.sh')
  seen = watch.stop()
})
afterAll(async () => {
  await project?.stop()
  await sandbox?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('a project of which only an access token is known', () => {
  it('is found awake by --check, and its database reached through the pooler', () => {
    expect(check.stdout).toMatch(/^OK {4}management api +The access token is good; the project shop /m)
    expect(check.stdout).toMatch(
      new RegExp(`^OK {4}database +PostgreSQL 15\\S* at ${project.pooler.host}:5432 as postgres`, 'm'),
    )
    expect(check.code).toBe(0)
  })

  it('is backed up and drilled, its settings too', async () => {
    expect(backup, backup.stderr).toMatchObject({ code: 0 })
    expect(drill, drill.stderr).toMatchObject({ code: 0 })
    const local = settings['LOCAL_BACKUP_DIR'] ?? ''
    expect(JSON.parse(await readFile(join(local, 'settings/auth.json'), 'utf8'))).toMatchObject({
      site_url: 'https://shop.example.com',
    })
    expect(await readFile(join(local, 'RECOVERY.md'), 'utf8')).toMatch(/^## \d\. The settings$/m)
    expect(check.stdout).toMatch(/^OK {4}settings +(\d+) routes of \1 can be read$/m)
    expect(JSON.parse(await readFile(join(local, 'manifest.json'), 'utf8')).components).toContainEqual(
      expect.objectContaining({ component: 'storage', status: 'complete' }),
    )
    expect(drill.stderr).toMatch(/restore\/settings: set \d+ settings? of auth/)
    expect(new Set(project.pooler.users)).toEqual(new Set([`cli_login_postgres.${ref}`]))
  })

  it('is named when it is paused, as a failure of the run', () => {
    expect(paused.code).toBe(1)
    expect(paused.stderr).toContain('PROJECT_PAUSED')
  })

  it('has its token and the passwords made by it nowhere but in memory and the password file', async () => {
    const secrets = [project.token, ...project.passwords, serviceRoleKey]
    expect(project.passwords.length).toBeGreaterThan(1)
    const holds = (text: string) => secrets.some((secret) => text.includes(secret))
    expect(seen.some((line) => line.includes('pg_dump'))).toBe(true)
    expect(seen.filter(holds)).toEqual([])
    for (const { stdout, stderr } of [check, backup, drill, paused])
      expect(holds(stdout + stderr)).toBe(false)
    for (const directory of [home, settings['LOCAL_BACKUP_DIR'] ?? '', settings['BORG_REPO'] ?? ''])
      for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }))
        if (entry.isFile()) {
          const path = join(entry.parentPath, entry.name)
          expect(holds(await readFile(path, 'latin1')), path).toBe(false)
        }
    expect((await readdir(home, { recursive: true })).filter((name) => name.includes('pgpass'))).toEqual([])
  })

  it('has no password expired for others', () => {
    expect(project.api.requests.filter((request) => request.startsWith('DELETE'))).toEqual([])
  })
})
