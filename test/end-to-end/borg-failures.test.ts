import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startProgram } from '../../src/common/process.ts'
import { makeToolkit, passphrase, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await makeToolkit()
  expect(await toolkit.backup()).toMatchObject({ code: 0 })
})
afterEach(() => toolkit.configure({}))
afterAll(() => toolkit.remove())

/** Runs a backup that is to fail, and returns its exit code and its error's code. */
async function failure(env: Record<string, string> = {}): Promise<{ code: number | null; error: unknown }> {
  const archives = await toolkit.archives()
  const { code, stderr } = await toolkit.backup([], env)
  expect(stderr).not.toMatch(/Traceback|^\s+at |could not be written/m)
  // The workers that it stops are no news.
  expect(stderr).not.toContain('INTERRUPTED')
  expect(await toolkit.archives()).toEqual(archives)
  const { error } = await toolkit.report()
  return { code, error: error && typeof error === 'object' && 'code' in error ? error.code : error }
}

describe('a Borg repository', () => {
  it('with another passphrase is not opened', async () => {
    await toolkit.configure({ BORG_PASSPHRASE: 'not the passphrase' })
    expect(await failure()).toEqual({ code: 78, error: 'BORG_PASSPHRASE_WRONG' })
  })

  it('whose passphrase is given by a command that fails is not opened', async () => {
    await toolkit.configure({ BORG_PASSPHRASE: undefined, BORG_PASSCOMMAND: 'false' })
    expect(await failure()).toEqual({ code: 78, error: 'BORG_PASSCOMMAND_FAILED' })
  })

  it('opens by a command that prints the passphrase', async () => {
    await toolkit.configure({ BORG_PASSPHRASE: undefined, BORG_PASSCOMMAND: `echo ${passphrase}` })
    expect((await toolkit.backup()).code).toBe(0)
  })

  it('without a passphrase is refused before anything else, and not made unencrypted', async () => {
    await toolkit.configure({ BORG_PASSPHRASE: undefined, BORG_REPO: join(toolkit.folder, 'other.borg') })
    const { code, stderr } = await toolkit.backup()
    expect(code).toBe(78)
    expect(stderr).toContain('BORG_ENCRYPTION=none')
    expect(await readdir(toolkit.folder)).not.toContain('other.borg')
  })

  it('that somebody else keeps locked is waited for, then left locked', async () => {
    const holder = startProgram({
      program: 'borg',
      args: ['with-lock', toolkit.repository, 'sleep', '3600'],
      env: { PATH: process.env['PATH'], HOME: join(toolkit.folder, 'home'), BORG_PASSPHRASE: passphrase },
      phase: 'test',
    })
    holder.stdout.resume()
    await expect.poll(() => readdir(toolkit.repository), { timeout: 60_000 }).toContain('lock.exclusive')
    const { code, stderr } = await toolkit.backup()
    expect(code).toBe(1)
    expect(stderr).toContain('borg break-lock')
    expect(await readdir(toolkit.repository)).toContain('lock.exclusive')
    holder.stop()
    await holder.ended
  })

  it('that was there and is not any more is not made anew: its disk may not be mounted', async () => {
    await rename(toolkit.repository, `${toolkit.repository}.away`)
    const { code, stderr } = await toolkit.backup()
    expect(code).toBe(1)
    expect(stderr).toContain('Check that its disk is mounted')
    expect(await readdir(toolkit.folder)).not.toContain('shop.borg')
    await rename(`${toolkit.repository}.away`, toolkit.repository)
  })

  it('that was moved needs the operator’s word, which Borg is not given for them', async () => {
    const moved = join(toolkit.folder, 'moved.borg')
    await rename(toolkit.repository, moved)
    await toolkit.configure({ BORG_REPO: moved })
    const { code, stderr } = await toolkit.backup([], { BORG_RELOCATED_REPO_ACCESS_IS_OK: 'yes' })
    expect(code).toBe(78)
    expect(stderr).toContain('BORG_ASKS')
    await rename(moved, toolkit.repository)
  })

  it('that is no repository is refused', async () => {
    const other = join(toolkit.folder, 'letters')
    await mkdir(other)
    await writeFile(join(other, 'letter.txt'), 'Dear …')
    await toolkit.configure({ BORG_REPO: other })
    expect(await failure()).toEqual({ code: 78, error: 'BORG_REPO_INVALID' })
  })

  it('in clear is refused unless BORG_ENCRYPTION=none says that this is wanted', async () => {
    const clear = join(toolkit.folder, 'clear.borg')
    const settings = { BORG_REPO: clear, BORG_PASSPHRASE: undefined, BORG_ENCRYPTION: 'none' }
    await toolkit.configure(settings)
    expect((await toolkit.backup()).code).toBe(0)
    await toolkit.configure({ BORG_REPO: clear })
    expect(await failure()).toEqual({ code: 78, error: 'BORG_REPO_UNENCRYPTED' })
  })

  it('that has reached its quota is named as such', async () => {
    expect(await toolkit.borg(['config', toolkit.repository, 'storage_quota', '10M'])).toMatchObject({
      code: 0,
    })
    expect(await failure({ FIXTURE_BACKUP: 'large' })).toEqual({ code: 1, error: 'BORG_QUOTA' })
    await toolkit.borg(['config', '--delete', toolkit.repository, 'storage_quota'])
    expect((await toolkit.backup()).code).toBe(0)
  })

  it('that takes too long is given up', async () => {
    const slow = join(toolkit.folder, 'slow')
    await mkdir(slow)
    await writeFile(join(slow, 'borg'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 })
    await toolkit.configure({ COMMAND_TIMEOUT_SEC: '1' })
    expect(await failure({ PATH: `${slow}:${process.env['PATH']}` })).toEqual({
      code: 1,
      error: 'BORG_TIMEOUT',
    })
  })

  it('whose machine stops answering is given up as well, with what finds that out, and nothing of ssh is left', async () => {
    const hung = join(toolkit.folder, 'hung')
    await writeFile(hung, '#!/bin/sh\necho $$ >>"$0.pids"\nexec sleep 3600\n', { mode: 0o755 })
    await toolkit.configure({
      BORG_REPO: `ssh://borg@backup.example.com${toolkit.repository}`,
      BORG_RSH: hung,
      COMMAND_TIMEOUT_SEC: '5',
    })
    const { code, stderr } = await toolkit.backup()
    expect([code, stderr]).toEqual([1, expect.stringContaining('[BORG_TIMEOUT in')])
    expect(stderr).toContain(`${hung} borg@backup.example.com borg --version`)
    expect(stderr).toContain('ServerAliveInterval')
    expect(stderr).not.toMatch(/Exception|AssertionError/)
    // On a busy machine Borg may not have come to start it.
    const pids = (await readFile(`${hung}.pids`, 'utf8').catch(() => '')).split('\n').filter(Boolean)
    expect(pids.length).toBeLessThan(2)
    const state = (pid: string) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ' Z ')
    for (const pid of pids) await expect.poll(() => state(pid), { timeout: 60_000 }).toContain(' Z ')
  })

  it('needs a borg on PATH', async () => {
    const programs = join(toolkit.folder, 'programs')
    await mkdir(programs)
    for (const directory of ['/bin', '/usr/bin'])
      for (const name of await readdir(directory))
        if (!name.startsWith('borg'))
          await symlink(join(directory, name), join(programs, name)).catch(() => {})
    expect(await failure({ PATH: programs })).toEqual({ code: 78, error: 'BORG_MISSING' })
  })
})
