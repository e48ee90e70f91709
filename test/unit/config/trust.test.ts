import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BackupError } from '../../../src/common/errors.ts'
import { loadProject } from '../../../src/config/load.ts'
import { runCommand } from '../../helpers/command.ts'
import { unless } from '../../helpers/skipped.ts'

const isRoot = process.getuid?.() === 0
const other = 4321

let folder: string
let envFile: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trust-'))
  await mkdir(join(folder, 'conf'), { mode: 0o755 })
  envFile = join(folder, 'conf/shop.env')
  await write(envFile, '', 0o600)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** With just this mode, whatever the umask. */
async function write(path: string, content: string, mode: number): Promise<void> {
  await writeFile(path, content)
  await chmod(path, mode)
}

const load = (environment: Record<string, string> = {}, reading = false) =>
  loadProject({ envFile, environment: { HOME: folder, ...environment }, needed: [], reading })

/** What is refused, and the remedy after "run:", which is then typed; it is well afterwards. */
async function expectMended(path: string, environment: Record<string, string> = {}): Promise<void> {
  const refused = await load(environment).then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(refused).toBeInstanceOf(BackupError)
  if (!(refused instanceof BackupError)) return
  expect(refused).toMatchObject({ code: 'FILE_NOT_TRUSTED', exitCode: 78 })
  expect(refused.message).toContain(path)
  const [, command = ''] = /then run: ([^;]*)/.exec(refused.suggestion) ?? []
  expect(await runCommand('sh', ['-c', command])).toMatchObject({ code: 0 })
  await load(environment)
}

describe('what decides what is run', () => {
  it('is taken from a file and directories that are ours', async () => {
    expect((await load()).values['ENV_FILE']).toBe(envFile)
  })

  it('is not taken from an env file that a group may write, until that is mended', async () => {
    await chmod(envFile, 0o660)
    await expectMended(envFile)
  })

  it.each([0o775, 0o757, 0o777])('is not taken from a directory of mode %o', async (mode) => {
    await chmod(dirname(envFile), mode)
    await expectMended(dirname(envFile))
  })

  it('is not taken from below a directory that all may write, unless nobody can rename there', async () => {
    await chmod(folder, 0o777)
    await expectMended(folder)
    await chmod(folder, 0o1777)
    await load()
  })

  it.runIf(isRoot)(
    unless(
      !isRoot && 'only root can give a file away',
      'is not taken from another user’s env file or directory',
    ),
    async () => {
      for (const path of [envFile, dirname(envFile)]) {
        await chown(path, other, other)
        await expectMended(path)
      }
    },
  )

  it('is not taken through a link that others could point elsewhere, or from where it leads', async () => {
    const real = join(folder, 'real')
    await mkdir(real, { mode: 0o755 })
    await write(join(real, 'shop.env'), '', 0o600)
    await rm(envFile)
    await symlink(join(real, 'shop.env'), envFile)
    await load()
    await chmod(real, 0o777)
    await expectMended(real)
    await chmod(dirname(envFile), 0o777)
    await expectMended(dirname(envFile))
  })

  it('is not taken from a credential that others may write', async () => {
    const directory = join(folder, 'credentials')
    await mkdir(directory, { mode: 0o755 })
    await write(join(directory, 'SUPABASE_DB_PASSWORD'), 'word', 0o620)
    await expectMended(join(directory, 'SUPABASE_DB_PASSWORD'), { CREDENTIALS_DIRECTORY: directory })
  })

  it.each([
    ['ONLY_IF', (program: string) => `${program} --now`],
    ['ONLY_IF', (program: string) => `test -e /x || bash "${program}"`],
    ['BORG_PASSCOMMAND', (program: string) => program],
  ])('in %s names no program that others may write', async (name, command) => {
    const program = join(folder, 'program')
    await write(program, '#!/bin/sh\n', 0o755)
    await write(envFile, `${name}='${command(program)}'\n`, 0o600)
    await load()
    await chmod(program, 0o775)
    await expectMended(program)
  })

  it('may name files of others that are only looked at', async () => {
    await write(join(folder, 'flag'), '', 0o666)
    await write(envFile, `ONLY_IF='test -e ${join(folder, 'flag')}'\n`, 0o600)
    await load()
  })

  it('may be anybody’s where it is only read', async () => {
    await chmod(dirname(envFile), 0o777)
    expect((await load({}, true)).values['ENV_FILE']).toBe(envFile)
  })
})
