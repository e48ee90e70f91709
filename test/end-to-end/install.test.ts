import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkout } from '../helpers/checkout.ts'
import { type CommandResult, runCommand } from '../helpers/command.ts'
import { startTmux } from '../helpers/tmux.ts'

let home: string
let programs: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'supabase-backup-home-'))
  programs = join(home, 'programs')
  await mkdir(programs)
  // A copy takes over the packages of the checkout instead of downloading them.
  await program('npm', `[[ $1 == ci ]] && ln -s '${checkout}/node_modules' node_modules`)
  // There is no user manager in these tests; what units do is tested where there is one.
  await program('systemctl', 'exit 1')
})

afterEach(() => rm(home, { recursive: true, force: true }))

async function program(name: string, script: string): Promise<void> {
  await writeFile(join(programs, name), `#!/usr/bin/env bash\n${script}\n`)
  await chmod(join(programs, name), 0o755)
}

/** Runs the install.sh of a directory, as a user whose home is empty. */
function install(directory: string, ...args: string[]): Promise<CommandResult> {
  const env = { PATH: `${programs}:${process.env['PATH']}`, HOME: home }
  return runCommand(join(directory, 'install.sh'), args, { env })
}

/** The checkout may itself lie in a temporary place, so tests name it as the place to install to. */
const here = ['--copy-to', checkout]

async function files(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
}

const written = async () => (await files(home)).filter((path) => !path.startsWith(programs))

describe('install.sh', () => {
  it('writes the units, a first env file, manual pages and completions, and says what to type next', async () => {
    const { code, stdout, stderr } = await install(checkout, ...here, '--project', 'shop')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const env = join(home, '.config/supabase-backup/shop.env')
    expect(await readFile(env, 'utf8')).toBe(await readFile(join(checkout, '.env.example'), 'utf8'))
    expect((await stat(env)).mode & 0o777).toBe(0o600)
    const unit = await readFile(join(home, '.config/systemd/user/supabase-backup@.service'), 'utf8')
    expect(unit).toContain(`ExecStart="${checkout}/backup.sh" --project %i\n`)
    expect(unit).not.toMatch(/@[A-Z_]+@/)
    expect(stdout).toMatch(/Next, type:\n {2}\S+\/install\.sh --project shop --configure\n/)
  })

  it('changes nothing the second time, and never a configuration', async () => {
    await install(checkout, ...here, '--project', 'shop')
    const env = join(home, '.config/supabase-backup/shop.env')
    await writeFile(env, 'SUPABASE_PROJECT_REF=abcdefghijklmnopqrst\n')
    const before = await Promise.all(
      (await written()).map(async (path) => [path, (await stat(path)).mtimeMs]),
    )
    const { code, stdout } = await install(checkout, ...here, '--project', 'shop')
    expect(code).toBe(0)
    expect(stdout).not.toContain('done ')
    expect(
      await Promise.all((await written()).map(async (path) => [path, (await stat(path)).mtimeMs])),
    ).toEqual(before)
    expect(stdout).toContain('backup.sh --project shop --check')
  })

  it('does nothing with --dry-run, and says what it would', async () => {
    const { code, stdout } = await install(checkout, ...here, '--project', 'shop', '--enable', '--dry-run')
    expect(code).toBe(0)
    expect(stdout).toContain('would  write the unit: ')
    expect(stdout).toContain('would  start the timers of shop')
    expect(await written()).toEqual([])
  })

  it('refuses a place that would not last, and names the way out', async () => {
    const copy = join(home, 'copy')
    await install(checkout, '--copy-to', copy)
    const { code, stderr } = await install(copy)
    expect(code).toBe(2)
    expect(stderr).toContain('in a temporary directory')
    expect(stderr).toContain(`install.sh --copy-to ${home}/supabase-backup`)
    expect(stderr).toContain('[PLACE_TEMPORARY in install]')
  })

  it('asks at a terminal where to copy it instead', async () => {
    const copy = join(home, 'copy')
    await install(checkout, '--copy-to', copy)
    const env = { PATH: `${programs}:${process.env['PATH']}`, HOME: home }
    const terminal = await startTmux({ command: `${copy}/install.sh`, env, columns: 200 })
    try {
      await terminal.waitFor('Copy the toolkit to: ')
      await terminal.press('Enter')
      await terminal.waitFor('exit code 0')
    } finally {
      await terminal.stop()
    }
    expect(await readdir(join(home, 'supabase-backup'))).toContain('backup.sh')
    expect(await readFile(join(home, '.config/systemd/user/supabase-backup@.service'), 'utf8')).toContain(
      `ExecStart="${home}/supabase-backup/backup.sh"`,
    )
  })

  it('copies only the toolkit: no packages, no history, no env file, no backups', async () => {
    const first = join(home, 'first')
    await install(checkout, '--copy-to', first)
    await mkdir(join(first, '.git'))
    await mkdir(join(first, 'backups'))
    for (const path of ['.env', '.git/config', 'backups/data', 'shop.env'])
      await writeFile(join(first, path), 'x')
    const second = join(home, 'my tools/supabase backup')
    const { code, stderr } = await install(first, '--copy-to', second)
    expect(code, stderr).toBe(0)
    const names = await readdir(second)
    for (const name of [
      'backup.sh',
      'restore.sh',
      'install.sh',
      'src',
      'templates',
      'package-lock.json',
      '.env.example',
    ])
      expect(names).toContain(name)
    for (const name of ['.git', '.env', 'backups', 'shop.env', 'test']) expect(names).not.toContain(name)
    expect(await readFile(join(home, '.config/systemd/user/supabase-backup@.service'), 'utf8')).toContain(
      `ExecStart="${second}/backup.sh"`,
    )
  })

  it('brings an earlier copy up to date, and removes what the new version no longer has', async () => {
    const copy = join(home, 'copy')
    await install(checkout, '--copy-to', copy, '--project', 'shop')
    await writeFile(join(copy, 'src/gone.ts'), 'export {}\n')
    await writeFile(join(copy, 'backup.sh'), '#!/bin/sh\necho an old version\n')
    const { code } = await install(checkout, '--copy-to', copy)
    expect(code).toBe(0)
    expect(await readFile(join(copy, 'backup.sh'), 'utf8')).toBe(
      await readFile(join(checkout, 'backup.sh'), 'utf8'),
    )
    expect(await readdir(join(copy, 'src'))).not.toContain('gone.ts')
    expect((await readdir(copy)).filter((name) => name.startsWith('.incoming'))).toEqual([])
  })

  it('leaves no scratch directory', async () => {
    const scratch = join(home, 'scratch')
    await mkdir(scratch)
    const env = { PATH: `${programs}:${process.env['PATH']}`, HOME: home, TMPDIR: scratch }
    const copied = await runCommand(join(checkout, 'install.sh'), ['--copy-to', join(home, 'copy')], { env })
    expect(copied.code).toBe(0)
    expect((await runCommand(join(checkout, 'install.sh'), ['--uninstall'], { env })).code).toBe(0)
    expect(await readdir(scratch)).toEqual([])
  })

  it('does not copy over something else', async () => {
    const taken = join(home, 'documents')
    await mkdir(taken)
    await writeFile(join(taken, 'letter.txt'), 'Dear')
    const { code, stderr } = await install(checkout, '--copy-to', taken)
    expect(code).toBe(2)
    expect(stderr).toContain('COPY_PLACE_TAKEN')
    expect(await readdir(taken)).toEqual(['letter.txt'])
  })

  it('takes everything away again but the configuration', async () => {
    await install(checkout, ...here, '--project', 'shop')
    const { code, stdout } = await install(checkout, '--uninstall')
    expect(code).toBe(0)
    expect(await written()).toEqual([join(home, '.config/supabase-backup/shop.env')])
    expect(stdout).toContain('Configuration, archives and keys were left')
  })

  it('does not purge without an answer, and with --yes purges only what is a backup', async () => {
    await install(checkout, ...here, '--project', 'shop')
    const repository = join(home, 'shop.borg')
    const documents = join(home, 'documents')
    await mkdir(documents)
    await writeFile(join(documents, 'letter.txt'), 'Dear')
    await runCommand('borg', ['init', '--encryption=none', repository], {
      env: { PATH: process.env['PATH'], HOME: home, BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes' },
    })
    const env = join(home, '.config/supabase-backup/shop.env')
    await writeFile(env, `BORG_REPO=${repository}\nLOCAL_BACKUP_DIR=${documents}\nBORG_ENCRYPTION=none\n`, {
      mode: 0o600,
    })

    const refused = await install(checkout, '--uninstall', '--purge')
    expect(refused.code).toBe(2)
    expect(refused.stdout).toContain(repository)
    expect(refused.stdout).not.toContain(documents)
    expect(await readdir(repository)).toContain('config')

    expect((await install(checkout, '--uninstall', '--purge', '--yes')).code).toBe(0)
    expect(await readdir(home)).not.toContain('shop.borg')
    expect(await readdir(documents)).toEqual(['letter.txt'])
    expect((await written()).filter((path) => path.includes('/.config/supabase-backup/'))).toEqual([])
  })

  describe('where the dashboard has been', () => {
    const unit = () => join(home, '.config/systemd/user/supabase-backup-dashboard.service')
    const own = () => join(home, '.local/share/supabase-backup-dashboard')
    const shop = () => join(home, '.config/supabase-backup/shop.env')
    const archive = () => join(home, 'shop.borg/config')

    /** A project with a repository, and a dashboard with what only it knows. */
    async function haveBoth(): Promise<void> {
      await install(checkout, ...here, '--project', 'shop')
      await writeFile(shop(), `BORG_REPO=${join(home, 'shop.borg')}\nBORG_ENCRYPTION=none\n`, { mode: 0o600 })
      for (const [path, text] of [
        [archive(), '[repository]\n'],
        [unit(), '[Service]\n'],
        [join(own(), 'key'), 'key'],
        [join(home, '.local/share/supabase-backup-dashboard-of-another/key'), 'key'],
      ] as const) {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, text)
      }
    }
    const areThere = async (...paths: string[]) => {
      const there = await written()
      return paths.map((path) => there.some((file) => file === path || file.startsWith(`${path}/`)))
    }

    it('--uninstall --dashboard takes its unit away and nothing else', async () => {
      await haveBoth()
      const before = await written()
      const { code, stdout } = await install(checkout, '--uninstall', '--dashboard')
      expect(code).toBe(0)
      expect(stdout).toContain(own())
      expect(await written()).toEqual(before.filter((path) => path !== unit()))
      const both = await install(checkout, '--uninstall', '--dashboard', '--project', 'shop')
      expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('one of the two') })
    })

    it('--uninstall --dashboard --purge removes what only it knows once that is typed, and nothing of a project', async () => {
      await haveBoth()
      const before = await written()
      const env = { PATH: `${programs}:${process.env['PATH']}`, HOME: home }
      const command = `${checkout}/install.sh --uninstall --dashboard --purge`
      for (const [typed, code] of [
        ['y', 2],
        ['everything', 2],
        ['dashboard', 0],
      ] as const) {
        const terminal = await startTmux({ command, env, columns: 200 })
        try {
          await terminal.waitFor('Type dashboard to remove all of it:')
          expect(await terminal.screen()).not.toContain('shop')
          await terminal.type(typed)
          await terminal.press('Enter')
          await terminal.waitFor(`exit code ${code}`)
        } finally {
          await terminal.stop()
        }
        if (code === 2) expect(await written()).toEqual(before)
      }
      expect(await areThere(own(), unit(), shop(), archive())).toEqual([false, false, true, true])
      expect(await areThere(`${own()}-of-another`)).toEqual([true])
    })

    it('--purge of a project leaves the dashboard, and of everything takes it along', async () => {
      await haveBoth()
      expect((await install(checkout, '--uninstall', '--purge', '--yes', '--project', 'shop')).code).toBe(0)
      expect(await areThere(own(), unit(), shop(), archive())).toEqual([true, true, false, false])
      await haveBoth()
      const refused = await install(checkout, '--uninstall', '--purge')
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('Type everything') })
      expect(refused.stdout).toContain('secrets that the dashboard keeps')
      expect(await areThere(own(), unit(), shop(), archive())).toEqual([true, true, true, true])
      expect((await install(checkout, '--uninstall', '--purge', '--yes')).code).toBe(0)
      expect(await areThere(own(), unit(), shop(), archive())).toEqual([false, false, false, false])
      expect(await areThere(`${own()}-of-another`)).toEqual([true])
    })

    /** Its directory is elsewhere, as a drop-in of its unit says, and something of another's is in it too. */
    async function haveElsewhere(line: (place: string) => string): Promise<string> {
      const elsewhere = join(home, 'of the dashboard')
      await haveBoth()
      for (const [path, text] of [
        [`${unit()}.d/override.conf`, `[Service]\nEnvironment=DASHBOARD_PORT=4318\n${line(elsewhere)}\n`],
        ...[
          'dashboard.sqlite',
          'dashboard.sqlite-wal',
          'key',
          'lock',
          'backups/one.backup',
          'letter.txt',
        ].map((name) => [join(elsewhere, name), name] as const),
      ] as const) {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, text)
      }
      return elsewhere
    }

    it('--uninstall --dashboard takes what was changed of its unit along, and says where its directory is', async () => {
      const elsewhere = await haveElsewhere((place) => `Environment="DASHBOARD_DIR=${place}"`)
      const { code, stdout } = await install(checkout, '--uninstall', '--dashboard')
      expect(code).toBe(0)
      expect(stdout).toContain(elsewhere)
      expect(await areThere(`${unit()}.d`, unit(), join(elsewhere, 'key'))).toEqual([false, false, true])
    })

    it('--purge removes what is the dashboard’s own where its directory is elsewhere, and no more', async () => {
      const elsewhere = await haveElsewhere((place) => `Environment="A=b c" "DASHBOARD_DIR=${place}/"`)
      const { code, stdout } = await install(checkout, '--uninstall', '--dashboard', '--purge', '--yes')
      expect([code, stdout.includes(join(elsewhere, 'key'))]).toEqual([0, true])
      expect((await written()).filter((path) => path.startsWith(elsewhere))).toEqual([
        join(elsewhere, 'letter.txt'),
      ])
      expect(await areThere(own())).toEqual([true])
    })

    it('--purge leaves a directory alone that is no dashboard’s, whatever its unit says', async () => {
      const elsewhere = await haveElsewhere((place) => `Environment="DASHBOARD_DIR=${place}"`)
      await rm(join(elsewhere, 'dashboard.sqlite'))
      expect((await install(checkout, '--uninstall', '--dashboard', '--purge', '--yes')).code).toBe(0)
      expect(await areThere(join(elsewhere, 'key'), join(elsewhere, 'backups'))).toEqual([true, true])
    })

    it('--purge leaves the directory of a dashboard that runs still', async () => {
      await haveBoth()
      const lock = new DatabaseSync(join(own(), 'lock'))
      lock.exec('BEGIN EXCLUSIVE')
      const refused = await install(checkout, '--uninstall', '--dashboard', '--purge', '--yes')
      expect(refused).toMatchObject({ code: 75, stderr: expect.stringContaining('DASHBOARD_RUNNING') })
      expect(await areThere(own())).toEqual([true])
      lock.close()
      expect((await install(checkout, '--uninstall', '--dashboard', '--purge', '--yes')).code).toBe(0)
      expect(await areThere(own())).toEqual([false])
    })
  })

  it('answers a wrong flag, a missing value and an impossible name with exit code 2', async () => {
    const typo = await install(checkout, '--unistall')
    expect(typo).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean --uninstall?') })
    expect(await install(checkout, '--copy-to')).toMatchObject({ code: 2 })
    expect(await install(checkout, '--project', '../etc')).toMatchObject({ code: 2 })
    expect(await install(checkout, ...here, '--enable')).toMatchObject({ code: 2 })
  })

  it('needs root for the system', async () => {
    await program('id', 'echo 1000')
    const { code, stderr } = await install(checkout, ...here, '--system')
    expect(code).toBe(78)
    expect(stderr).toContain('ROOT_NEEDED')
  })

  it('prints its help and its version', async () => {
    expect((await install(checkout, '--help')).stdout).toBe(
      await readFile(join(checkout, 'src/shell/usage/install.txt'), 'utf8'),
    )
    expect((await install(checkout, '--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
