import { appendFile, chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningProgram, startProgram } from '../../src/common/process.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { openWorkspace, type Workspace } from '../../src/sandbox/workspace.ts'
import { checkout } from './checkout.ts'
import { prepareClients17 } from './clients-17.ts'
import { type CommandResult, runCommand } from './command.ts'

/** A project that is backed up, and another to restore it into: its TEST_SUPABASE_ variables. */
export interface TwoProjects {
  folder: string
  source: Workspace
  target: Sandbox
  /** What is typed, or given, to confirm a restore over the target. */
  reference: string
  /** The directory that holds the project's state. */
  state: string
  run(script: 'backup.sh' | 'restore.sh', ...args: string[]): Promise<CommandResult>
  /** `restore.sh` over the target, confirmed; the report on stdout. */
  restore(...args: string[]): Promise<CommandResult>
  /** The same, started. */
  startRestore(...args: string[]): RunningProgram
  stop(): Promise<void>
}

interface TwoProjectsOptions {
  /** Of both servers. Default: 15. */
  major?: 15 | 17
  /** Puts something between this machine and the target's database, and returns the URL through it. */
  front?: (url: string) => Promise<string>
  /** Is called before the source is backed up. */
  prepare?: (source: Sandbox, target: Sandbox) => Promise<void>
}

/** Starts both, each with a small application, and backs the source up once. */
export async function openTwoProjects(options: TwoProjectsOptions = {}): Promise<TwoProjects> {
  const { major = 15, front } = options
  const folder = await mkdtemp(join(tmpdir(), 'two-projects-'))
  // The servers run as another user.
  await chmod(folder, 0o711)
  const source = await openWorkspace(folder, { application: 'small', major })
  await mkdir(join(folder, 'target'))
  const target = await startSandbox({ directory: join(folder, 'target'), application: 'small', major })
  const there = { ...target.environment() }
  if (front) there['SUPABASE_DB_URL'] = await front(target.databaseUrl)
  const reference = `${new URL(`${there['SUPABASE_DB_URL']}`).host}/postgres`
  const settings = ['URL', 'STORAGE_URL', 'DB_URL', 'SERVICE_ROLE_KEY'].map(
    (name) => `TEST_SUPABASE_${name}='${there[`SUPABASE_${name}`]}'\n`,
  )
  if (major === 17) settings.push(`PG_BIN_DIR='${(await prepareClients17()).binDirectory}'\n`)
  await appendFile(source.envFile, settings.join(''))
  await options.prepare?.(source.sandbox, target)
  const env = { PATH: `${process.env['PATH']}`, HOME: folder, ...source.places }
  const toTarget = ['--target', 'test', '--confirm', reference, '--yes', '--json']
  const project: TwoProjects = {
    ...{ folder, source, target, reference },
    state: join(`${source.places['XDG_STATE_HOME']}`, 'supabase-backup/sandbox'),
    run: (script, ...args) =>
      runCommand(join(checkout, script), ['--env-file', source.envFile, ...args], { env }),
    restore: (...args) => project.run('restore.sh', ...toTarget, ...args),
    startRestore: (...args) =>
      startProgram({
        program: join(checkout, 'restore.sh'),
        args: ['--env-file', source.envFile, ...toTarget, ...args],
        env,
        phase: 'test',
      }),
    async stop() {
      await target.stop()
      await source.sandbox.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  const backup = await project.run('backup.sh', '--quiet')
  if (backup.code !== 0) throw new Error(`backup.sh ended with ${backup.code}: ${backup.stderr}`)
  return project
}
