import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startProgram } from '../../src/common/process.ts'
import { prepareBorg14 } from '../helpers/borg-1.4.ts'
import { type CommandResult, runCommand } from '../helpers/command.ts'
import { makeToolkit, passphrase, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await makeToolkit()
  expect(await toolkit.backup()).toMatchObject({ code: 0 })
})
afterEach(() => toolkit.configure({}))
afterAll(() => toolkit.remove())

/** A backup that is to fail: its error, and all that it said. */
async function failure(env: Record<string, string> = {}) {
  const { code, stderr } = await toolkit.backup([], env)
  const { error } = await toolkit.report()
  expect(stderr).not.toMatch(/Traceback|File "/)
  const field = (name: string) =>
    error && typeof error === 'object' && name in error ? `${Reflect.get(error, name)}` : ''
  return { exit: code, code: field('code'), suggestion: field('suggestion'), stderr }
}

/** Types the first command of a remedy that runs backup.sh, as it stands. */
async function type(remedy: string, change = (command: string) => command): Promise<CommandResult> {
  const command = /\S+\/backup\.sh --env-file '[^']+' [^.;()]*[^.;() ]/.exec(remedy)?.[0] ?? 'false'
  return runCommand('sh', ['-c', change(command)], {
    env: {
      PATH: process.env['PATH'],
      HOME: join(toolkit.folder, 'home'),
      TMPDIR: join(toolkit.folder, 'tmp'),
    },
  })
}

/** A directory with one program, to be put before others on PATH. */
async function program(name: string, text: string): Promise<string> {
  const folder = join(toolkit.folder, `program-${Math.random()}`)
  await mkdir(folder)
  await writeFile(join(folder, name), text, { mode: 0o755 })
  return `${folder}:${process.env['PATH']}`
}

const trace = (file: string) => `Local Exception
Traceback (most recent call last):
  File "/usr/lib/python3/dist-packages/borg/${file}", line 196, in close
    os.fsync(fd)`
const system = `
Platform: Linux vm 6.1 x86_64
Borg: 1.2.4  Python: CPython 3.11.2
PID: 1  CWD: /
sys.argv: ['/usr/bin/borg', 'list']
SSH_ORIGINAL_COMMAND: None
`

describe('what Borg says', () => {
  it.each([
    ['BORG_DISK_FULL', `${trace('repository.py')}\nOSError: [Errno 28] No space left on device\n${system}`],
    ['BORG_CACHE_FULL', `${trace('cache.py')}\nOSError: [Errno 28] No space left on device\n${system}`],
    // The cache's code is on the way to the repository's.
    [
      'BORG_DISK_FULL',
      `${trace('cache.py')}\n${trace('repository.py')}\nOSError: [Errno 28] No space left on device\n${system}`,
    ],
    [
      'BORG_DISK_FULL',
      'Insufficient free space to complete transaction (required: 545.43 MB, available: 8.11 MB).',
    ],
    // Its test of itself writes where temporary files are.
    [
      'DISK_FULL',
      'self test test_resize (borg.testsuite.hashindex.HashIndexTestCase.test_resize) FAILED:\nOSError: [Errno 28] No space left on device\nself test failed',
    ],
    // Where no disk is full any more, none is blamed.
    ['BORG_OTHER_DISK_FULL', 'OSError: [Errno 28] No space left on device'],
    ['BORG_CACHE_FULL', "Error: [Errno 122] Disk quota exceeded: 'HOME/.cache/borg/x/config'"],
    ['BORG_CACHE_PERMISSION', "Error: [Errno 13] Permission denied: 'HOME/.cache/borg'"],
    ['BORG_CACHE_PERMISSION', "Error: [Errno 13] Permission denied: 'HOME/.config/borg/security'"],
    ['BORG_PERMISSION', "PermissionError: [Errno 13] Permission denied: 'REPO/config'"],
    [
      'BORG_READ_ONLY',
      "borg.locking.LockFailed: Failed to create/acquire the lock REPO/lock.exclusive ([Errno 30] Read-only file system: 'REPO/lock.exclusive.x.tmp').",
    ],
    ['BORG_READ_ONLY', "Error: [Errno 30] Read-only file system: 'HOME/.config'"],
    ['BORG_READ_ONLY', "Error: [Errno 30] Read-only file system: 'HOME/.cache/borg/x/config'"],
    [
      'BORG_STALE',
      `${trace('repository.py')}\nOSError: [Errno 116] Stale file handle: 'REPO/config'\n${system}`,
    ],
    ['BORG_IO', `${trace('repository.py')}\nOSError: [Errno 5] Input/output error\n${system}`],
    ['BORG_ARCHIVE_EXISTS', 'Archive shop-2026-01-01_00-00-00 already exists'],
    ['BORG_NOT_ALLOWED', 'Repository path not allowed: REPO'],
    ['BORG_REMOTE_NOISE', 'Got unexpected RPC data format from server:\nWelcome'],
    ['BORG_KEY_MISSING', 'No key entry found in the config of repository REPO.'],
    [
      'BORG_KEY_DAMAGED',
      `${trace('crypto/key.py')}\nbinascii.Error: Invalid base64-encoded string\n${system}`,
    ],
    [
      'BORG_CONFIG_BROKEN',
      'REPO does not have a valid configuration. Check repo config [repository version 3 is not supported].',
    ],
    [
      'BORG_DAMAGED',
      'borg.repository.Repository.CheckNeeded: Inconsistency detected. Please run "borg check REPO"',
    ],
    ['BORG_DAMAGED', 'Data integrity error: Segment entry checksum mismatch [segment 1, offset 8]'],
    [
      'BORG_TOO_OLD',
      'Unsupported repository feature(s) required features: x. A newer version of borg is required',
    ],
    [
      'BORG_QUOTA',
      'borg.repository.Repository.StorageQuotaExceeded: The storage quota (1 GB) has been exceeded',
    ],
    ['BORG_FAILED', 'something nobody has foreseen'],
  ])('is told as %s, with the line that says why', async (code, words) => {
    const text = words.replaceAll('REPO', toolkit.repository).replaceAll('HOME', join(toolkit.folder, 'home'))
    await writeFile(join(toolkit.folder, 'words'), `${text}\n`)
    const PATH = await program(
      'borg',
      `#!/bin/sh\n[ "$1" = --version ] && exec echo borg 1.2.4\ncat '${join(toolkit.folder, 'words')}' >&2\nexit 2\n`,
    )
    const said = await failure({ PATH })
    expect(said.code).toBe(code)
    const decisive = text
      .split('\n')
      .findLast(
        (line) =>
          /^\w*(Error|borg\.)|^[A-Z/a-z].*/.test(line) &&
          !/^(Platform|Borg|PID|sys\.argv|SSH_|Linux)/.test(line),
      )
    expect(said.stderr).toContain(decisive)
  })

  it('that is nothing at all is explained as well', async () => {
    const killed = await failure({ PATH: await program('borg', '#!/bin/sh\nkill -9 $$\n') })
    expect(killed.suggestion).toContain('want of memory')
    const silent = await failure({ PATH: await program('borg', '#!/bin/sh\nexit 2\n') })
    expect(silent.suggestion).toContain('It said nothing')
  })
})

describe('what ssh says', () => {
  it.each([
    ['BORG_SSH_REFUSED', 'borg@backup.example.com: Permission denied (publickey).'],
    ['BORG_HOST_KEY', 'Host key verification failed.'],
    ['BORG_HOST_UNKNOWN', 'ssh: Could not resolve hostname backup.example.com: Name or service not known'],
    ['BORG_UNREACHABLE', 'ssh: connect to host backup.example.com port 22: Connection refused'],
    ['BORG_REMOTE_MISSING', 'bash: line 1: borg: command not found'],
    ['BORG_REMOTE_OLD', 'borg serve: error: unrecognized arguments: --umask=077'],
  ])('is told as %s, with its own line, whatever Borg loses of it', async (code, words) => {
    const shell = join(toolkit.folder, 'shell with a space')
    await writeFile(shell, `#!/bin/sh\necho '${words}' >&2\nexit 255\n`, { mode: 0o755 })
    const address = `ssh://borg@backup.example.com:2222${toolkit.repository}`
    await toolkit.configure({ BORG_REPO: address, BORG_RSH: `"${shell}" -i key` })
    const said = await failure()
    expect([said.code, said.exit]).toEqual([code, 1])
    expect(said.stderr).toContain(words)
  })

  it('is asked for without BORG_RSH so that it asks nothing and gives up a connection that has died', async () => {
    await toolkit.configure({ BORG_REPO: 'ssh://backup.example.com/x' })
    const PATH = await program('ssh', `#!/bin/sh\necho "$*" >'${join(toolkit.folder, 'asked')}'\nexit 255\n`)
    expect((await failure({ PATH })).exit).toBe(1)
    const asked = await readFile(join(toolkit.folder, 'asked'), 'utf8')
    expect(asked).toContain('-o BatchMode=yes -o ServerAliveInterval=30 ')
    expect(asked).toContain('backup.example.com')
  })

  it('is not asked where the program is missing', async () => {
    await toolkit.configure({ BORG_REPO: 'ssh://backup.example.com/x', BORG_RSH: 'no-such-program' })
    expect((await failure()).stderr).toContain('no-such-program')
  })
})

describe('backup.sh … borg', () => {
  it('runs Borg with the project’s settings, the passphrase in no argument', async () => {
    const { stdout, code } = await toolkit.backup(['borg', 'list', '--format={archive}{NL}'])
    expect([code, stdout.trim().split('\n')]).toEqual([0, await toolkit.archives()])
    const PATH = await program('borg', '#!/bin/sh\necho "$@" / "$BORG_PASSPHRASE"\n')
    expect((await toolkit.backup(['borg', 'x', '--y=1'], { PATH })).stdout).toBe(`x --y=1 / ${passphrase}\n`)
  })
})

describe('a remedy, typed as it is printed,', () => {
  it('opens a repository that was moved', async () => {
    const moved = join(toolkit.folder, 'moved.borg')
    await rename(toolkit.repository, moved)
    await toolkit.configure({ BORG_REPO: moved })
    const said = await failure()
    expect(said.code).toBe('BORG_ASKS')
    expect(await type(said.suggestion)).toMatchObject({ code: 0 })
    expect((await toolkit.backup()).code).toBe(0)
    await rename(moved, toolkit.repository)
    await toolkit.configure({})
    expect(await type((await failure()).suggestion)).toMatchObject({ code: 0 })
  })

  it('opens a repository that was put back from an older copy', async () => {
    const copy = `${toolkit.repository}.copy`
    await cp(toolkit.repository, copy, { recursive: true })
    expect((await toolkit.backup()).code).toBe(0)
    await rm(toolkit.repository, { recursive: true })
    await rename(copy, toolkit.repository)
    const said = await failure()
    expect(said.code).toBe('BORG_REPLAYED')
    expect(await type(said.suggestion)).toMatchObject({ code: 0 })
    expect((await toolkit.backup()).code).toBe(0)
  })

  it('breaks a lock that nobody holds', async () => {
    const holder = startProgram({
      program: 'borg',
      args: ['with-lock', toolkit.repository, 'sleep', '600'],
      env: {
        PATH: process.env['PATH'],
        HOME: join(toolkit.folder, 'home'),
        BORG_PASSPHRASE: passphrase,
        BORG_HOSTNAME_IS_UNIQUE: 'no',
      },
      phase: 'test',
    })
    holder.stdout.resume()
    await expect.poll(() => readdir(toolkit.repository), { timeout: 60_000 }).toContain('lock.exclusive')
    const said = await failure()
    expect(said.code).toBe('BORG_LOCKED')
    expect(await type(said.suggestion)).toMatchObject({ code: 0 })
    expect((await toolkit.backup()).code).toBe(0)
    holder.stop()
    await holder.ended
  })

  it.each([
    [105, 'Borg ended with a warning (exit code 105)'],
    [137, 'Borg was ended by SIGKILL'],
    [99, 'Borg failed with exit code 99'],
  ])('says how Borg ended with exit code %d', async (exit, how) => {
    const PATH = await program('borg', `#!/bin/sh\necho something odd >&2\nexit ${exit}\n`)
    const { code, stderr } = await failure({ PATH })
    expect(code).toBe('BORG_FAILED')
    expect(stderr).toContain(`${how} on the repository ${toolkit.repository}. (something odd)`)
  })

  it('makes room: compacts, lets retention delete, deletes one archive', async () => {
    expect((await toolkit.backup()).code).toBe(0)
    await writeFile(
      join(toolkit.folder, 'words'),
      'No space left on device, cleaning up partial transaction to free space.\nOSError: [Errno 28] No space left on device\n',
    )
    const PATH = await program('borg', `#!/bin/sh\ncat '${join(toolkit.folder, 'words')}' >&2\nexit 2\n`)
    const { suggestion } = await failure({ PATH })
    const [first = ''] = await toolkit.archives()
    expect(await type(suggestion)).toMatchObject({ code: 0 })
    const [, prune = '', one = ''] = suggestion.split(';')
    expect(await type(prune)).toMatchObject({ code: 0 })
    expect(await type(one, (command) => command.replace('ARCHIVE', first))).toMatchObject({ code: 0 })
    expect(await toolkit.archives()).not.toContain(first)
  })

  it('does not delete what is another’s', async () => {
    expect((await toolkit.borg(['create', '::blog-2026-01-01_00-00-00', toolkit.envFile])).code).toBe(0)
    const { code, stderr } = await toolkit.backup(['--delete', 'blog-2026-01-01_00-00-00'])
    expect(code).toBe(1)
    expect(stderr).toContain('ARCHIVE_NOT_OURS')
    expect((await toolkit.backup(['--delete', 'nothing'])).stderr).toContain('ARCHIVE_MISSING')
    expect(await toolkit.archives()).toContain('blog-2026-01-01_00-00-00')
  })

  it('signs an archive that an older Borg has renamed, which --check names', async () => {
    const PATH = `${await prepareBorg14()}:${process.env['PATH']}`
    const other = 'forum-2026-01-01_00-00-00'
    expect((await toolkit.borg(['create', `::${other}`, toolkit.envFile])).code).toBe(0)
    for (const name of [other, (await toolkit.archives())[0] ?? '']) {
      const renamed = name.replace('2026', '2025')
      expect((await toolkit.borg(['rename', `::${name}`, renamed], { PATH: '/usr/bin:/bin' })).code).toBe(0)
      const { stdout } = await toolkit.backup(['--check'], { PATH })
      expect(stdout).toMatch(new RegExp(`^FAIL  repository.*${renamed}`, 'm'))
      const command =
        /\S+\/backup\.sh --env-file .*? borg upgrade --archives-tam ::/.exec(stdout)?.[0] ?? 'false'
      const env = { PATH, HOME: join(toolkit.folder, 'home'), TMPDIR: join(toolkit.folder, 'tmp') }
      expect(await runCommand('sh', ['-c', command], { env })).toMatchObject({ code: 0 })
      expect((await toolkit.backup(['--check'], { PATH })).stdout).toMatch(/^OK {4}repository/m)
      expect((await toolkit.backup([], { PATH })).code).toBe(0)
    }
  })
})
