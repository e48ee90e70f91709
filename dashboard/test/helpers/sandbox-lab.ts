import { appendFile, chmod, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from '../../../src/common/process.ts'
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts'
import { openWorkspace, type Workspace } from '../../../src/sandbox/workspace.ts'

const checkout = join(import.meta.dirname, '../../..')

/** A real project with real backups, another to restore it into, and a home for a dashboard over them. */
export interface SandboxLab {
  source: Workspace
  /** What the TEST_SUPABASE_ variables name. */
  target: Sandbox
  /** What confirms a restore over it. */
  reference: string
  directory: string
  environment: Record<string, string>
  /** Folder of the env files. */
  configuration: string
  /** Names of its archives, in the order in which they were made. */
  archives(): Promise<string[]>
  backUp(...flags: string[]): Promise<void>
  remove(): Promise<void>
}

/** Starts both with a small application; nothing is backed up yet. */
export async function makeSandboxLab(): Promise<SandboxLab> {
  const folder = await mkdtemp(join(tmpdir(), 'dashboard-sandbox-'))
  // The servers run as another user.
  await chmod(folder, 0o711)
  const source = await openWorkspace(folder, { application: 'small' })
  await mkdir(join(folder, 'target'))
  const target = await startSandbox({ directory: join(folder, 'target'), application: 'small' })
  const there = target.environment()
  const settings = ['URL', 'STORAGE_URL', 'DB_URL', 'SERVICE_ROLE_KEY'].map(
    (name) => `TEST_SUPABASE_${name}='${there[`SUPABASE_${name}`]}'\n`,
  )
  await appendFile(source.envFile, settings.join(''))
  const configuration = join(`${source.places['XDG_CONFIG_HOME']}`, 'supabase-backup')
  await mkdir(configuration, { recursive: true })
  await copyFile(source.envFile, join(configuration, 'sandbox.env'))
  const environment = {
    PATH: `${process.env['PATH']}`,
    HOME: join(folder, 'home'),
    ...source.places,
  }
  const script = (name: 'backup.sh' | 'restore.sh', ...args: string[]) =>
    runProgram({
      program: join(checkout, name),
      args: ['--env-file', source.envFile, ...args],
      env: environment,
      phase: 'test',
      suggestion: 'See its log.',
    })
  return {
    ...{ source, target, configuration, environment, directory: join(folder, 'dashboard') },
    reference: `${new URL(`${there['SUPABASE_DB_URL']}`).host}/postgres`,
    async archives() {
      const { stdout } = await script('restore.sh', '--list', '--json')
      const listed: { kind: string; name: string }[] = JSON.parse(stdout)
      return listed
        .filter(({ name }) => /-\d{4}-/.test(name))
        .map(({ name }) => name)
        .reverse()
    },
    async backUp(...flags) {
      await script('backup.sh', '--quiet', ...flags)
    },
    async remove() {
      await target.stop()
      await source.sandbox.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
