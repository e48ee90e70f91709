import { existsSync } from 'node:fs'
import { chmod, lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { componentNames } from '../../src/components/list.ts'
import { runCommand } from '../helpers/command.ts'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeEach(async () => {
  toolkit = await makeToolkit()
})
afterEach(() => toolkit.remove())

const archiveName = /^shop-\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2}$/

describe('a night', () => {
  it('leaves one generation, one archive of it with relative paths, a report and a log, twice in a row', async () => {
    const first = await toolkit.backup()
    expect(first).toMatchObject({ code: 0 })
    expect(await toolkit.generations()).toEqual(['current'])
    const [archive] = await toolkit.archives()
    expect(archive).toMatch(archiveName)
    const { stdout } = await toolkit.borg(['list', '--short', `::${archive}`])
    expect(stdout.split('\n')).toContain('database/dump')
    expect(stdout).not.toContain(toolkit.folder)
    expect(await toolkit.report()).toMatchObject({ outcome: 'success', archive, exitCode: 0, error: null })
    expect(first.stdout).toContain(archive)
    expect(first.stderr).toContain(`Archived as ${archive}`)

    const second = await toolkit.backup(['--json'])
    expect(second.code).toBe(0)
    const report = JSON.parse(second.stdout)
    expect(await toolkit.archives()).toEqual([archive, report.archive])
    const options = JSON.parse(await readFile(join(toolkit.local, 'arguments.json'), 'utf8'))
    expect(options).toMatchObject({ previous: toolkit.local, salvage: [], components: 'database,storage' })
    expect(await readFile(join(toolkit.state, 'chunker'), 'utf8')).toBe('buzhash,10,23,13,4095\n')
  })

  it('names the archive of a degraded generation so, prunes nothing, and exits with 3', async () => {
    await toolkit.backup()
    const [first = ''] = await toolkit.archives()
    const { code } = await toolkit.backup([], { FIXTURE_BACKUP: 'degraded', FIXTURE_PRUNABLE: first })
    expect(code).toBe(3)
    const [kept, degraded] = await toolkit.archives()
    expect(kept).toBe(first)
    expect(degraded).toMatch(/-degraded$/)
    expect(await toolkit.report()).toMatchObject({ outcome: 'degraded', pruned: [] })
  })

  it('that goes wrong after a degraded generation has failed, and is not only degraded', async () => {
    const programs = join(toolkit.folder, 'broken')
    await mkdir(programs)
    await writeFile(join(programs, 'mv'), '#!/bin/sh\nexit 5\n', { mode: 0o755 })
    const { code } = await toolkit.backup([], {
      FIXTURE_BACKUP: 'degraded',
      PATH: `${programs}:${process.env['PATH']}`,
    })
    expect(code).toBe(1)
    expect(await toolkit.report()).toMatchObject({ outcome: 'failed', error: { phase: 'promotion' } })
  })

  it('hands on which objects were chosen', async () => {
    const chosen = [
      '--bucket',
      'avatars',
      '--bucket=other',
      '--prefix',
      'a b/',
      '--prefix=c',
      '--object',
      'x/y z',
    ]
    expect(await toolkit.backup(chosen)).toMatchObject({ code: 0 })
    const options = JSON.parse(await readFile(join(toolkit.local, 'arguments.json'), 'utf8'))
    expect(options).toMatchObject({ bucket: ['avatars', 'other'], prefix: ['a b/', 'c'], object: ['x/y z'] })
  })

  it('makes the directories it needs, and follows a symbolic link instead of replacing it', async () => {
    await toolkit.configure({ LOCAL_BACKUP_DIR: undefined })
    expect((await toolkit.backup()).code).toBe(0)
    const data = join(toolkit.folder, 'home/.local/share/supabase-backup/shop')
    expect(await readdir(data)).toEqual(['current'])

    await symlink(join(data, 'current'), join(toolkit.folder, 'link'))
    await toolkit.configure({ LOCAL_BACKUP_DIR: `${join(toolkit.folder, 'link')}/` })
    expect((await toolkit.backup()).code).toBe(0)
    expect(await readdir(data)).toEqual(['current'])
    expect((await lstat(join(toolkit.folder, 'link'))).isSymbolicLink()).toBe(true)
  })

  it('deletes what retention named and interrupted runs left, and nothing of another project', async () => {
    await toolkit.backup()
    const [first = ''] = await toolkit.archives()
    const others = ['shop-eu-2026-01-01_00-00-00', 'by-hand', 'shop-2026-01-01_00-00-00.checkpoint']
    for (const name of others) await toolkit.borg(['create', `::${name}`, toolkit.local])
    const { code } = await toolkit.backup([], {
      FIXTURE_PRUNABLE: `${first} shop-eu-2026-01-01_00-00-00 by-hand`,
    })
    expect(code).toBe(0)
    const left = await toolkit.archives()
    expect(left).toHaveLength(3)
    expect(left).toEqual(expect.arrayContaining(['shop-eu-2026-01-01_00-00-00', 'by-hand']))
    expect(await toolkit.report()).toMatchObject({ pruned: [first, 'shop-2026-01-01_00-00-00.checkpoint'] })
  })

  it('keeps the generation and the archives when the worker fails, and offers its objects to the next run', async () => {
    await toolkit.backup()
    const before = await readFile(join(toolkit.local, 'database/dump'), 'utf8')
    const { code } = await toolkit.backup([], { FIXTURE_BACKUP: 'fail' })
    expect(code).toBe(1)
    expect(await readFile(join(toolkit.local, 'database/dump'), 'utf8')).toBe(before)
    expect(await toolkit.archives()).toHaveLength(1)
    expect(await toolkit.report()).toMatchObject({ outcome: 'failed', error: { code: 'FIXTURE' } })
    const [, leftover = ''] = await toolkit.generations()
    expect(leftover).toMatch(/^current\.new-/)
    expect(await readdir(join(toolkit.folder, 'data', leftover))).not.toContain('database')

    expect((await toolkit.backup()).code).toBe(0)
    const options = JSON.parse(await readFile(join(toolkit.local, 'arguments.json'), 'utf8'))
    expect(options.salvage).toEqual([join(toolkit.folder, 'data', leftover)])
    expect(await toolkit.generations()).toEqual(['current'])
  })

  it('reports a worker that was killed as a failure of its own', async () => {
    const { code } = await toolkit.backup([], { FIXTURE_BACKUP: 'crash' })
    expect(code).toBe(1)
    expect(await toolkit.report()).toMatchObject({ outcome: 'failed', error: { code: 'WORKER_DIED' } })
  })

  it('loses no line of the log, not even the last of a worker that says much', async () => {
    const quiet = await toolkit.backup(['--quiet'], { FIXTURE_BACKUP: 'noise' })
    expect(quiet).toMatchObject({ code: 0, stdout: '' })
    const log = await toolkit.log()
    const numbers = [...log.matchAll(/backup: line (\d+)$/gm)].map((match) => Number(match[1]))
    expect(numbers).toEqual(Array.from({ length: 2000 }, (_, index) => index + 1))
    expect(log.trimEnd().split('\n').at(-1)).toMatch(/Ended with exit code 0$/)
  })

  it('writes JSON lines with the run id, and shows only warnings where it is to be quiet', async () => {
    await toolkit.configure({ LOG_FORMAT: 'json' })
    const json = await toolkit.backup([], { FIXTURE_BACKUP: 'noise' })
    const lines = (await toolkit.log()).trimEnd().split('\n')
    const { runId } = JSON.parse(JSON.stringify(await toolkit.report()))
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ run: runId })
    expect(json.stderr).toContain('"level":"info"')
    await toolkit.configure({})
    const quiet = await toolkit.backup(['--quiet'], { FIXTURE_BACKUP: 'fail' })
    expect(quiet.stderr).not.toContain('INFO')
    expect(quiet.stdout).toContain('FAILED')
    expect(quiet.stderr).toContain('ERROR')
    expect(await toolkit.log()).toContain('INFO')
  })

  it('takes the components it is told, and passes on that a loss is accepted', async () => {
    await toolkit.backup(['--only', 'database'])
    const read = async () => JSON.parse(await readFile(join(toolkit.local, 'arguments.json'), 'utf8'))
    expect(await read()).toMatchObject({ components: 'database' })
    await toolkit.backup(['--skip=database'])
    expect(await read()).toMatchObject({ components: 'storage' })
  })

  it('does nothing, successfully, while the operator’s own condition does not hold', async () => {
    await toolkit.configure({ ONLY_IF: 'test -e /nonexistent' })
    expect((await toolkit.backup()).code).toBe(0)
    expect(await toolkit.generations()).toEqual([])
  })
})

describe('one run at a time', () => {
  it('exits with 75 and names the holder’s process and start; the first run is not disturbed', async () => {
    const first = toolkit.startBackup([], { FIXTURE_BACKUP: 'hang' })
    first.stdout.resume()
    await expect.poll(() => toolkit.log().catch(() => ''), { timeout: 60_000 }).toContain('hanging')
    const second = await toolkit.backup()
    expect(second.code).toBe(75)
    expect(second.stderr).toContain(`process ${first.pid}, since 20`)
    expect(await toolkit.generations()).toHaveLength(1)
    process.kill(first.pid, 'SIGTERM')
    expect(await first.ended).toMatchObject({ code: 143 })
    expect(await toolkit.generations()).toEqual([])
    expect(await toolkit.report()).toMatchObject({ outcome: 'interrupted', exitCode: 143 })
  })

  it.each([
    ['SIGINT', 130],
    ['SIGHUP', 143],
  ] as const)(
    'stops its worker and removes the unfinished generation on %s, with exit code %i',
    async (signal, code) => {
      await toolkit.backup()
      const run = toolkit.startBackup([], { FIXTURE_BACKUP: 'hang' })
      run.stdout.resume()
      await expect.poll(() => toolkit.log().catch(() => ''), { timeout: 60_000 }).toContain('hanging')
      process.kill(run.pid, signal)
      expect(await run.ended).toMatchObject({ code })
      expect(await toolkit.generations()).toEqual(['current'])
      const log = await toolkit.log()
      expect(log).toContain(`interrupted by ${signal}`)
      // The worker's word, and no second one.
      expect(log.match(/^\S+ ERROR .*/gm)).toHaveLength(1)
      expect((await toolkit.backup()).code).toBe(0)
    },
  )
})

describe('hooks', () => {
  const hook = async (event: string, name: string, script: string) => {
    const directory = join(toolkit.folder, 'hooks.d', event)
    await mkdir(directory, { recursive: true })
    await writeFile(join(directory, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(directory, name), 0o755)
  }

  it('run in name order, know the run, and only warn when they fail after the work', async () => {
    const told = join(toolkit.folder, 'told')
    await hook('before-backup', '20-second', `echo "$HOOK_EVENT second $PROJECT_NAME" >>${told}`)
    await hook('before-backup', '10-first', `echo "$HOOK_EVENT first" >>${told}; echo said by the hook`)
    await hook('after-backup', '10', `echo "$HOOK_EVENT $ARCHIVE" >>${told}; exit 5`)
    await writeFile(join(toolkit.folder, 'hooks.d/after-backup/20-not-executable'), 'not run')
    expect((await toolkit.backup()).code).toBe(0)
    const [archive] = await toolkit.archives()
    expect((await readFile(told, 'utf8')).split('\n')).toEqual([
      'before-backup first',
      'before-backup second shop',
      `after-backup ${archive}`,
      '',
    ])
    const log = await toolkit.log()
    expect(log).toContain('said by the hook')
    expect(log).toContain('20-not-executable is not executable')
    expect(JSON.stringify(await toolkit.report())).toContain('hook-failed')
  })

  it('are not run where others may write them, and the remedy that is told mends it', async () => {
    const told = join(toolkit.folder, 'told-untrusted')
    await hook('after-backup', '30-open', `echo ran >>${told}`)
    const file = join(toolkit.folder, 'hooks.d/after-backup/30-open')
    for (const [place, mode] of [
      [file, 0o775],
      [join(toolkit.folder, 'hooks.d/after-backup'), 0o775],
      [join(toolkit.folder, 'hooks.d'), 0o777],
    ] as const) {
      await chmod(place, mode)
      const refused = await toolkit.backup()
      expect(refused.code, refused.stderr).toBe(78)
      expect(refused.stderr).toContain('[FILE_NOT_TRUSTED in before-backup]')
      const [, command = ''] = /then run: (chmod go-w '[^']*')/.exec(refused.stderr) ?? []
      expect(await runCommand('sh', ['-c', command])).toMatchObject({ code: 0 })
    }
    expect(existsSync(told)).toBe(false)
    expect(await toolkit.backup()).toMatchObject({ code: 0 })
    expect(existsSync(told)).toBe(true)
  })

  it('stop the run when they fail or take too long before the work, and tell the on-failure hooks', async () => {
    const told = join(toolkit.folder, 'told')
    await toolkit.configure({ HOOK_TIMEOUT_SEC: '1' })
    await hook('before-backup', '10', 'sleep 60')
    await hook('on-failure', '10', `echo "$RUN_EXIT_CODE" >${told}`)
    expect((await toolkit.backup()).code).toBe(1)
    expect(await toolkit.generations()).toEqual([])
    expect(await readFile(told, 'utf8')).toBe('1\n')
    expect(await toolkit.report()).toMatchObject({ error: { code: 'HOOK_FAILED' } })
  })

  it('may print more than a pipe holds, and what moves a cursor: the log has its beginning, without that', async () => {
    await hook(
      'before-backup',
      '10',
      String.raw`printf '\033[2Jcleared\n'; yes 'a line of a hook' | head -n 40000; printf 'end\n'`,
    )
    const { code, stderr } = await toolkit.backup()
    expect(code, stderr.slice(-2000)).toBe(0)
    const log = await toolkit.log()
    expect(log.split('a line of a hook').length).toBeGreaterThan(3000)
    expect(log).toContain('It printed 680016 bytes; of these, the first 65536 stand here.')
    expect(log).toContain('?[2Jcleared')
    expect(log).not.toContain('\x1b')
  })

  it('may leave something running: it neither keeps the run from ending nor holds the lock', async () => {
    await hook('after-backup', '10', 'sleep infinity & echo $! >"$GENERATION/../sleeping"')
    expect((await toolkit.backup()).code).toBe(0)
    await rm(join(toolkit.folder, 'hooks.d'), { recursive: true })
    expect((await toolkit.backup()).code).toBe(0)
    process.kill(Number(await readFile(join(toolkit.folder, 'data/sleeping'), 'utf8')))
  })
})

describe('wrong use', () => {
  it.each([
    [['--confg'], 'Did you mean --config?'],
    [['--only', 'databse'], `The components are: ${componentNames.join(' ')}`],
    [['--skip', componentNames.join(',')], 'that leaves no component'],
    [['--key-export'], '--key-export needs a value'],
    [['--check', '--status'], '--check and --status do not go together'],
    [['--data'], '--data goes with --verify-repo'],
  ])('%j is refused with exit code 2', async (args, message) => {
    const { code, stderr } = await toolkit.backup(args)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })

  it('says what to type where the packages are not installed', async () => {
    await rm(join(toolkit.folder, 'toolkit/node_modules'))
    const { code, stderr } = await toolkit.backup()
    expect(code).toBe(78)
    expect(stderr).toContain('install.sh --deps')
  })

  it('refuses to replace a directory that it did not make', async () => {
    await mkdir(toolkit.local, { recursive: true })
    await writeFile(join(toolkit.local, 'photo.jpg'), 'mine')
    const { code } = await toolkit.backup()
    expect(code).toBe(78)
    expect(await toolkit.report()).toMatchObject({ error: { code: 'LOCAL_NOT_OURS' } })
    expect(await readFile(join(toolkit.local, 'photo.jpg'), 'utf8')).toBe('mine')
  })

  it('says which directory it cannot make', async () => {
    await rm(join(toolkit.folder, 'home'), { recursive: true })
    await writeFile(join(toolkit.folder, 'home'), 'a file, not a directory')
    const { code, stderr } = await toolkit.backup()
    expect(code).toBe(78)
    expect(stderr).toContain('STATE_UNWRITABLE')
  })

  it('refuses to begin with too little room', async () => {
    await toolkit.configure({ MIN_FREE_SPACE: '900T' })
    const { code } = await toolkit.backup()
    expect(code).toBe(1)
    expect(await toolkit.report()).toMatchObject({ error: { code: 'DISK_SPACE' } })
  })
})
