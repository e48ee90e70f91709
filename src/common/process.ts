import { type ChildProcess, spawn } from 'node:child_process'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import { BackupError } from './errors.ts'
import { guardGroup, releaseGroup } from './guard.ts'
import { redact } from './redact.ts'

const keptStderr = 64 * 1024
const graceMs = 5_000

export interface ProgramOptions {
  /** Absolute path, or a name found on the environment's PATH. */
  program: string
  args: readonly string[]
  /** The whole environment of the child: nothing is inherited that is not named here. Secrets go here, never in args. */
  env: Record<string, string | undefined>
  cwd?: string | undefined
  /** Stops the whole process group when it fires. */
  signal?: AbortSignal | undefined
  /** Wall time limit in milliseconds, for the whole process group. */
  timeoutMs?: number | undefined
  /**
   * How long after its end what it started may hold its output open, in milliseconds; then nobody waits for more. Default: for ever, as
   * far as the time limit goes.
   */
  lingerMs?: number | undefined
  /** The step, for errors. */
  phase: string
}

export interface RunningProgram {
  stdin: Writable
  stdout: Readable
  /** For callers that need more of it than the tail `ended` gives; read as UTF-8 text. */
  stderr: Readable
  pid: number
  /** The end of the child, however it came; never rejects. */
  ended: Promise<ProgramEnd>
  /** Ends the whole process group: TERM, then KILL after five seconds. */
  stop(): void
}

export interface ProgramEnd {
  code: number | null
  signal: NodeJS.Signals | null
  timedOut: boolean
  /** The last 64 KiB, secrets masked. */
  stderr: string
}

const running = new Set<ChildProcess>()

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group ended between the check and the signal.
  }
}

process.once('exit', () => {
  for (const child of running) signalGroup(child, 'SIGKILL')
})

/**
 * Starts a program without a shell, as the leader of a process group of its own, which ends with this process however this
 * process ends.
 */
export function startProgram(options: ProgramOptions): RunningProgram {
  const child: ChildProcess = spawn(options.program, options.args, {
    cwd: options.cwd,
    env: Object.fromEntries(Object.entries(options.env).filter(([, value]) => value !== undefined)),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const { stdin, stdout, stderr: words } = child
  if (!stdin || !stdout || !words) return neverStarted(child)
  running.add(child)
  if (child.pid !== undefined) guardGroup(child.pid)
  let stderr = ''
  let timedOut = false
  let killTimer: NodeJS.Timeout | undefined
  const stop = () => {
    signalGroup(child, 'SIGTERM')
    killTimer ??= setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs)
  }
  const timeout =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true
          stop()
        }, options.timeoutMs)
  options.signal?.addEventListener('abort', stop)
  if (options.signal?.aborted) stop()
  words.setEncoding('utf8')
  words.on('data', (text: string) => {
    stderr = (stderr + text).slice(-keptStderr)
  })
  // A child that ends early closes its stdin; its exit code tells the story, not the EPIPE.
  stdin.on('error', () => {})
  const ended = new Promise<ProgramEnd>((resolve) => {
    const finish = (code: number | null, signal: NodeJS.Signals | null) => {
      running.delete(child)
      if (child.pid !== undefined) releaseGroup(child.pid)
      clearTimeout(timeout)
      clearTimeout(killTimer)
      options.signal?.removeEventListener('abort', stop)
      resolve({ code, signal, timedOut, stderr: redact(stderr) })
    }
    child.once('error', (error) => {
      stderr += error.message
      finish(null, null)
    })
    child.once('close', finish)
  })
  const { lingerMs } = options
  if (lingerMs !== undefined)
    child.once('exit', () => {
      clearTimeout(timeout)
      const release = setTimeout(() => {
        stdout.destroy()
        words.destroy()
      }, lingerMs)
      ended.finally(() => clearTimeout(release))
    })
  return { stdin, stdout, stderr: words, pid: child.pid ?? -1, ended, stop }
}

/** A program that the system had no room for: too many open files or processes, or too little memory. There is not even a pipe to it. */
function neverStarted(child: ChildProcess): RunningProgram {
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.once('error', ({ message }) =>
      resolve({ code: null, signal: null, timedOut: false, stderr: message }),
    )
  })
  const stdin = new PassThrough().resume()
  return { stdin, stdout: emptyStream(), stderr: emptyStream(), pid: -1, ended, stop: () => {} }
}

function emptyStream(): Readable {
  return new PassThrough().end()
}

/** What the system says where it lets no further program be started, whatever it is. */
const noRoom = /^spawn .* (EMFILE|ENFILE|EAGAIN|ENOMEM)$/

/** Why a program did not end well, in words. */
export function describeEnd(program: string, end: ProgramEnd): string {
  if (end.timedOut) return `${program} did not finish in time`
  if (end.signal) return `${program} was ended by ${end.signal}`
  if (end.code === null) return `${program} could not be started`
  return `${program} exited with ${end.code}`
}

/** The error for a program that did not end with 0. */
export function programError(options: ProgramOptions, end: ProgramEnd, suggestion: string): BackupError {
  if (end.code === null && noRoom.test(end.stderr))
    return new BackupError({
      code: 'PROGRAM_LIMIT',
      message: `The system let no further program be started, so ${options.program} could not run.`,
      detail: end.stderr,
      suggestion:
        'Raise what this user may have: open files (ulimit -n, LimitNOFILE in a systemd unit), processes (ulimit -u, TasksMax), memory (ulimit -v, MemoryMax); then run again.',
      phase: options.phase,
    })
  return new BackupError({
    code: end.timedOut ? 'PROGRAM_TIMEOUT' : 'PROGRAM_FAILED',
    message: `${describeEnd(options.program, end)}.`,
    detail: end.stderr.trim().slice(-2000),
    suggestion,
    phase: options.phase,
  })
}

/** Runs a program to its end and returns its stdout (at most `maxBytes`, 16 MiB unless told). Throws unless it exits 0. */
export async function runProgram(
  options: ProgramOptions & { input?: string | undefined; maxBytes?: number | undefined; suggestion: string },
): Promise<{ stdout: string; stderr: string }> {
  const child = startProgram(options)
  const limit = options.maxBytes ?? 16 << 20
  const chunks: Buffer[] = []
  let size = 0
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= limit) chunks.push(chunk)
    else child.stop()
  })
  child.stdin.end(options.input ?? '')
  const end = await child.ended
  if (size > limit)
    throw new BackupError({
      code: 'PROGRAM_OUTPUT_TOO_LARGE',
      message: `${options.program} printed more than ${limit} bytes.`,
      suggestion: 'Please report this with the log file.',
      phase: options.phase,
    })
  if (end.code !== 0) throw programError(options, end, options.suggestion)
  return { stdout: Buffer.concat(chunks).toString('utf8'), stderr: end.stderr }
}
