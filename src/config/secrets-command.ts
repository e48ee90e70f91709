import type { Readable } from 'node:stream'
import { describeEnd, type RunningProgram, startProgram } from '../common/process.ts'
import { addSecrets, redact } from '../common/redact.ts'
import type { Environment } from './directories.ts'
import { configurationError } from './problem.ts'
import { parseSecrets } from './secrets-output.ts'
import type { Values } from './sources.ts'

const phase = 'configuration'
const mostBytes = 1 << 20
/** How long what a command has started, such as the agent of a secret store, may hold its output open when it has ended. */
const lingerMs = 2_000

/**
 * Runs the operator's SECRETS_COMMAND and returns what it prints. It has the whole environment, no terminal and nothing to read;
 * whatever it left running in its process group ends with it, and what left the group is not waited for.
 * @param options.directory where it runs
 * @throws BackupError SECRETS_COMMAND_FAILED, SECRETS_COMMAND_TIMEOUT, SECRETS_COMMAND_OUTPUT: none shows a value
 */
export async function runSecretsCommand(options: {
  command: string
  timeoutSec: number
  directory: string
  environment: Environment
}): Promise<Values> {
  const { command, timeoutSec, directory: cwd, environment: env } = options
  const args = ['-o', 'pipefail', '-c', command]
  const child = startProgram({
    program: 'bash',
    args,
    env,
    cwd,
    timeoutMs: timeoutSec * 1000,
    lingerMs,
    phase,
  })
  child.stdin.end()
  const [output, end] = await Promise.all([readOutput(child), child.ended])
  endGroup(child.pid)
  if (end.code !== 0) registerPrinted(output.bytes.toString('utf8'))
  if (end.timedOut)
    throw configurationError({
      code: 'SECRETS_COMMAND_TIMEOUT',
      message: `SECRETS_COMMAND did not finish within ${timeoutSec} seconds.`,
      suggestion:
        'It runs without a terminal, so it must not ask for anything; or raise SECRETS_COMMAND_TIMEOUT_SEC.',
    })
  if (output.isTooLarge)
    throw configurationError({
      code: 'SECRETS_COMMAND_OUTPUT',
      message: `SECRETS_COMMAND prints more than ${mostBytes} bytes.`,
      suggestion: 'Have it print one NAME=value a line and nothing else on its standard output.',
    })
  if (end.code !== 0)
    throw configurationError(
      {
        code: 'SECRETS_COMMAND_FAILED',
        message: `${describeEnd('SECRETS_COMMAND', end)}.`,
        suggestion:
          'Run it by hand as the user of the backup; see that the secret store is unlocked and can be reached.',
      },
      lastWords(end.stderr) || undefined,
    )
  return parseSecrets(textOf(output.bytes))
}

/** A character in place of a byte that is none would make another secret of it. */
function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw configurationError({
      code: 'SECRETS_COMMAND_OUTPUT',
      message: 'What SECRETS_COMMAND prints is not UTF-8.',
      suggestion: 'Have it print text in UTF-8, one NAME=value a line.',
    })
  }
}

async function readOutput({ stdout, stop }: RunningProgram): Promise<{ bytes: Buffer; isTooLarge: boolean }> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of untilClosed(stdout)) {
    size += chunk.length
    if (size <= mostBytes) chunks.push(chunk)
    else stop()
  }
  return { bytes: Buffer.concat(chunks), isTooLarge: size > mostBytes }
}

/** What comes until the stream ends, or is given up. */
async function* untilClosed(stream: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream) yield chunk
  } catch (error) {
    if (!stream.destroyed) throw error
  }
}

/** What the command started in the background and left, its leader being gone. */
function endGroup(group: number): void {
  if (group <= 0) return
  try {
    process.kill(-group, 'SIGTERM')
  } catch {
    // Nothing is left of it.
  }
}

/** Its complaint may repeat what it printed. */
function registerPrinted(text: string): void {
  const lines = text.split('\n').map((line) => line.replace(/^[^=]*=\s*/, '').trim())
  addSecrets(lines.flatMap((value) => [value, value.replace(/^(['"])(.*)\1$/, '$2')]))
}

/** What it said on its standard error, without values that it may have shown there, as with `set -x`. */
function lastWords(stderr: string): string {
  return redact(stderr.replaceAll(/\b([A-Z][A-Z0-9_]{2,}\s*[=:]\s*).*/g, '$1*****'))
    .trim()
    .slice(-500)
}
