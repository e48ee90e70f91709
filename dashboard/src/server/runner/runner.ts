import { and, desc, eq, inArray, isNotNull } from 'drizzle-orm'
import type { Database } from '../db/open.ts'
import { launches } from '../db/schema/index.ts'
import type { WatchedProject } from '../ingest/watched-project.ts'
import { Problem } from '../problem.ts'
import type { Exports } from '../services/exports.ts'
import { BackupError, type Environment, RunError } from '../toolkit.ts'
import { type BeginOptions, type Begun, begin } from './begin.ts'
import { startOptionsSchema } from './start-options.ts'

/** So many answers of a project are kept, each of so many characters at most. */
const answersKept = 20
const mostAnswer = 8_000_000

type Launch = typeof launches.$inferSelect

export type Runner = ReturnType<typeof localRunner>

type Outcome = { state: 'ended' | 'skipped' | 'answered'; answer?: string }

/** Starts runs as processes of this machine, each in a session of its own: they do not end with the dashboard. */
export function localRunner(parts: {
  database: Database
  /** What is changed of the dashboard's own environment for a project's runs. */
  changesFor: (projectId: string) => Environment
  exports: Exports
  /** Where those of schedules go, and what becomes of older ones. */
  scheduledExports: { open(launch: Launch): Promise<string>; prune(launch: Launch): Promise<void> }
  /** Something came of a run. */
  ended: (projectId: string, runId: string) => void
}) {
  const { database, changesFor, exports, scheduledExports, ended } = parts
  const own = new Map<string, { projectId: string; abort: AbortController }>()

  const settle = (
    runId: string,
    outcome: Outcome | { state: 'refused' | 'skipped' | 'lost'; problem?: BackupError },
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
     * Starts a run whose turn has come.
     * @param target as `namedTarget` has it, where the options name one
     */
    begin(project: WatchedProject, launch: Launch, target?: BeginOptions['target']): void {
      const { runId, settings } = launch
      const options = startOptionsSchema.parse({ ...JSON.parse(launch.options), kind: launch.kind })
      const environment = changesFor(project.id)
      database
        .update(launches)
        .set({ state: 'started', begunAt: new Date() })
        .where(eq(launches.runId, runId))
        .run()
      const abort = new AbortController()
      const isOfSchedule = launch.scheduleId !== null
      const exportPlace = () => (isOfSchedule ? scheduledExports.open(launch) : exports.open(runId))
      const how = { envFile: project.envFile, runId, signal: abort.signal, target, exportPlace }
      const changed = { ...environment, ...(settings !== null && JSON.parse(settings)) }
      const begun = begin(options, { ...how, environment: changed })
      own.set(runId, { projectId: project.id, abort })
      if (begun.type === 'run') void drain(begun.events)
      void outcomeOf(begun)
        .then(
          (outcome) => {
            settle(runId, outcome)
            if (options.kind === 'export' && isOfSchedule) return scheduledExports.prune(launch)
          },
          (error: unknown) => settle(runId, failureOf(error, isOfSchedule)),
        )
        .catch((error: unknown) => console.error(`Old exports of ${project.id} were not deleted: ${error}`))
        .finally(() => {
          own.delete(runId)
          forgetAnswers(database, project.id)
          void exports.sweep()
          ended(project.id, runId)
        })
    },

    /** Whether a run of the project was begun by this process and has not ended, whatever its files say yet. */
    isBusy: (projectId: string) => [...own.values()].some((run) => run.projectId === projectId),

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

/** What a schedule has exported before is there: nothing has failed. */
function failureOf(error: unknown, isOfSchedule: boolean) {
  const problem = asBackupError(error)
  const isThere = isOfSchedule && problem.code === 'EXPORT_EXISTS'
  return { state: isThere ? ('skipped' as const) : ('refused' as const), problem }
}

function asBackupError(error: unknown): BackupError {
  if (error instanceof BackupError) return error
  if (error instanceof Problem) {
    const { code, message, suggestion } = error
    return new BackupError({ code, message, suggestion, phase: 'dashboard' })
  }
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
