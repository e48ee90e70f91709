import { and, eq, inArray, isNotNull, notInArray } from 'drizzle-orm'
import type { Database } from '../../db/open.ts'
import { launches, runs, schedules } from '../../db/schema/index.ts'
import { Problem } from '../../problem.ts'
import type { RunQueue } from '../../runner/queue.ts'
import type { Registry } from '../registry.ts'
import { nextTime } from './cron.ts'
import { isWithin, nextTimeOfDay } from './day-window.ts'
import { planSchema, requestOf, unmetCondition } from './plan.ts'

const hourMs = 3_600_000
/**
 * A clock that was put back by less than this goes over times that were run already, and they are not run again; by more, it was wrong
 * before (cron(8) draws the line at three hours too).
 */
const putBackMs = 3 * hourMs
const longestHoldMs = 26 * hourMs
/** A run that has ended has its report in the index well before this; without one it counts as failed. */
const reportWaitMs = hourMs

type Schedule = typeof schedules.$inferSelect

export type Scheduler = ReturnType<typeof schedulerOf>

/** Asks for the runs of schedules when they are due. Times are kept in the database: what it slept through it catches up once. */
export function schedulerOf(parts: { database: Database; registry: Registry; queue: RunQueue }) {
  const { database, registry, queue } = parts

  const change = (id: string, changes: Partial<Schedule>): void => {
    database.update(schedules).set(changes).where(eq(schedules.id, id)).run()
  }

  /** Asks for the run of a schedule, or notes why not. @throws Problem RUN_QUEUED, QUEUE_FULL */
  const ask = (schedule: Schedule, startedBy: string, now: Date): void => {
    const { id: scheduleId, projectId, timeZone } = schedule
    const plan = planSchema.parse(JSON.parse(schedule.plan))
    const window = windowOf(schedule)
    const notAfter = window === null ? undefined : nextTimeOfDay(window.to, timeZone, now)
    const wanted = { projectId, ...requestOf(plan), startedBy, scheduleId, notAfter }
    const [newest] = registry.find(projectId)?.status.sizes ?? []
    const unmet = unmetCondition(plan, { originalBytes: newest?.originalBytes })
    if (unmet === undefined) queue.put(wanted, now)
    else queue.skip(wanted, unmet, now)
  }

  const askByItself = (schedule: Schedule, now: Date): void => {
    const window = windowOf(schedule)
    if (window !== null && !isWithin(window, schedule.timeZone, now)) {
      change(schedule.id, { heldUntil: nextTimeOfDay(window.from, schedule.timeZone, now) })
      return
    }
    change(schedule.id, { heldUntil: null })
    try {
      ask(schedule, `schedule ${schedule.name}`, now)
    } catch (error) {
      // The run before it waits still: one of them is enough.
      if (!(error instanceof Problem)) throw error
    }
  }

  const runDue = (schedule: Schedule, now: Date): void => {
    const { id, cron, timeZone, nextAt, workedOutAt, heldUntil } = schedule
    // A window opens within a day; one that is further off was seen by a wrong clock.
    if (heldUntil !== null && (heldUntil <= now || heldUntil.getTime() - now.getTime() > longestHoldMs))
      askByItself(schedule, now)
    if (cron === null || nextAt === null) return
    if (nextAt > now) {
      if (now.getTime() < workedOutAt.getTime() - putBackMs)
        change(id, { nextAt: nextTime({ cron, timeZone }, now), workedOutAt: now })
      return
    }
    change(id, { nextAt: nextTime({ cron, timeZone }, now), workedOutAt: now, lastDueAt: nextAt })
    askByItself(schedule, now)
  }

  /** How a run of a schedule ended; undefined where that is not known yet. */
  const endOf = (launch: typeof launches.$inferSelect, now: Date): 'success' | 'other' | undefined => {
    // Of an export there is an answer and no report.
    if (launch.state === 'answered') return 'success'
    if (launch.state !== 'ended') return 'other'
    const run = database.select().from(runs).where(eq(runs.runId, launch.runId)).get()
    if (run !== undefined) return ['success', 'unchanged'].includes(`${run.outcome}`) ? 'success' : 'other'
    const began = launch.begunAt ?? launch.startedAt
    return now.getTime() - began.getTime() > reportWaitMs ? 'other' : undefined
  }

  const follow = (launch: typeof launches.$inferSelect, now: Date): void => {
    const end = endOf(launch, now)
    if (end === undefined || launch.scheduleId === null) return
    database.update(launches).set({ isFollowed: true }).where(eq(launches.runId, launch.runId)).run()
    const after = and(eq(schedules.afterId, launch.scheduleId), eq(schedules.isPaused, false))
    for (const next of database.select().from(schedules).where(after).all())
      if (next.afterOutcome === 'any' || end === 'success') askByItself(next, now)
  }

  const ended = (): (typeof launches.$inferSelect)[] =>
    database
      .select()
      .from(launches)
      .where(
        and(
          isNotNull(launches.scheduleId),
          eq(launches.isFollowed, false),
          notInArray(launches.state, ['queued', 'started']),
        ),
      )
      .all()

  return {
    /** Looks what is due, and what follows on runs that have ended. Each is asked for once, also where the dashboard ends in between. */
    tick(now = new Date()): void {
      for (const launch of ended()) database.transaction(() => follow(launch, now))
      const active = database.select().from(schedules).where(eq(schedules.isPaused, false)).all()
      for (const schedule of active) database.transaction(() => runDue(schedule, now))
      queue.pump(now)
    },

    /** Asks for a run of a schedule now, whatever its times. @throws Problem RUN_QUEUED, QUEUE_FULL */
    runNow(schedule: Schedule, by: string, now = new Date()): void {
      ask({ ...schedule, windowFrom: null, windowTo: null }, by, now)
      queue.pump(now)
    },

    /** Takes what waits of a schedule that is no more out of the queue. */
    forget(ids: readonly string[], by: string): void {
      const waiting = and(inArray(launches.scheduleId, [...ids]), eq(launches.state, 'queued'))
      for (const { projectId, runId } of database.select().from(launches).where(waiting).all())
        queue.cancel(projectId, runId, by)
    },
  }
}

/** The part of a day in which a schedule's runs begin. */
export function windowOf({ windowFrom, windowTo }: Pick<Schedule, 'windowFrom' | 'windowTo'>) {
  return windowFrom === null || windowTo === null ? null : { from: windowFrom, to: windowTo }
}
