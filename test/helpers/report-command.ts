import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describeEnd, startProgram } from '../../src/common/process.ts'

export interface CommandResult {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs report.ts as the scripts do. A flag with an empty value is given without one. */
export async function runReport(
  command: string,
  flags: Record<string, string>,
  environment: Record<string, string> = {},
): Promise<CommandResult> {
  const args = Object.entries(flags).flatMap(([name, value]) =>
    value === '' ? [`--${name}`] : [`--${name}`, value],
  )
  const child = startProgram({
    program: process.execPath,
    args: ['src/report.ts', command, ...args],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
    phase: 'test',
  })
  child.stdin.end()
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  const end = await child.ended
  if (end.code === null) throw new Error(describeEnd('report.ts', end))
  return { code: end.code, stdout, stderr: end.stderr }
}

/** The environment in which the scripts start it for a project `shop` whose state lies in `state`. */
export function scriptEnvironment(state: string): Record<string, string> {
  return {
    PROJECT_NAME: 'shop',
    ENV_FILE: `${state}/../shop.env`,
    STATE_DIR: state,
    RUNS_DIR: `${state}/runs`,
    LOG_DIR: `${state}/logs`,
    LOCK_FILE: `${state}/lock`,
    HOOKS_DIR: `${state}/../hooks.d`,
    LOCAL_BACKUP_DIR: `${state}/../current`,
    BORG_EXTRACT_DIR: `${state}/../extract`,
  }
}

/** Runs its `status` for a project `shop` whose state lies in `state`, a directory of that name; it reads the env file itself. */
export async function runStatus(
  state: string,
  flags: Record<string, string> = {},
  settings: Record<string, string> = {},
): Promise<CommandResult> {
  const folder = dirname(state)
  const envFile = join(folder, 'shop.env')
  const { PATH, ...values } = settings
  const lines = Object.entries(values).map(([name, value]) => `${name}='${value}'\n`)
  await mkdir(folder, { recursive: true })
  await writeFile(envFile, lines.join(''), { mode: 0o600 })
  const places = {
    STATE_DIRECTORY: folder,
    ...(PATH === undefined ? {} : { PATH }),
  }
  return runReport('status', { 'env-file': envFile, ...flags }, places)
}
