import { randomUUID } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { ToolkitError } from '../../shared/toolkit-error.ts'
import type { Database } from '../db/open.ts'
import { launches } from '../db/schema/index.ts'
import type { WatchedProject } from '../ingest/watched-project.ts'
import { Problem } from '../problem.ts'
import type { Registry } from '../services/registry.ts'
import { type BeginOptions, namedTarget } from './begin.ts'
import type { Runner } from './runner.ts'
import { type StartOptions, targetSchema } from './start-options.ts'

/** More than anybody waits for; a program that asks again and again is told. */
const mostWaiting = 1000

type Launch = typeof launches.$inferSelect

/** A run that waits for its turn. */
export interface QueuedRun {
  runId: string
  projectId: string
  projectName: string
  kind: string
  startedBy: string
  /** When it was asked for, ISO 8601. */
  startedAt: string
  /** From 1 on, in the order of arrival. */
  position: number
  /** For its project's run to end, or for a place among those that go on at once. */
  waitsFor: 'project' | 'place'
}

/** A run that somebody, or a schedule, asks for. */
export interface Wanted {
  projectId: string
  options: StartOptions
  /** Settings that go before the env file's. Never a secret: they are kept as they are. */
  settings?: Record<string, string> | undefined
  startedBy: string
  scheduleId?: string | undefined
  notAfter?: Date | undefined
}

export type RunQueue = ReturnType<typeof queueOf>

/**
 * Runs in the order in which they were asked for: so many at once, and one a project. What waits is kept in the database, and begins after
 * a restart too. Nothing begins before `open`, as it is not known earlier what goes on already.
 */
export function queueOf(parts: {
  database: Database
  registry: Registry
  runner: Pick<Runner, 'begin' | 'isBusy' | 'isOwn'>
  /** How many may go on at once, at the time it is asked. */
  mostAtOnce: () => number
  /** Something came of a run that waited. */
  changed: (projectId: string, runId: string) => void
}) {
  const { database, registry, runner, changed } = parts
  let isOpen = false

  const ofState = (state: Launch['state']): Launch[] =>
    database.select().from(launches).where(eq(launches.state, state)).orderBy(sql`rowid`).all()

  const settle = ({ runId, projectId }: Launch, to: 'refused' | 'skipped', problem: object): void => {
    const said = { detail: null, phase: 'queue', ...problem }
    database
      .update(launches)
      .set({ state: to, problem: JSON.stringify(said) })
      .where(eq(launches.runId, runId))
      .run()
    changed(projectId, runId)
  }

  const insert = (run: Wanted, more: Pick<Launch, 'state'> & Partial<Launch>, now: Date): string => {
    const { projectId, startedBy, scheduleId = null, notAfter = null } = run
    const runId = randomUUID()
    const row = { runId, projectId, ...askedOf(run), startedBy, startedAt: now, scheduleId, notAfter }
    database
      .insert(launches)
      .values({ ...row, ...more })
      .run()
    return runId
  }

  const isBusy = ({ id, running }: WatchedProject) => running !== null || runner.isBusy(id)

  /** Runs that were begun here, also by a dashboard before this one, and go on. */
  const underWay = (): number =>
    ofState('started').filter(({ runId, projectId }) => {
      return runner.isOwn(runId) || registry.find(projectId)?.running?.runId === runId
    }).length

  const targetOf = ({ options }: Launch, project: WatchedProject): BeginOptions['target'] => {
    const { target } = targetedSchema.parse(JSON.parse(options))
    return target === undefined ? undefined : namedTarget(target, project, registry.get)
  }

  /** @returns whether it has begun */
  const tryOne = (launch: Launch, now: Date): boolean => {
    const project = registry.find(launch.projectId)
    // One that was not looked at yet may have a run under way.
    if (project === undefined || !project.isLookedAt) return false
    if (launch.notAfter !== null && launch.notAfter < now) {
      settle(launch, 'skipped', windowClosed)
      return false
    }
    if (project.inactiveSince !== null) {
      settle(launch, 'refused', inactiveOf(project))
      return false
    }
    if (project.settings === null) {
      settle(launch, 'refused', project.problem ?? unreadable)
      return false
    }
    if (isBusy(project)) return false
    try {
      runner.begin(project, launch, targetOf(launch, project))
    } catch (error) {
      // Its target is gone.
      if (!(error instanceof Problem)) throw error
      const { code, message, suggestion } = error
      settle(launch, 'refused', { code, message, suggestion })
      return false
    }
    changed(launch.projectId, launch.runId)
    return true
  }

  const pump = (now = new Date()): void => {
    if (!isOpen) return
    let places = parts.mostAtOnce() - underWay()
    for (const launch of ofState('queued')) {
      if (places <= 0) return
      if (tryOne(launch, now)) places -= 1
    }
  }

  return {
    /** From now on runs begin: every project was looked at once. */
    open(): void {
      isOpen = true
      pump()
    },

    close(): void {
      isOpen = false
    },

    /** Begins what may begin now. */
    pump,

    /**
     * Lets a run wait for its turn, which comes at the next `pump`.
     * @returns the run's id @throws Problem PROJECT_INACTIVE, RUN_QUEUED, QUEUE_FULL
     */
    put(run: Wanted, now = new Date()): string {
      const project = registry.find(run.projectId)
      if (project && project.inactiveSince !== null)
        throw new Problem({ status: 409, ...inactiveOf(project) })
      const waiting = ofState('queued')
      const { kind, options, settings } = askedOf(run)
      const same = waiting.find(
        (other) =>
          other.projectId === run.projectId &&
          other.kind === kind &&
          other.options === options &&
          other.settings === settings,
      )
      if (same !== undefined) throw alreadyQueued(kind, same)
      if (waiting.length >= mostWaiting) throw queueFull
      return insert(run, { state: 'queued' }, now)
    },

    /** Notes one that is not to be run, and why. */
    skip(run: Wanted, problem: ToolkitError, now = new Date()): void {
      insert(run, { state: 'skipped', problem: JSON.stringify(problem) }, now)
    },

    /** Takes one out before its turn. @returns false where it does not wait */
    cancel(projectId: string, runId: string, by: string): boolean {
      const { changes } = database
        .update(launches)
        .set({ state: 'cancelled', cancelledBy: by })
        .where(
          and(eq(launches.projectId, projectId), eq(launches.runId, runId), eq(launches.state, 'queued')),
        )
        .run()
      if (changes === 1) changed(projectId, runId)
      return changes === 1
    },

    /** What waits, in its order. */
    list(): QueuedRun[] {
      return ofState('queued').map(({ runId, projectId, kind, startedBy, startedAt }, index) => {
        const project = registry.find(projectId)
        const waitsFor = project !== undefined && isBusy(project) ? 'project' : 'place'
        return {
          ...{ runId, projectId, projectName: project?.name ?? projectId, kind, startedBy },
          ...{ startedAt: startedAt.toISOString(), position: index + 1, waitsFor },
        }
      })
    },
  }
}

const targetedSchema = z.object({ target: targetSchema.optional() })

/** What was asked for, as it is kept. */
function askedOf({ options: { kind, ...options }, settings }: Wanted) {
  const said = settings === undefined ? null : JSON.stringify(settings)
  return { kind, options: JSON.stringify(options), settings: said }
}

function inactiveOf({ name }: WatchedProject) {
  return {
    code: 'PROJECT_INACTIVE',
    message: `${name} is inactive: no run of it is started from here.`,
    suggestion: 'An admin can make it active again, in its settings.',
  }
}

const windowClosed = {
  code: 'WINDOW_CLOSED',
  message: 'Its turn came when the time in which it may begin had passed.',
  suggestion: 'Begin it by hand, widen the window of its schedule, or let more runs go on at once.',
}

const unreadable = {
  code: 'PROJECT_UNREADABLE',
  message: 'The configuration of this project cannot be read, so nothing can be started.',
  suggestion: 'Mend it first.',
}

function alreadyQueued(kind: string, { runId }: Launch): Problem {
  return new Problem({
    status: 409,
    code: 'RUN_QUEUED',
    message: `The same ${kind} of this project waits for its turn already.`,
    suggestion: 'Wait for it, or cancel it first.',
    detail: `It is the run ${runId}.`,
  })
}

const queueFull = new Problem({
  status: 429,
  code: 'QUEUE_FULL',
  message: `${mostWaiting} runs wait for their turn, and no more are taken.`,
  suggestion: 'Wait until some have ended, or cancel some.',
})
