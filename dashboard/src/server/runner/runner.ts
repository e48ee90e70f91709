import { randomUUID } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import type { Database } from '../db/open.ts'
import { launches } from '../db/schema/index.ts'
import type { WatchedProject } from '../ingest/watched-project.ts'
import { Problem } from '../problem.ts'
import { surroundingsAsChanges } from '../surroundings.ts'
import { BackupError, backup, drill, type Environment, RunError } from '../toolkit.ts'

export interface StartOptions {
  kind: 'backup' | 'drill'
  only?: string[] | undefined
  acceptShrink?: boolean | undefined
}

/** So many runs of the dashboard's own go on at once. */
const mostAtOnce = 4

export type Runner = ReturnType<typeof localRunner>

/** Starts runs as processes of this machine, each in a session of its own: they do not end with the dashboard. */
export function localRunner(parts: {
  database: Database
  environment: Environment
  /** Something came of a run. */
  ended: (projectId: string, runId: string) => void
}) {
  const { database, ended } = parts
  const own = new Map<string, { projectId: string; abort: AbortController }>()
  const environment = surroundingsAsChanges(parts.environment)

  const settle = (runId: string, state: 'ended' | 'refused' | 'skipped' | 'lost', problem?: BackupError) => {
    const said = problem === undefined ? null : JSON.stringify(problem)
    database.update(launches).set({ state, problem: said }).where(eq(launches.runId, runId)).run()
  }

  return {
    /** @returns the run's id @throws Problem PROJECT_BUSY, TOO_MANY_RUNS */
    start(project: WatchedProject, options: StartOptions, startedBy: string): string {
      const isStarting = [...own.values()].some(({ projectId }) => projectId === project.id)
      if (project.running !== null || isStarting) throw projectBusy(project)
      if (own.size >= mostAtOnce) throw tooManyRuns
      const runId = randomUUID()
      const { kind, only, acceptShrink } = options
      database
        .insert(launches)
        .values({ runId, projectId: project.id, kind, startedBy, startedAt: new Date(), state: 'started' })
        .run()
      const abort = new AbortController()
      const how = { envFile: project.envFile, runId, environment, detached: true, signal: abort.signal, only }
      const run = kind === 'backup' ? backup({ ...how, acceptShrink }) : drill(how)
      own.set(runId, { projectId: project.id, abort })
      void drain(run.events)
      void run.result
        .then(
          (report) => settle(runId, report === null ? 'skipped' : 'ended'),
          (error: unknown) => {
            if (error instanceof RunError) settle(runId, 'ended')
            else settle(runId, 'refused', asBackupError(error))
          },
        )
        .finally(() => {
          own.delete(runId)
          ended(project.id, runId)
        })
      return runId
    },

    isOwn: (runId: string) => own.has(runId),

    /** Stops one that has not begun yet. */
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
        if (found === 'ended') settle(runId, 'ended')
        else if (found === undefined) settle(runId, 'lost')
      }
    },
  }
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
