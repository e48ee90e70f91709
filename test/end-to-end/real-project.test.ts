import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { checkout } from '../helpers/checkout.ts'
import { runCommand } from '../helpers/command.ts'

let folder: string
let sandbox: Sandbox
let settings: Record<string, string>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-real-'))
  // PostgreSQL runs as a user of its own when the tests run as root.
  await chmod(folder, 0o711)
  await mkdir(join(folder, 'home/runtime'), { recursive: true })
  sandbox = await startSandbox({ directory: join(folder, 'sandbox'), application: 'small' })
  settings = sandbox.environment()
})
afterAll(async () => {
  await sandbox.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Runs backup.sh of the checkout against the sandbox, some settings changed. */
async function backup(args: readonly string[], changes: Record<string, string> = {}) {
  const envFile = join(folder, 'shop.env')
  const lines = Object.entries({ ...settings, ...changes }).map(([name, value]) => `${name}='${value}'\n`)
  await writeFile(envFile, lines.join(''), { mode: 0o600 })
  const env = {
    PATH: process.env['PATH'],
    HOME: join(folder, 'home'),
    XDG_RUNTIME_DIR: join(folder, 'home/runtime'),
  }
  return runCommand(join(checkout, 'backup.sh'), ['--env-file', envFile, ...args], { env })
}

describe('before the first backup', () => {
  it('--check finds everything in order', async () => {
    const { code, stdout } = await backup(['--check'])
    expect(stdout).not.toContain('FAIL')
    expect(stdout).toMatch(/^OK {4}database +PostgreSQL 15/m)
    expect(stdout).toMatch(/^OK {4}storage +3 buckets/m)
    expect(code).toBe(0)
  })

  it('--check names a Storage API that does not answer, without the patience of a night', async () => {
    const { code, stdout } = await backup(['--check'], { SUPABASE_STORAGE_URL: 'http://127.0.0.1:1' })
    expect(stdout).toMatch(/^FAIL {2}storage +.*ECONNREFUSED/m)
    expect(code).toBe(1)
  })

  it('--estimate expects to fetch every object, and after a backup none', async () => {
    const before = JSON.parse((await backup(['--estimate', '--json'])).stdout)
    expect(before.total).toMatchObject({ objects: 40, objectsToFetch: 40, objectsToReuse: 0 })
    expect(await backup([])).toMatchObject({ code: 0 })
    const after = JSON.parse((await backup(['--estimate', '--json'])).stdout)
    expect(after.total).toMatchObject({ objects: 40, objectsToFetch: 0, objectsToReuse: 40 })
    expect((await backup(['--estimate'])).stdout).toMatch(/^total +40 .* 0 +0 B +40 /m)
  })

  it('--estimate lists the objects through the Storage API where no database is configured, and says what it needs', async () => {
    const noDatabase = { SUPABASE_DB_URL: '', SUPABASE_DB_PASSWORD: '' }
    const listed = await backup(['--estimate', '--json', '--only', 'storage'], noDatabase)
    expect(listed.code, listed.stdout + listed.stderr).toBe(0)
    expect(JSON.parse(listed.stdout).total).toMatchObject({ objects: 40, objectsToFetch: 0 })
    expect(JSON.parse(listed.stdout)).not.toHaveProperty('failed')
    const neither = await backup(['--estimate'], { ...noDatabase, SUPABASE_SERVICE_ROLE_KEY: '' })
    expect(neither.code).toBe(78)
    expect(neither.stderr).toContain('neither the database nor Storage is configured')
  })

  it('--estimate tells what it can of a project whose auth service is not there, and names that', async () => {
    const noAuth = { SUPABASE_DB_URL: '', SUPABASE_DB_PASSWORD: '' }
    const listed = await backup(['--estimate', '--json'], noAuth)
    expect(listed.code, listed.stderr).toBe(3)
    expect(JSON.parse(listed.stdout)).toMatchObject({
      total: { objects: 40 },
      failed: { auth: { message: expect.any(String), suggestion: expect.any(String) } },
    })
    const shown = await backup(['--estimate'], noAuth)
    expect(shown.code, shown.stderr).toBe(3)
    expect(shown.stdout).toMatch(/^total +40 /m)
    expect(shown.stderr).toContain('auth cannot be estimated: ')
    const alone = await backup(['--estimate', '--json', '--only', 'auth'], noAuth)
    expect(alone.code).toBe(1)
    expect(JSON.parse(alone.stdout)).toMatchObject({ status: 'failed', exitCode: 1 })
  })
})

describe('a project that cannot be read as configured', () => {
  const changed = (change: (url: URL) => void) => {
    const url = new URL(settings['SUPABASE_DB_URL'] ?? '')
    change(url)
    return { SUPABASE_DB_URL: url.href }
  }

  it.each([
    ['a wrong password', () => changed((url) => (url.password = 'wrong')), 78, 'DB_PASSWORD_WRONG'],
    ['a closed port', () => changed((url) => (url.port = '1')), 1, 'DB_REFUSED'],
    [
      'a host that does not exist',
      () => changed((url) => (url.hostname = 'nohost.invalid')),
      1,
      'DB_HOST_UNKNOWN',
    ],
    ['the transaction pooler', () => changed((url) => (url.port = '6543')), 78, 'DB_TRANSACTION_POOLER'],
    ['the anon key', () => ({ SUPABASE_SERVICE_ROLE_KEY: sandbox.storage.anonKey }), 78, 'KEY_WEAK'],
  ])(
    'by %s ends in one clear paragraph, and keeps what there was',
    async (_what, changes, exitCode, errorCode) => {
      const { code, stderr } = await backup([], changes())
      expect({ code, named: stderr.includes(`[${errorCode} in `) }, stderr).toEqual({
        code: exitCode,
        named: true,
      })
      expect(stderr.match(/^\S+ ERROR .*$/gm), 'told once').toHaveLength(1)
      expect(stderr).not.toMatch(/^\s+at /m)
      expect(stderr, 'before the hours that a dump may take').not.toContain('dumping with')
      const { stdout } = await backup(['--status', '--json'])
      expect(JSON.parse(stdout)).toMatchObject({ project: 'sandbox' })
    },
  )

  it('by another project’s key still has its database backed up, and says that its files are those of before', async () => {
    const { code, stderr } = await backup([], { SUPABASE_SERVICE_ROLE_KEY: 'sb_secret_of_another' })
    expect({ code, named: stderr.includes('STORAGE_KEY_REFUSED') }, stderr).toEqual({ code: 3, named: true })
    expect(stderr).not.toMatch(/^\s+at /m)
    expect(stderr).toContain('dumping with')
  })
})
