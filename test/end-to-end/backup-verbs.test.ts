import { access, chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkout } from '../helpers/checkout.ts'
import { runCommand } from '../helpers/command.ts'
import { startTmux } from '../helpers/tmux.ts'
import { makeToolkit, passphrase, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeEach(async () => {
  toolkit = await makeToolkit()
})
afterEach(() => toolkit.remove())

const conditionsSchema = z.array(
  z.object({
    status: z.enum(['OK', 'WARN', 'FAIL']),
    subject: z.string(),
    text: z.string(),
    remedy: z.string(),
  }),
)

describe('--check', () => {
  it('tells every condition with its remedy, changes nothing, and exits with 1 when one fails', async () => {
    const { code, stdout } = await toolkit.backup(['--check', '--json'])
    const conditions = conditionsSchema.parse(JSON.parse(stdout))
    const of = (subject: string) => conditions.find((condition) => condition.subject === subject)
    expect(of('configuration')).toMatchObject({ status: 'OK', text: toolkit.envFile })
    expect(of('repository')).toMatchObject({ status: 'WARN', remedy: 'The first run creates it.' })
    // Nothing listens where the env file says that the project is.
    expect(of('database')).toMatchObject({ status: 'FAIL', text: expect.stringContaining('127.0.0.1:5432') })
    expect(of('storage')).toMatchObject({ status: 'FAIL' })
    expect(code).toBe(1)
    expect(await readdir(toolkit.folder)).not.toContain('shop.borg')

    const text = await toolkit.backup(['--check'])
    expect(text.stdout.trimEnd().split('\n')).toHaveLength(conditions.length)
    expect(text.stdout).toMatch(/^FAIL {2}database .* — /m)
  })

  it('stops at a configuration that is wrong', async () => {
    await toolkit.configure({ BORG_RETENTION_DAYS: 'soon' })
    const { code, stdout } = await toolkit.backup(['--check'])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^FAIL {2}configuration .*BORG_RETENTION_DAYS/)
  })

  it('sees a wrong passphrase and a run under way', async () => {
    await toolkit.backup()
    await toolkit.configure({ BORG_PASSPHRASE: 'wrong' })
    const run = toolkit.startBackup([], { BORG_PASSPHRASE: passphrase, FIXTURE_BACKUP: 'hang' })
    run.stdout.resume()
    await expect.poll(() => toolkit.log().catch(() => ''), { timeout: 60_000 }).toContain('hanging')
    const { stdout } = await toolkit.backup(['--check'])
    run.stop()
    await run.ended
    expect(stdout).toMatch(new RegExp(`^FAIL {2}lock .*process ${run.pid}`, 'm'))
    expect(stdout).toMatch(/^FAIL {2}repository .*passphrase/m)
  })
})

describe('--config', () => {
  it('shows each value and its origin, the environment’s before the file’s, and no secret', async () => {
    const { code, stdout } = await toolkit.backup(['--config'], { STORAGE_CONCURRENCY: '3' })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^STORAGE_CONCURRENCY +environment +3$/m)
    expect(stdout).toMatch(/^BORG_REPO +file +\//m)
    expect(stdout).not.toContain(passphrase)
    expect(stdout).not.toContain('sb_secret')
  })
})

describe('the repository’s care', () => {
  it('exports the key once, readable by nobody else', async () => {
    await toolkit.backup()
    const file = join(toolkit.folder, 'key')
    expect((await toolkit.backup(['--key-export', file])).code).toBe(0)
    expect(await readFile(file, 'utf8')).toMatch(/^BORG_KEY /)
    expect((await stat(file)).mode & 0o077).toBe(0)
    const again = await toolkit.backup(['--key-export', file])
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('KEY_FILE_EXISTS')
  })

  it('changes the passphrase at a terminal, and only there', async () => {
    await toolkit.backup()
    expect(await toolkit.backup(['--passphrase-change'])).toMatchObject({ code: 2 })
    const terminal = await startTmux({
      command: `${toolkit.folder}/toolkit/backup.sh --env-file ${toolkit.envFile} --passphrase-change`,
      env: { PATH: `${process.env['PATH']}`, HOME: join(toolkit.folder, 'home') },
    })
    try {
      await terminal.waitFor('New passphrase:')
      await terminal.type('a quite new passphrase')
      await terminal.press('Enter')
      await terminal.waitFor('Once more:')
      await terminal.type('a quite new passphrase')
      await terminal.press('Enter')
      expect(await terminal.waitFor('exit code')).toContain('exit code 0')
      expect(await terminal.screen()).not.toContain('quite new')
    } finally {
      await terminal.stop()
    }
    expect(await toolkit.backup()).toMatchObject({ code: 78 })
    await toolkit.configure({ BORG_PASSPHRASE: 'a quite new passphrase' })
    expect(await toolkit.backup()).toMatchObject({ code: 0 })
  })

  it('finds a damaged repository', async () => {
    await toolkit.backup()
    const directory = join(toolkit.repository, 'data/0')
    const segments = (await readdir(directory)).sort((a, b) => Number(a) - Number(b))
    const sizes = await Promise.all(
      segments.map(async (name) => ({ name, size: (await stat(join(directory, name))).size })),
    )
    const largest = sizes.sort((a, b) => b.size - a.size)[0]?.name ?? ''
    const bytes = await readFile(join(directory, largest))
    // Every bit of it turned over, as a stretch of zeros may have been zeros before.
    const damaged = bytes.subarray(Math.floor(bytes.length / 2)).subarray(0, 16)
    damaged.forEach((byte, at) => {
      damaged[at] = ~byte
    })
    await writeFile(join(directory, largest), bytes)
    const { code } = await toolkit.backup(['--verify-repo'])
    expect(code).toBe(1)
    expect(await toolkit.report()).toMatchObject({ kind: 'check', outcome: 'failed' })
  })

  it('shows what retention would do, and does not do it', async () => {
    await toolkit.backup()
    const old = 'shop-2020-01-01_00-00-00'
    await toolkit.borg(['create', `::${old}`, toolkit.local])
    await toolkit.configure({ MIN_ARCHIVES: '1' })
    const { code, stdout } = await toolkit.backup(['--prune-plan'])
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^prune +${old}`, 'm'))
    expect(await toolkit.archives()).toContain(old)
  })
})

describe('--dry-run', () => {
  it('checks and tells, and makes neither generation nor repository', async () => {
    const { stdout } = await toolkit.backup(['--dry-run'])
    expect(stdout).toContain('FAIL  database')
    expect(await toolkit.generations()).toEqual([])
    expect(await readdir(toolkit.folder)).not.toContain('shop.borg')
  })
})

describe('--all', () => {
  it('runs every project in turn and exits with the worst exit code', async () => {
    const configuration = join(toolkit.folder, 'home/.config/supabase-backup')
    await mkdir(configuration, { recursive: true })
    for (const project of ['one', 'two']) {
      const name = (value: string) =>
        value.replaceAll('shop.borg', `${project}.borg`).replace('data/current', `data/${project}`)
      await writeFile(join(configuration, `${project}.env`), name(await readFile(toolkit.envFile, 'utf8')), {
        mode: 0o600,
      })
    }
    await writeFile(join(configuration, 'broken.env'), 'BORG_REPOO=/x\n', { mode: 0o600 })
    const env = { PATH: `${process.env['PATH']}`, HOME: join(toolkit.folder, 'home') }
    const all = () => runCommand(join(toolkit.folder, 'toolkit/backup.sh'), ['--all', '--quiet'], { env })
    const { code, stderr } = await all()
    expect(code).toBe(78)
    expect(stderr).toMatch(/broken +exit code 78\none +exit code 0\ntwo +exit code 0/)
    for (const project of ['one', 'two']) await access(join(toolkit.folder, `data/${project}/manifest.json`))
  })
})

/**
 * Puts a Node into `programs` and another in the place of the packages' own, each of which writes a line to `counted` when it
 * starts, and so does every Node that it starts itself. The scripts take NODE_OPTIONS from the environment, so they set it.
 */
async function countNodes(programs: string, counted: string): Promise<void> {
  const counter = join(programs, 'counter.cjs')
  await writeFile(
    counter,
    `if (require('node:worker_threads').isMainThread) require('node:fs').appendFileSync('${counted}', 'node\\n')`,
  )
  const packages = join(toolkit.folder, 'toolkit/node_modules')
  await rm(packages)
  await mkdir(join(packages, '.bin'), { recursive: true })
  for (const directory of ['', '.bin'])
    for (const name of await readdir(join(checkout, 'node_modules', directory)))
      if (name !== '.bin' && name !== 'node')
        await symlink(join(checkout, 'node_modules', directory, name), join(packages, directory, name))
  const nodes = {
    [programs]: process.execPath,
    [join(packages, '.bin')]: join(checkout, 'node_modules/.bin/node'),
  }
  for (const [directory, node] of Object.entries(nodes)) {
    const program = `#!/bin/sh\nNODE_OPTIONS='--require=${counter}' exec '${node}' "$@"\n`
    await writeFile(join(directory, 'node'), program, { mode: 0o755 })
  }
}

describe('a night', () => {
  it('starts Node once a component and three times besides, and Borg five times, also when it prunes', async () => {
    await toolkit.backup()
    const [first = ''] = await toolkit.archives()
    const programs = join(toolkit.folder, 'counting')
    const counted = join(toolkit.folder, 'counted')
    await mkdir(programs)
    const borg = `#!/bin/sh\necho "borg $1" >>${counted}\nPATH=\${PATH#*:}\nexec borg "$@"\n`
    await writeFile(join(programs, 'borg'), borg)
    await chmod(join(programs, 'borg'), 0o755)
    await countNodes(programs, counted)
    const { code } = await toolkit.backup([], {
      PATH: `${programs}:${process.env['PATH']}`,
      FIXTURE_PRUNABLE: first,
    })
    expect(code).toBe(0)
    const lines = (await readFile(counted, 'utf8')).trimEnd().split('\n')
    expect(lines.filter((line) => line.startsWith('borg'))).toEqual([
      'borg list',
      'borg create',
      // What is to go may have been pinned since.
      'borg list',
      'borg delete',
      'borg compact',
    ])
    // Beside the components: the configuration, the run's follower, and the generation's seal.
    const { components } = z.object({ components: z.array(z.unknown()) }).parse(await toolkit.report())
    expect(lines.filter((line) => line === 'node')).toHaveLength(components.length + 3)
  })
})

it('backup.sh works by a symbolic link and from any directory', async () => {
  const link = join(toolkit.folder, 'backup')
  await symlink(join(toolkit.folder, 'toolkit/backup.sh'), link)
  const { code, stdout } = await runCommand(link, ['--version'], { cwd: '/' })
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
})

it.each([[''], ['relative'], [undefined]])(
  'backup.sh takes the home of the account where HOME is %j',
  async (home) => {
    const env = { PATH: `${process.env['PATH']}`, ...(home === undefined ? {} : { HOME: home }) }
    const program = join(toolkit.folder, 'toolkit/backup.sh')
    const { code, stderr } = await runCommand(program, ['--project', 'not-there', '--config'], {
      env,
      cwd: '/',
    })
    expect(code).toBe(78)
    expect(stderr).toContain(`${userInfo().homedir}/.config/supabase-backup/not-there.env`)
  },
)
