import { startProgram } from '../../src/common/process.ts'

export interface CommandResult {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a program to its end, however it ends, with an empty standard input unless told otherwise. */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: { env?: Record<string, string | undefined>; cwd?: string; input?: string } = {},
): Promise<CommandResult> {
  const run = startProgram({
    program,
    args,
    env: options.env ?? { PATH: process.env['PATH'] },
    cwd: options.cwd,
    phase: 'test',
  })
  let stdout = ''
  run.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  run.stdin.end(options.input ?? '')
  const { code, stderr } = await run.ended
  return { code, stdout, stderr }
}
