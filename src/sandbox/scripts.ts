import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError, renderError } from '../common/errors.ts'
import { describeEnd, startProgram } from '../common/process.ts'
import { type RunReport, runReportSchema } from '../report/schema.ts'

const root = join(import.meta.dirname, '../..')

/**
 * Runs one of the scripts with `--json` and returns its report. What it logs is appended to a file.
 * @param options.command the script's name and arguments
 * @param options.places environment variables that keep what it writes inside the sandbox's folder
 * @throws Error, with the end of the log, unless it exits 0
 */
export async function runScript(options: {
  command: readonly [script: string, ...args: string[]]
  places: Record<string, string>
  log: string
  signal: AbortSignal
}): Promise<RunReport> {
  const { command, places, log, signal } = options
  signal.throwIfAborted()
  const [script, ...args] = command
  const { PATH, HOME, LANG } = process.env
  const run = startProgram({
    program: join(root, script),
    args: [...args, '--json'],
    env: { PATH, HOME, LANG, ...places },
    cwd: root,
    signal,
    phase: 'sandbox/demo',
  })
  run.stdin.end()
  const [stdout, end] = await Promise.all([run.stdout.setEncoding('utf8').toArray(), run.ended])
  await appendFile(log, end.stderr)
  signal.throwIfAborted()
  if (end.code !== 0) throw new Error(`${describeEnd(script, end)}.\n${end.stderr.slice(-3000)}`)
  return runReportSchema.parse(JSON.parse(stdout.join('')))
}

/** For people: what failed, and what can be done. */
export function describeError(error: unknown): string {
  if (error instanceof BackupError) return renderError(error)
  return error instanceof Error ? error.message : String(error)
}
