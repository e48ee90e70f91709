import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { checkout } from '../helpers/checkout.ts'
import { type CommandResult, runCommand } from '../helpers/command.ts'
import { watchArguments } from '../helpers/watch-arguments.ts'

let folder: string
let home: string
let sandbox: Sandbox
let settings: Record<string, string>
let secrets: string[]
let seen: string[]
const results: CommandResult[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-canary-'))
  // PostgreSQL runs as a user of its own when the tests run as root.
  await chmod(folder, 0o711)
  home = join(folder, 'home')
  await mkdir(join(home, 'tmp'), { recursive: true })
  sandbox = await startSandbox({ directory: join(folder, 'sandbox'), application: 'small' })
  settings = sandbox.environment()
  const password = decodeURIComponent(new URL(settings['SUPABASE_DB_URL'] ?? '').password)
  secrets = [password, settings['SUPABASE_SERVICE_ROLE_KEY'] ?? '', settings['BORG_PASSPHRASE'] ?? '']
  const envFile = join(folder, 'shop.env')
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'\n`)
  await writeFile(envFile, lines.join(''), { mode: 0o600 })
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    TMPDIR: join(home, 'tmp'),
    XDG_RUNTIME_DIR: join(home, 'runtime'),
  }
  await mkdir(env.XDG_RUNTIME_DIR)
  const run = async (script: string, ...args: string[]) =>
    results.push(await runCommand(join(checkout, script), ['--env-file', envFile, ...args], { env }))
  const watch = watchArguments()
  await run('backup.sh', '--verbose')
  await run('restore.sh', '--test', '-y', '--verbose')
  await run('backup.sh', '--check')
  await run('backup.sh', '--config', '--json')
  // One that fails, and says why.
  await writeFile(envFile, lines.join('').replace(password, `${password}-wrong`))
  await run('backup.sh', '--verbose')
  seen = watch.stop()
})
afterAll(async () => {
  await sandbox.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Every file below a folder, as text. */
async function* texts(directory: string): AsyncGenerator<{ path: string; text: string }> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    yield { path, text: await readFile(path, 'latin1') }
  }
}

/** The files below a folder that hold one of the words. */
async function holding(directory: string, words: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for await (const { path, text } of texts(directory))
    if (words.some((word) => text.includes(word))) found.push(path)
  return found
}

describe('passwords, keys and passphrases', () => {
  it('were used: the backup and the drill succeeded, the backup with a wrong password did not', () => {
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0, expect.any(Number)])
    expect(results.at(-1)?.code).not.toBe(0)
    expect(secrets.every((secret) => secret.length >= 12)).toBe(true)
  })

  it('stand in no command line of any program', async () => {
    for (const program of [/pg_dump/, /borg create/, /\/backup\.[jt]s/, /\/restore\.[jt]s/])
      expect(
        seen.some((line) => program.test(line)),
        program.source,
      ).toBe(true)
    expect(seen.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([])
  })

  it('would have been seen there', async () => {
    const watch = watchArguments()
    const [secret = ''] = secrets
    const careless = spawn('sh', ['-c', 'sleep 600; :', secret], { stdio: 'ignore', detached: true })
    while (!watch.seen().some((line) => line.includes(secret))) await sleep(10)
    watch.stop()
    if (careless.pid !== undefined) process.kill(-careless.pid)
  })

  it('stand in no output, log, report, state or temporary file', async () => {
    for (const { stdout, stderr } of results)
      for (const secret of secrets) expect((stdout + stderr).includes(secret)).toBe(false)
    const state = join(home, '.local/state')
    expect((await readdir(state, { recursive: true })).some((name) => name.endsWith('.log'))).toBe(true)
    expect(await holding(home, secrets)).toEqual([])
  })

  it('stand in no file of the backup itself', async () => {
    expect(await holding(settings['LOCAL_BACKUP_DIR'] ?? '', secrets)).toEqual([])
  })
})

it('nothing of the project can be read in the Borg repository', async () => {
  const users = await holding(settings['LOCAL_BACKUP_DIR'] ?? '', ['@example.com'])
  expect(users.length).toBeGreaterThan(0)
  expect(await holding(settings['BORG_REPO'] ?? '', ['@example.com', 'PGDMP', ...secrets])).toEqual([])
})
