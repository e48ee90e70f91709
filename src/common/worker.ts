import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { asTyped, typedInDocument } from './as-typed.ts'
import { BackupError, ExitCode, renderError, toBackupError } from './errors.ts'
import { errorFields, failureDocument } from './failure.ts'
import type { ComponentResult } from './findings.ts'
import { createLog, type Log } from './log.ts'
import { componentResultSchema } from './manifest.ts'
import { printAnswer } from './output.ts'

export interface WorkerContext {
  log: Log
  /** Fires on INT, TERM and HUP: work stops, temporary things go, the worker exits 130 or 143. */
  signal: AbortSignal
  /** What is known of components so far; it is told even if the worker fails. */
  known: ComponentResult[]
}

/** What a worker has to say at its end: one document for stdout, and how it went. */
export interface WorkerOutcome {
  document: Record<string, unknown>
  /** Lines for people, printed in the document's place. */
  text?: readonly string[] | undefined
  exitCode: ExitCode
}

/**
 * Runs a worker process: log lines go to stderr, exactly one document to stdout, as JSON unless it is for people, the
 * outcome into the exit code.
 * An error becomes a paragraph in the log and the failure's document on stdout.
 */
export async function runWorker(
  name: string,
  work: (context: WorkerContext) => Promise<WorkerOutcome>,
): Promise<never> {
  const log = createLog(name)
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      abort.abort(interrupted(name, signal))
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), stopGraceMs).unref()
    })
  const known: ComponentResult[] = []
  const outcome = await work({ log, signal: abort.signal, known }).catch(
    async (thrown: unknown): Promise<WorkerOutcome> => {
      await signalUnderWay(thrown, abort.signal)
      // An error that says itself that it was an interruption may also say what that means.
      const isSaid = thrown instanceof BackupError && thrown.code === 'INTERRUPTED'
      const error = toBackupError(abort.signal.aborted && !isSaid ? abort.signal.reason : thrown, name)
      if (abort.signal.aborted && runHasFailed()) log.info('stopped, as the run has failed')
      else if (error.toldBy === undefined) log.error(renderError(error))
      else log.warn(`nothing of it was read, for the reason that ${error.toldBy} has told`)
      if (error.cause instanceof Error) log.debug(error.cause.stack ?? error.cause.message)
      tellScript(error)
      return {
        document: { ...failureDocument(error), ...(known.length > 0 && { components: known }) },
        exitCode: error.exitCode,
      }
    },
  )
  tellFindings(log, outcome.document)
  const output = asTyped(outcome.text?.join('\n') ?? '') || JSON.stringify(outcome.document, typedInDocument)
  const exitCode = printOutcome(output, { name, log, exitCode: outcome.exitCode })
  if (abort.signal.aborted) await leaveDisk()
  process.exit(exitCode)
}

/**
 * Prints what a worker has to say, and gives its exit code: one that was not heard has failed, unless it had anyway.
 */
function printOutcome(output: string, worker: { name: string; log: Log; exitCode: ExitCode }): ExitCode {
  const { name, log, exitCode } = worker
  try {
    printAnswer(`${output}\n`)
    return exitCode
  } catch (thrown) {
    if (exitCode !== ExitCode.success && exitCode !== ExitCode.degraded) return exitCode
    // In a run it is the script that directs our output, to a file of the run.
    const isOfRun = process.env['RUN_DIRECTORY'] !== undefined && thrown instanceof Error
    const error = toBackupError(isOfRun ? thrown.cause : thrown, name)
    log.error(renderError(error))
    tellScript(error)
    return error.exitCode
  }
}

/** How long a signal to the whole group may take to us after it has ended a program that we work with, in milliseconds. */
const signalDelayMs = 250

/**
 * Waits whether an error that nobody knows comes of a signal that is to reach us as well: it ends every program of the group, such as
 * the one by which tsx reads modules, and the fault that is seen first is that one's end.
 */
async function signalUnderWay(thrown: unknown, signal: AbortSignal): Promise<void> {
  if (signal.aborted || thrown instanceof BackupError) return
  // The signal ends the wait: that is what was waited for.
  await sleep(signalDelayMs, undefined, { signal }).catch(() => {})
}

/** Whether the run that the worker is of has failed by something else; see run_end in src/shell/run.sh. */
function runHasFailed(): boolean {
  const directory = process.env['RUN_DIRECTORY']
  return directory !== undefined && existsSync(join(directory, 'failed'))
}

/** Leaves the error for the script, where that asks for it: in plain fields, as it reads no JSON. */
function tellScript(error: BackupError): void {
  const path = process.env['WORKER_ERROR']
  if (!path) return
  try {
    writeFileSync(path, errorFields(error), { mode: 0o600 })
  } catch {
    // The disk is full: the log has it.
  }
}

/** What each component found goes into the run's journal, for those who follow the run. */
function tellFindings({ journal }: Log, document: Record<string, unknown>): void {
  if (journal === undefined) return
  const { data: results = [] } = z.array(componentResultSchema).safeParse(document['components'])
  for (const { component, severity, kind, count, message } of results.flatMap(({ findings }) => findings))
    journal.append({
      type: 'finding',
      phase: journal.phase,
      component,
      severity,
      kind,
      count,
      message: asTyped(message),
    })
}

/**
 * How long a worker may take to end after a signal, as the scripts see to it in a run (child_grace_sec in src/shell/child.sh):
 * nobody else does where the script itself was ended, or is no run.
 */
const stopGraceMs = 15_000

/** How long a disk may take to answer what was asked of it before the worker was told to stop. */
const diskGraceMs = 5000

/**
 * `process.exit` waits for every call to the file system that is under way, and no signal ends that: where a disk does not
 * answer, such as a server's that is gone, the worker would live on and hold the project's lock.
 */
async function leaveDisk(): Promise<void> {
  const isWaiting = () => process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'))
  const started = performance.now()
  while (isWaiting() && performance.now() - started < diskGraceMs) await sleep(50)
  if (isWaiting()) process.kill(process.pid, 'SIGKILL')
}

function interrupted(phase: string, signal: NodeJS.Signals): BackupError {
  return new BackupError({
    code: 'INTERRUPTED',
    message: `The run was interrupted by ${signal}.`,
    suggestion: 'Nothing was promoted; start the run again.',
    phase,
    exitCode: signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated,
  })
}
