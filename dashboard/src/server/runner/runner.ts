import { randomUUID } from 'node:crypto'
import { and, desc, eq, inArray, isNotNull } from 'drizzle-orm'
import type { Database } from '../db/open.ts'
import { launches } from '../db/schema/index.ts'
import type { WatchedProject } from '../ingest/watched-project.ts'
import { Problem } from '../problem.ts'
import { BackupError, type Environment, RunError } from '../toolkit.ts'
import { type BeginOptions, type Begun, begin } from './begin.ts'
import type { StartOptions } from './start-options.ts'

/** So many runs of the dashboard's own go on at once. */
const mostAtOnce = 4
/** So many answers of a project are kept, each of so many characters at most. */
const answersKept = 20
const mostAnswer = 8_000_000

export type Runner = ReturnType<typeof localRunner>

type Outcome = { state: 'ended' | 'skipped' | 'answered'; answer?: string }

/** Starts runs as processes of this machine, each in a session of its own: they do not end with the dashboard. */
export function localRunner(parts: {
  database: Database
  /** What is changed of the dashboard's own environment for a project's runs. */
  changesFor: (projectId: string) => Environment
  /** Something came of a run. */
  ended: (projectId: string, runId: string) => void
}) {
  const { database, changesFor, ended } = parts
  const own = new Map<string, { projectId: string; abort: AbortController }>()

  const settle = (
    runId: string,
    outcome: Outcome | { state: 'refused' | 'lost'; problem?: BackupError },
  ): void => {
    const problem = 'problem' in outcome ? JSON.stringify(outcome.problem) : null
    const answer = 'answer' in outcome ? outcome.answer : null
    database
      .update(launches)
      .set({ state: outcome.state, problem, answer })
      .where(eq(launches.runId, runId))
      .run()
  }

  return {
    /**
     * @param target as `namedTarget` has it, where the options name one
     * @returns the run's id
     * @throws Problem PROJECT_BUSY, TOO_MANY_RUNS
     */
    start(
      project: WatchedProject,
      options: StartOptions,
      startedBy: string,
      target?: BeginOptions['target'],
    ): string {
      const isStarting = [...own.values()].some(({ projectId }) => projectId === project.id)
      if (project.running !== null || isStarting) throw projectBusy(project)
      if (own.size >= mostAtOnce) throw tooManyRuns
      const environment = changesFor(project.id)
      const runId = randomUUID()
      const { kind, ...asked } = options
      const row = { runId, projectId: project.id, kind, options: JSON.stringify(asked), startedBy }
      database
        .insert(launches)
        .values({ ...row, startedAt: new Date(), state: 'started' })
        .run()
      const abort = new AbortController()
      const { envFile } = project
      const begun = begin(options, { envFile, runId, environment, signal: abort.signal, target })
      own.set(runId, { projectId: project.id, abort })
      if (begun.type === 'run') void drain(begun.events)
      void outcomeOf(begun)
        .then(
          (outcome) => settle(runId, outcome),
          (error: unknown) => settle(runId, { state: 'refused', problem: asBackupError(error) }),
        )
        .finally(() => {
          own.delete(runId)
          forgetAnswers(database, project.id)
          ended(project.id, runId)
        })
      return runId
    },

    isOwn: (runId: string) => own.has(runId),

    /** Stops one that has not begun yet, or a question. */
    abort: (runId: string) => own.get(runId)?.abort.abort(),

    noteCancelled(runId: string, by: string): void {
      database.update(launches).set({ cancelledBy: by }).where(eq(launches.runId, runId)).run()
    },

    /** What a dashboard before this one had started, and nobody knows how it ended. */
    settleLost(projectId: string, isThere: (runId: string) => 'ended' | 'running' | undefined): void {
      const open = database
        .select()
        .from(launches)
        .where(and(eq(launches.projectId, projectId), eq(launches.state, 'started')))
        .all()
      for (const { runId } of open) {
        if (own.has(runId)) continue
        const found = isThere(runId)
        if (found === 'ended') settle(runId, { state: 'ended' })
        else if (found === undefined) settle(runId, { state: 'lost' })
      }
    },
  }
}

/** @throws BackupError where it never began, or could not be answered */
async function outcomeOf(begun: Begun): Promise<Outcome> {
  if (begun.type === 'question') {
    const answer = JSON.stringify(await begun.result)
    if (answer.length > mostAnswer) throw answerTooLong
    return { state: 'answered', answer }
  }
  try {
    return { state: (await begun.result) === null ? 'skipped' : 'ended' }
  } catch (error) {
    // Its report says why.
    if (error instanceof RunError) return { state: 'ended' }
    throw error
  }
}

function forgetAnswers(database: Database, projectId: string): void {
  const ofProject = and(eq(launches.projectId, projectId), isNotNull(launches.answer))
  const old = database
    .select({ runId: launches.runId })
    .from(launches)
    .where(ofProject)
    .orderBy(desc(launches.startedAt))
    .limit(1000)
    .offset(answersKept)
    .all()
  if (old.length === 0) return
  const ids = old.map(({ runId }) => runId)
  database.update(launches).set({ answer: null }).where(inArray(launches.runId, ids)).run()
}

/** The files are read instead; unread, the events would gather. */
async function drain(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events);
}

function asBackupError(error: unknown): BackupError {
  if (error instanceof BackupError) return error
  return new BackupError({
    code: 'SCRIPT_DIED',
    message: 'The script could not be started.',
    detail: error instanceof Error ? error.message : String(error),
    suggestion: 'Run it by hand to see why.',
    phase: 'dashboard',
  })
}

const answerTooLong = new BackupError({
  code: 'ANSWER_TOO_LONG',
  message: 'The answer is too long to be shown here.',
  suggestion: 'Ask about a part: choose components, schemas or tables; or ask the script by hand.',
  phase: 'dashboard',
})

function projectBusy({ name }: WatchedProject): Problem {
  return new Problem({
    status: 409,
    code: 'PROJECT_BUSY',
    message: `A run of ${name} is under way.`,
    suggestion: 'Wait for it to end, or cancel it.',
  })
}

const tooManyRuns = new Problem({
  status: 409,
  code: 'TOO_MANY_RUNS',
  message: `${mostAtOnce} runs that were started here are under way, and no more go on at once.`,
  suggestion: 'Wait for one of them to end.',
})
