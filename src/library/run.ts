import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { BackupError, type ErrorReport, ExitCode } from '../common/errors.ts'
import { outcomeSchema, type RunReport, runReportSchema } from '../report/schema.ts'
import { type RunEvent, runEventSchema } from '../run/events.ts'
import type { RunOptions } from './options.ts'
import { createQueue, type Queue } from './queue.ts'
import { documentOf, startScript } from './script.ts'

/** A run that has been started. */
export interface Run<Result> {
  /** As in its report. */
  readonly id: string
  /** What it does while it goes on, ended by its end; each event is given once. They need not be read. */
  readonly events: AsyncIterable<RunEvent>
  /** What came of it. Rejects with a RunError, or where it never began with a BackupError. */
  readonly result: Promise<Result>
}

/** Why a run failed or was interrupted, as its report has it. */
export class RunError extends BackupError {
  readonly report: RunReport

  constructor(error: ErrorReport, report: RunReport) {
    super({ ...error, detail: error.detail ?? undefined, exitCode: exitCodeOf(report.exitCode) })
    this.report = report
  }
}

type Script = 'backup.sh' | 'restore.sh'

/** Starts a run of a script. */
export function startRun(script: Script, args: readonly string[], options: RunOptions): Run<RunReport> {
  return start(script, args, options, (document) => {
    const report = reportOf(document)
    if (report !== undefined) return report
    throwFailure(document)
    throw unknownAnswer(script)
  })
}

/** The same of one whose result is null where ONLY_IF, the operator's own condition, said that now is not the time. */
export function startSkippableRun(
  script: Script,
  args: readonly string[],
  options: RunOptions,
): Run<RunReport | null> {
  return start(script, args, options, (document) => {
    const report = reportOf(document)
    if (report !== undefined) return report
    throwFailure(document)
    if (outcomeSchema.safeParse(document).data?.status === 'skipped') return null
    throw unknownAnswer(script)
  })
}

function start<Result>(
  script: Script,
  args: readonly string[],
  options: RunOptions,
  read: (document: unknown) => Result,
): Run<Result> {
  const id = options.runId ?? randomUUID()
  const queue = createQueue<RunEvent>()
  const { events, ended } = startScript(script, [...args, '--events', '3'], { ...options, runId: id })
  const told = readEvents(events, queue)
  const result = ended.then(async (end) => {
    await told
    return read(documentOf(script, end))
  })
  // Who only reads the events is not to be ended by what came of it.
  result.catch(() => {})
  return { id, events: queue, result }
}

/** Hands on every event that this version understands. */
async function readEvents(stream: Readable, queue: Queue<RunEvent>): Promise<void> {
  try {
    for await (const line of createInterface({ input: stream })) {
      const event = runEventSchema.safeParse(parse(line))
      if (event.success) queue.add(event.data)
    }
  } catch {
    // The report says what the events would have.
  }
  queue.end()
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** @throws RunError where the run failed or was interrupted */
function reportOf(document: unknown): RunReport | undefined {
  const { data: report } = runReportSchema.safeParse(document)
  if (report?.error) throw new RunError(report.error, report)
  return report
}

/** @throws BackupError where a document tells of a failure */
export function throwFailure(document: unknown): void {
  const outcome = outcomeSchema.safeParse(document)
  if (!outcome.success || outcome.data.error === null) return
  const { error, exitCode } = outcome.data
  throw new BackupError({ ...error, detail: error.detail ?? undefined, exitCode: exitCodeOf(exitCode) })
}

function exitCodeOf(code: number): ExitCode {
  return Object.values(ExitCode).find((known) => known === code) ?? ExitCode.failed
}

/** An answer that this version does not know. */
export function unknownAnswer(script: string, detail?: string): BackupError {
  return new BackupError({
    code: 'ANSWER_UNKNOWN',
    message: `The answer of ${script} has another form than this library knows.`,
    detail,
    suggestion: 'Library and scripts must be of one version of the toolkit.',
    phase: 'library',
  })
}
