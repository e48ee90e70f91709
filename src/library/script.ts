import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { BackupError, ExitCode } from '../common/errors.ts'
import { type ProjectOptions, projectArguments, type RunOptions } from './options.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A script that has been started. */
interface Script {
  /** Its file descriptor 3. */
  events: Readable
  /** How it ended; never rejects. */
  ended: Promise<ScriptEnd>
}

export interface ScriptEnd {
  code: number | null
  signal: NodeJS.Signals | null
  /** What it printed on stdout. */
  output: string
}

/**
 * Starts backup.sh or restore.sh of this toolkit with --json, in the options' environment alone. It does not end with this process: a backup is not to be lost with
 * whoever looks at it.
 */
export function startScript(
  script: 'backup.sh' | 'restore.sh',
  args: readonly string[],
  options: ProjectOptions & Pick<RunOptions, 'runId' | 'detached'>,
): Script {
  const { environment = {}, runId, detached = false, signal, log } = options
  const given = { ...environment, ...(runId !== undefined && { RUN_ID: runId }) }
  const child = spawn(`${root}${script}`, [...projectArguments(options), ...args, '--json'], {
    env: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached,
  })
  const stop = () => child.kill('SIGTERM')
  signal?.addEventListener('abort', stop)
  if (signal?.aborted) stop()
  const { stderr } = child
  if (log && stderr) createInterface({ input: stderr }).on('line', log)
  else stderr?.resume()
  const ended = endOf(child).finally(() => signal?.removeEventListener('abort', stop))
  const [, , , events] = child.stdio
  return { events: events instanceof Readable ? events : Readable.from([]), ended }
}

async function endOf(child: ChildProcess): Promise<ScriptEnd> {
  const output = child.stdout ? text(child.stdout) : Promise.resolve('')
  try {
    await once(child, 'exit')
  } catch {
    return { code: null, signal: null, output: '' }
  }
  return { code: child.exitCode, signal: child.signalCode, output: await output }
}

/** The document on a script's stdout. @throws BackupError SCRIPT_DIED where there is none, as after kill -9 */
export function documentOf(script: string, { code, signal, output }: ScriptEnd): unknown {
  try {
    return JSON.parse(output)
  } catch (cause) {
    if (signal === 'SIGTERM')
      throw new BackupError({
        code: 'INTERRUPTED',
        message: `${script} was interrupted before it began.`,
        suggestion: 'Start it again; nothing was changed.',
        phase: 'library',
        exitCode: ExitCode.terminated,
      })
    const how = signal === null ? `ended with exit code ${code ?? 'none'}` : `was ended by ${signal}`
    throw new BackupError({
      code: 'SCRIPT_DIED',
      message: `${script} ${how} and left no answer.`,
      suggestion: 'Read the end of its log; backup.sh --status tells a run that was killed.',
      phase: 'library',
      exitCode: ExitCode.failed,
      cause,
    })
  }
}
