import { cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { outcomeSchema, runReportSchema } from '../../src/report/schema.ts'
import { checkout } from '../helpers/checkout.ts'
import { type CommandResult, runCommand } from '../helpers/command.ts'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await makeToolkit()
})
afterEach(() => toolkit.configure({}))
afterAll(() => toolkit.remove())

/** The one document of a command that failed without a run: its code, and that all of it is as promised. */
function failureOf({ code, stdout, stderr }: CommandResult): string | undefined {
  const document = outcomeSchema.strict().parse(JSON.parse(stdout))
  expect(document).toMatchObject({ status: 'failed', exitCode: code })
  expect(document.error?.message).not.toBe('')
  expect(document.error?.suggestion).not.toBe('')
  // People who watch read it as well.
  expect(stderr).toContain(document.error?.message)
  return document.error?.code
}

const verbs = [
  { name: 'backup.sh', verb: (args: string[]) => toolkit.backup(args), args: ['--json'] },
  {
    name: 'backup.sh --status',
    verb: (args: string[]) => toolkit.backup(args),
    args: ['--status', '--json'],
  },
  { name: 'restore.sh --list', verb: (args: string[]) => toolkit.restore(args), args: ['--list', '--json'] },
  {
    name: 'restore.sh --test',
    verb: (args: string[]) => toolkit.restore(args),
    args: ['--test', '-y', '--json'],
  },
  {
    name: 'restore.sh --preview',
    verb: (args: string[]) => toolkit.restore(args),
    args: ['--preview', '--target', 'test', '--json'],
  },
]

describe.each(verbs)('$name --json prints one document', ({ verb, args }) => {
  it('when the configuration is invalid', async () => {
    await toolkit.configure({ BORG_LOCK_WAIT: 'a while' })
    expect(failureOf(await verb(args))).toBe('CONFIG_INVALID_VALUE')
  })

  it('when there is no env file', async () => {
    await rm(toolkit.envFile)
    expect(failureOf(await verb(args))).toBe('ENV_FILE_MISSING')
  })

  it('when a flag is wrong, wherever --json stands', async () => {
    expect(failureOf(await verb(['--no-such-flag', ...args]))).toBe('USAGE')
    expect(failureOf(await verb([...args, '--only', 'nothing']))).toBe('USAGE')
  })
})

describe('with --json', () => {
  it('a run that another one keeps waiting prints its failure', async () => {
    const lock = join(toolkit.folder, 'home/.local/state/supabase-backup/shop/lock')
    await mkdir(join(lock, '..'), { recursive: true })
    await writeFile(lock, `${process.pid} 2026-11-20T00:00:00Z\n`)
    const command = [lock, join(toolkit.folder, 'toolkit/backup.sh'), '--env-file', toolkit.envFile, '--json']
    const held = await runCommand('flock', command, {
      env: {
        PATH: `${process.env['PATH']}`,
        HOME: join(toolkit.folder, 'home'),
        XDG_RUNTIME_DIR: join(toolkit.folder, 'runtime'),
      },
    })
    expect(held.code).toBe(75)
    expect(failureOf(held)).toBe('LOCKED')
  })

  it('a toolkit whose packages are not installed says so', async () => {
    const bare = join(toolkit.folder, 'bare')
    await mkdir(bare)
    for (const name of ['backup.sh', 'package.json']) await cp(join(checkout, name), join(bare, name))
    await symlink(join(checkout, 'src'), join(bare, 'src'))
    const result = await runCommand(join(bare, 'backup.sh'), ['--json'], { env: { PATH: '/usr/bin:/bin' } })
    expect(result.code).toBe(78)
    expect(failureOf(result)).toBe('NODE_PACKAGES_MISSING')
  })

  it('a missing repository fails the list with Borg’s words in the detail', async () => {
    const result = await toolkit.restore(['--list', '--json'])
    expect(failureOf(result)).toBe('BORG_REPO_MISSING')
    expect(JSON.parse(result.stdout).error.detail).toContain('does not exist')
  })

  it('a run that fails after it began prints its report, and nothing else', async () => {
    const { code, stdout } = await toolkit.backup(['--json'], { FIXTURE_BACKUP: 'crash' })
    expect(code).toBe(1)
    expect(runReportSchema.parse(JSON.parse(stdout))).toMatchObject({
      exitCode: 1,
      error: { code: 'WORKER_DIED' },
    })
  })

  it('a run that ONLY_IF leaves out says that it was skipped', async () => {
    await toolkit.configure({ ONLY_IF: 'false' })
    const { code, stdout } = await toolkit.backup(['--json'])
    expect([code, JSON.parse(stdout)]).toEqual([0, { status: 'skipped', exitCode: 0, error: null }])
  })

  it('a command that has nothing to answer but that it was done says that', async () => {
    expect(await toolkit.backup()).toMatchObject({ code: 0 })
    const { stdout } = await toolkit.restore(['--extract', join(toolkit.folder, 'out'), '--json'])
    expect(JSON.parse(stdout)).toEqual({ status: 'success', exitCode: 0, error: null })
  })

  it('several projects are a list, a broken one among them', async () => {
    const projects = join(toolkit.folder, 'home/.config/supabase-backup')
    await mkdir(projects, { recursive: true })
    await cp(toolkit.envFile, join(projects, 'shop.env'))
    await writeFile(join(projects, 'wrong.env'), 'NO_SUCH_VARIABLE=1\n', { mode: 0o600 })
    const script = join(toolkit.folder, 'toolkit/backup.sh')
    const { code, stdout } = await runCommand(script, ['--all', '--json'], {
      env: {
        PATH: `${process.env['PATH']}`,
        HOME: join(toolkit.folder, 'home'),
        XDG_RUNTIME_DIR: join(toolkit.folder, 'runtime'),
      },
    })
    expect(code).toBe(78)
    const [shop, wrong] = z.tuple([runReportSchema, outcomeSchema]).parse(JSON.parse(stdout))
    expect(shop).toMatchObject({ project: 'shop', outcome: 'success' })
    expect(wrong.error?.code).toBe('CONFIG_INVALID')
  })

  it('a command that is stopped says that it was interrupted', async () => {
    const slow = join(toolkit.folder, 'slow')
    await mkdir(slow)
    await writeFile(join(slow, 'borg'), `#!/bin/sh\n>${slow}/asked\nexec sleep 60\n`, { mode: 0o755 })
    const listing = toolkit.startBackup(['--prune-plan', '--json'], {
      PATH: `${slow}:${process.env['PATH']}`,
    })
    await expect.poll(() => readdir(slow), { timeout: 60_000 }).toContain('asked')
    listing.stop()
    const [stdout, { code }] = await Promise.all([text(listing.stdout), listing.ended])
    expect(code).toBe(143)
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'failed',
      exitCode: 143,
      error: { code: 'INTERRUPTED' },
    })
  })
})
