import { describeEnd, startProgram } from '../common/process.ts'
import { redact } from '../common/redact.ts'
import type { ComponentDifference } from '../components/component.ts'
import type { Environment } from '../config/directories.ts'
import { requireTrustedCommand } from '../config/trust.ts'
import { libpqEnvironment, reach } from '../database/connect/connection.ts'
import { connectionUrl } from '../database/connect/connection-string.ts'
import { createPasswordFile, type PasswordFile } from '../database/connect/password-file.ts'
import { type Project, storageOf } from '../project/project.ts'

const phase = 'restore/check-command'
const outputShown = 1000

/**
 * Runs the operator's own check of a restored project (`--check-cmd`): a shell command that finds the target in
 * DATABASE_URL (and libpq's variables, with a password file), STORAGE_URL and SERVICE_ROLE_KEY, and says by exiting with 0 that all is well.
 * At the limit it is killed together with everything it started.
 * @param options.timeoutMs in milliseconds
 * @returns what it found wrong; undefined when nothing
 * @throws BackupError FILE_NOT_TRUSTED where somebody else could have written what it runs
 */
export async function runCheckCommand(options: {
  command: string
  target: Project
  /** What the command finds beside the target: PATH, HOME and LANG of it. */
  environment: Environment
  timeoutMs: number
  signal: AbortSignal
}): Promise<ComponentDifference | undefined> {
  await requireTrustedCommand(options.command, "--check-cmd's program")
  const passwords = createPasswordFile()
  try {
    return await runWith(options, passwords)
  } finally {
    await passwords.remove()
  }
}

async function runWith(
  { command, target, environment, timeoutMs, signal }: Parameters<typeof runCheckCommand>[0],
  passwords: PasswordFile,
): Promise<ComponentDifference | undefined> {
  const { PATH, HOME, LANG } = environment
  const configured = target.loopback ?? target.database
  const database = configured && (await reach(configured, phase))
  const storage = target.storageUrl && target.management ? await storageOf(target) : target.storage
  const run = startProgram({
    program: 'bash',
    args: ['-c', command],
    env: {
      ...{ PATH, HOME, LANG },
      ...(database && passwords.take(libpqEnvironment(database)).env),
      DATABASE_URL: database && connectionUrl(database),
      STORAGE_URL: storage?.url,
      SERVICE_ROLE_KEY: storage?.serviceRoleKey,
    },
    timeoutMs,
    signal,
    phase,
  })
  run.stdin.end()
  let output = ''
  for await (const text of run.stdout.setEncoding('utf8')) output = `${output}${text}`.slice(-outputShown)
  const end = await run.ended
  signal.throwIfAborted()
  if (end.code === 0) return undefined
  const said = redact(`${output}\n${end.stderr}`).trim().slice(-outputShown)
  return {
    component: 'project',
    kind: 'check-command',
    name: command,
    expected: 'exit code 0',
    actual: `${describeEnd('it', end)}${said === '' ? '' : `: ${said}`}`,
  }
}
