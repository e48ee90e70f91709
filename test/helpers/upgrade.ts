import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkout } from './checkout.ts'
import { type CommandResult, runCommand } from './command.ts'

const fixtures = join(checkout, 'test/fixtures/upgrade')

/** The versions of which there is a machine to upgrade. */
export async function earlierVersions(): Promise<string[]> {
  const entries = await readdir(fixtures, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

/** A machine as an earlier version left it, with the toolkit of today. */
export interface UpgradedMachine {
  folder: string
  generation: string
  /** The project's state directory. */
  state: string
  /** Gives the project these settings beside its own, e.g. a target. */
  configure(settings: Record<string, string>): Promise<void>
  run(script: 'backup.sh' | 'restore.sh', ...args: string[]): Promise<CommandResult>
  /** Puts the state back as the earlier version left it. */
  resetState(): Promise<void>
  remove(): Promise<void>
}

/** Unpacks one of the fixtures into a folder of its own. */
export async function upgradeMachine(version: string): Promise<UpgradedMachine> {
  const fixture = join(fixtures, version)
  const folder = await mkdtemp(join(tmpdir(), 'upgraded-'))
  // The servers of a drill run as another user.
  await chmod(folder, 0o711)
  for (const name of ['runtime', 'tmp']) await mkdir(join(folder, name), { mode: 0o711 })
  for (const name of ['generation', 'repository']) {
    const args = ['-xzf', join(fixture, `${name}.tar.gz`), '-C', folder, '--no-same-owner']
    const { code, stderr } = await runCommand('tar', args)
    if (code !== 0) throw new Error(stderr)
  }
  const envFile = join(folder, 'shop.env')
  const state = join(folder, '.local/state/supabase-backup/shop')
  const own = {
    BORG_REPO: join(folder, 'repository'),
    BORG_PASSPHRASE: 'passphrase of the upgrade fixtures',
    LOCAL_BACKUP_DIR: join(folder, 'generation'),
    BORG_EXTRACT_DIR: join(folder, 'extract'),
    MIN_FREE_SPACE: '1M',
  }
  const env = {
    PATH: `${process.env['PATH']}`,
    HOME: folder,
    XDG_RUNTIME_DIR: join(folder, 'runtime'),
    TMPDIR: join(folder, 'tmp'),
  }
  const machine: UpgradedMachine = {
    ...{ folder, generation: own.LOCAL_BACKUP_DIR, state },
    async configure(settings) {
      const lines = Object.entries({ ...own, ...settings }).map(([name, value]) => `${name}='${value}'\n`)
      await writeFile(envFile, lines.join(''), { mode: 0o600 })
    },
    run: (script, ...args) => runCommand(join(checkout, script), ['--env-file', envFile, ...args], { env }),
    async resetState() {
      await rm(state, { recursive: true, force: true })
      await cp(join(fixture, 'state'), state, { recursive: true })
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
  await machine.configure({})
  await machine.resetState()
  return machine
}

/** A file of the fixture's state, parsed. */
export async function leftState(version: string, path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(fixtures, version, 'state', path), 'utf8'))
}
