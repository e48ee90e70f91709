import type { Readable } from 'node:stream'
import { describeEnd, type RunningProgram, startProgram } from '../common/process.ts'
import { addSecrets, redact } from '../common/redact.ts'
import type { Environment } from './directories.ts'
import { configurationError } from './problem.ts'
import { parseSecrets } from './secrets-output.ts'
import type { Values } from './sources.ts'

const phase = 'configuration'
const mostBytes = 1 << 20
/** How long after its time a command that was told to end may still hold its output open. */
const lingerMs = 6_000

/**
 * Runs the operator's SECRETS_COMMAND and returns what it prints. It has the whole environment, no terminal and nothing to read;
 * whatever it left running in its process group ends with it.
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
  const child = startProgram({ program: 'bash', args, env, cwd, timeoutMs: timeoutSec * 1000, phase })
  const release = releaseOutput(child, timeoutSec * 1000 + lingerMs)
  child.stdin.end()
  const [output, end] = await Promise.all([readOutput(child), child.ended])
  clearTimeout(release)
  endGroup(child.pid)
  if (end.code !== 0) registerPrinted(output.text)
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
  return parseSecrets(output.text)
}

async function readOutput({ stdout, stop }: RunningProgram): Promise<{ text: string; isTooLarge: boolean }> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of untilClosed(stdout)) {
    size += chunk.length
    if (size <= mostBytes) chunks.push(chunk)
    else stop()
  }
  return { text: Buffer.concat(chunks).toString('utf8'), isTooLarge: size > mostBytes }
}

/** What comes until the stream ends, or is given up. */
async function* untilClosed(stream: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream) yield chunk
  } catch (error) {
    if (!stream.destroyed) throw error
  }
}

/** A program that left the process group may hold the output open for ever: it is not waited for. */
function releaseOutput(child: RunningProgram, afterMs: number): NodeJS.Timeout {
  return setTimeout(() => {
    child.stdout.destroy()
    child.stderr.destroy()
  }, afterMs)
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
