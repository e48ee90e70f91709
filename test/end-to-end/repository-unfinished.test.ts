import { mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkout } from '../helpers/checkout.ts'
import { makeToolkit, passphrase, type Toolkit } from '../helpers/toolkit.ts'

const programs = join(checkout, 'test/helpers/programs')

let toolkit: Toolkit
beforeEach(async () => {
  toolkit = await makeToolkit()
  await mkdir(join(toolkit.folder, 'bin'))
  await symlink(join(programs, 'borg-stopped.py'), join(toolkit.folder, 'bin/borg'))
})
afterEach(() => toolkit.remove())

/** Starts a first backup, of which `kill -9` leaves a repository without what this step of `borg init` would have written. */
async function killBefore(step: string): Promise<void> {
  const killed = toolkit.startBackup([], {
    PATH: `${join(toolkit.folder, 'bin')}:${process.env['PATH']}`,
    STOP_BEFORE: step,
    STOP_LOCK: join(toolkit.folder, 'home/.local/state/supabase-backup/shop/lock'),
  })
  killed.stdout.resume()
  expect(await killed.ended).toMatchObject({ code: null, signal: 'SIGKILL' })
}

async function failure(): Promise<unknown> {
  const { code } = await toolkit.backup()
  const { error } = await toolkit.report()
  return { code, error: error && typeof error === 'object' && 'code' in error ? error.code : error }
}

describe('a repository whose creation was cut off', () => {
  it.each(['config', 'key', 'commit'])(
    'by kill -9 before its %s was written is created anew by the next run',
    async (step) => {
      await killBefore(step)
      expect(await readdir(toolkit.repository)).toContain('README')
      const { ino } = await stat(toolkit.repository)
      expect((await toolkit.backup(['--check'])).stdout).toMatch(/^WARN +repository .* does not exist yet/m)

      const next = await toolkit.backup()
      expect(next).toMatchObject({ code: 0 })
      expect(next.stderr).toContain('it is created anew')
      expect(JSON.stringify(await toolkit.report())).toContain('borg-key')
      expect(await toolkit.archives()).toHaveLength(1)
      expect((await stat(toolkit.repository)).ino).toBe(ino)
      expect(await toolkit.borg(['check'])).toMatchObject({ code: 0 })
    },
  )

  it('by a passphrase command that failed is created anew', async () => {
    await toolkit.configure({ BORG_PASSPHRASE: undefined, BORG_PASSCOMMAND: 'false' })
    expect(await failure()).toEqual({ code: 78, error: 'BORG_PASSCOMMAND_FAILED' })
    await toolkit.configure({ BORG_PASSPHRASE: undefined, BORG_PASSCOMMAND: `echo ${passphrase}` })
    expect((await toolkit.backup()).code).toBe(0)
    expect(await toolkit.archives()).toHaveLength(1)
  })

  it('is left alone when a file has come into it that Borg does not make', async () => {
    await killBefore('key')
    await writeFile(join(toolkit.repository, 'letter.txt'), 'Dear …')
    expect(await failure()).toEqual({ code: 1, error: 'BORG_REPO_UNFINISHED' })
    expect(await readdir(toolkit.repository)).toEqual(['README', 'config', 'data', 'letter.txt'])
  })

  it('is left alone when a segment in it is larger than an empty manifest', async () => {
    await killBefore('commit')
    await writeFile(join(toolkit.repository, 'data/0/7'), Buffer.alloc(8192))
    expect(await failure()).toEqual({ code: 1, error: 'BORG_REPO_UNFINISHED' })
    expect(await readdir(join(toolkit.repository, 'data/0'))).toContain('7')
  })

  it('is left alone when no run of ours began it', async () => {
    await killBefore('config')
    await rm(join(toolkit.state, 'repositories-begun'))
    expect(await failure()).toEqual({ code: 78, error: 'BORG_REPO_INVALID' })
    expect(await readdir(toolkit.repository)).toContain('README')
  })

  it('is left alone when it was whole once: the loss of a manifest is no beginning', async () => {
    expect(await toolkit.backup()).toMatchObject({ code: 0 })
    await rm(join(toolkit.repository, 'config'))
    expect(await failure()).toEqual({ code: 78, error: 'BORG_REPO_INVALID' })
    expect(await readdir(join(toolkit.repository, 'data/0'))).not.toHaveLength(0)
  })

  it('on another machine is named, with what to delete there', async () => {
    const address = `ssh://borg@backup.example.com${toolkit.repository}`
    await toolkit.configure({ BORG_REPO: address, BORG_RSH: join(programs, 'rsh.sh') })
    await killBefore('key')
    const { code, stderr } = await toolkit.backup()
    expect(code).toBe(1)
    expect(stderr).toContain(address)
    expect(stderr).toMatch(/Delete what is there, on that machine, .*BORG_REPO_UNFINISHED/)

    await rm(toolkit.repository, { recursive: true })
    expect(await toolkit.backup()).toMatchObject({ code: 0 })
  })
})
