import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningProgram, startProgram } from '../../src/common/process.ts'
import { provideBuild } from './build.ts'
import { checkout } from './checkout.ts'
import { type CommandResult, runCommand } from './command.ts'

/** A project of its own, and the scripts that back it up: real Bash, real Borg, and small workers in place of the real ones. */
export interface Toolkit {
  folder: string
  /** The settings as the env file has them; `configure` changes them. */
  envFile: string
  repository: string
  local: string
  state: string
  /** Rewrites the env file with these on top of the defaults; undefined removes one. */
  configure(settings: Record<string, string | undefined>): Promise<void>
  /** Runs `backup.sh --env-file …` to its end. */
  backup(args?: readonly string[], env?: Record<string, string>): Promise<CommandResult>
  restore(args?: readonly string[], env?: Record<string, string>): Promise<CommandResult>
  /** Starts it and returns at once. */
  startBackup(args?: readonly string[], env?: Record<string, string>): RunningProgram
  /** Runs Borg on the project's repository. */
  borg(args: readonly string[], env?: Record<string, string>, cwd?: string): Promise<CommandResult>
  /** What Borg needs for that. */
  borgEnvironment: Record<string, string>
  /** Names of the archives, oldest first. */
  archives(): Promise<string[]>
  /** The names beside the current generation, itself included, but for the locks of a run under way or killed. */
  generations(): Promise<string[]>
  /** The text of the newest log file. */
  log(): Promise<string>
  /** The newest run report. */
  report(): Promise<Record<string, unknown>>
  remove(): Promise<void>
}

/** What stands in for the real ones; see test/helpers/workers. */
const workers = ['database.ts', 'storage.ts', 'generation.ts', 'restore.ts']

export const passphrase = 'a passphrase of the tests'

/** What `--env-file` alone does not keep apart from the machine's own: home, state and runtime directories. */
function environmentOf(folder: string, extra: Record<string, string>): Record<string, string> {
  return {
    PATH: `${process.env['PATH']}`,
    HOME: join(folder, 'home'),
    XDG_RUNTIME_DIR: join(folder, 'runtime'),
    TMPDIR: join(folder, 'tmp'),
    ...extra,
  }
}

/** Makes the folder; `remove` takes it away again. */
export async function makeToolkit(): Promise<Toolkit> {
  const folder = await mkdtemp(join(tmpdir(), 'supabase-backup-toolkit-'))
  for (const name of ['home', 'runtime', 'tmp', 'toolkit/src'])
    await mkdir(join(folder, name), { recursive: true })
  const root = join(folder, 'toolkit')
  for (const name of ['backup.sh', 'restore.sh']) await cp(join(checkout, name), join(root, name))
  for (const name of ['node_modules', 'package.json', 'package-lock.json', 'templates'])
    await symlink(join(checkout, name), join(root, name))
  for (const name of await readdir(join(checkout, 'src')))
    if (!workers.includes(name)) await symlink(join(checkout, 'src', name), join(root, 'src', name))
  for (const name of workers)
    await symlink(join(checkout, 'test/helpers/workers', name), join(root, 'src', name))

  await provideBuild(root)

  const envFile = join(folder, 'shop.env')
  const repository = join(folder, 'shop.borg')
  const local = join(folder, 'data/current')
  const state = join(folder, 'home/.local/state/supabase-backup/shop')
  const defaults: Record<string, string> = {
    SUPABASE_DB_URL: 'postgresql://postgres:password@127.0.0.1:5432/postgres',
    SUPABASE_STORAGE_URL: 'http://127.0.0.1:5000/storage/v1',
    SUPABASE_SERVICE_ROLE_KEY: 'sb_secret_of_the_tests',
    BORG_REPO: repository,
    BORG_PASSPHRASE: passphrase,
    LOCAL_BACKUP_DIR: local,
    BORG_EXTRACT_DIR: join(folder, 'data/extract'),
    BORG_LOCK_WAIT: '1',
    MIN_FREE_SPACE: '1M',
  }
  const configure = async (settings: Record<string, string | undefined>) => {
    const lines = Object.entries({ ...defaults, ...settings })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}='${value}'\n`)
    await writeFile(envFile, lines.join(''))
    await chmod(envFile, 0o600)
  }
  await configure({})
  const run =
    (script: string) =>
    (args: readonly string[] = [], env: Record<string, string> = {}) =>
      runCommand(join(root, script), ['--env-file', envFile, ...args], { env: environmentOf(folder, env) })
  const borgEnvironment = environmentOf(folder, {
    BORG_REPO: repository,
    BORG_PASSPHRASE: passphrase,
    // A client of its own: what it knows of the repository is not what the scripts' Borg knows.
    BORG_BASE_DIR: join(folder, 'borg-of-the-test'),
  })
  const borg = (args: readonly string[], env: Record<string, string> = {}, cwd = '/') =>
    runCommand('borg', args, { cwd, env: { ...borgEnvironment, ...env } })
  const newest = async (directory: string) => {
    const name = (await readdir(directory)).sort().at(-1)
    return readFile(join(directory, name ?? ''), 'utf8')
  }
  return {
    folder,
    envFile,
    repository,
    local,
    state,
    configure,
    backup: run('backup.sh'),
    restore: run('restore.sh'),
    startBackup: (args = [], env = {}) =>
      startProgram({
        program: join(root, 'backup.sh'),
        args: ['--env-file', envFile, ...args],
        env: environmentOf(folder, env),
        phase: 'test',
      }),
    borg,
    borgEnvironment,
    archives: async () => (await borg(['list', '--short'])).stdout.split('\n').filter((name) => name !== ''),
    generations: async () =>
      (await readdir(join(folder, 'data')).catch(() => [])).filter((name) => !name.endsWith('.lock')).sort(),
    log: () => newest(join(state, 'logs')),
    report: async () => JSON.parse(await newest(join(state, 'runs'))),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
