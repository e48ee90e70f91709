import { and, desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { cronWords } from '../../../shared/cron-words.ts'
import { newId } from '../../auth/secrets.ts'
import type { Database } from '../../db/open.ts'
import { launches, schedules } from '../../db/schema/index.ts'
import { notFound, Problem } from '../../problem.ts'
import { plainName } from '../plain-name.ts'
import type { Registry } from '../registry.ts'
import { nextTime, nextTimes, requireTimeZone } from './cron.ts'
import { dayWindowSchema } from './day-window.ts'
import { planSchema } from './plan.ts'
import type { ScheduledExports } from './scheduled-exports.ts'
import { type Scheduler, windowOf } from './scheduler.ts'
import type { Timer, Timers } from './timers.ts'

const shownTimes = 5
const mostOfOneProject = 50

export const cronTimesSchema = z.object({
  cron: z.string().trim().min(1, 'is needed').max(200),
  timeZone: z.string().min(1).max(60),
})

const id = z.string().min(1).max(60)

/** What somebody says of a schedule. */
export const scheduleInputSchema = z.object({
  name: plainName(80),
  plan: planSchema.describe('What it runs, and how'),
  trigger: z
    .discriminatedUnion('type', [
      cronTimesSchema.extend({ type: z.literal('cron') }),
      z.object({
        type: z.literal('after'),
        scheduleId: id,
        outcome: z.enum(['success', 'any']),
        timeZone: z.string().min(1).max(60),
      }),
    ])
    .describe('At times, or when a run of another schedule, perhaps of another project, has ended'),
  window: dayWindowSchema
    .nullable()
    .describe('In which part of the day it may begin, 22:00 to 05:30 for instance; null: in any'),
  isPaused: z.boolean(),
})
export type ScheduleInput = z.infer<typeof scheduleInputSchema>
export const scheduleIdSchema = id

/** The schedules of projects, several each. */
export function schedulesOf(parts: {
  database: Database
  registry: Registry
  scheduler: Scheduler
  timers: Timers
  exports: Pick<ScheduledExports, 'requireDirectory'>
}) {
  const { database, registry, scheduler, timers, exports } = parts

  const find = (projectId: string, scheduleId: string) => {
    const found = database
      .select()
      .from(schedules)
      .where(and(eq(schedules.id, scheduleId), eq(schedules.projectId, projectId)))
      .get()
    if (found === undefined) throw notFound('schedule')
    return found
  }

  /** @throws Problem CHAIN_CYCLE, NOT_FOUND */
  const requireChain = (afterId: string, own: string | undefined): void => {
    for (let at: string | null = afterId; at !== null; ) {
      if (at === own) throw chainCycle
      const [row] = database.select().from(schedules).where(eq(schedules.id, at)).all()
      if (row === undefined) throw notFound('schedule')
      at = row.afterId
    }
  }

  const rowOf = (input: ScheduleInput, own: string | undefined, now: Date) => {
    const { name, plan, trigger, window, isPaused } = input
    const { timeZone } = trigger
    requireTimeZone(timeZone)
    if (plan.kind === 'export') exports.requireDirectory()
    if (trigger.type === 'after') requireChain(trigger.scheduleId, own)
    return {
      ...{ name, plan: JSON.stringify(plan), timeZone, isPaused },
      cron: trigger.type === 'cron' ? trigger.cron : null,
      afterId: trigger.type === 'after' ? trigger.scheduleId : null,
      afterOutcome: trigger.type === 'after' ? trigger.outcome : ('success' as const),
      ...{ windowFrom: window?.from ?? null, windowTo: window?.to ?? null, heldUntil: null },
      nextAt: trigger.type === 'cron' ? requireNext(trigger, now) : null,
      workedOutAt: now,
    }
  }

  const describe = (row: typeof schedules.$inferSelect, all: (typeof schedules.$inferSelect)[]) => {
    const { id, projectId, name, cron, timeZone, afterId, afterOutcome, isPaused, createdBy } = row
    const last = database
      .select()
      .from(launches)
      .where(eq(launches.scheduleId, id))
      .orderBy(desc(launches.startedAt))
      .limit(1)
      .get()
    const before = all.find((other) => other.id === afterId)
    return {
      ...{ id, projectId, name, cron, timeZone, isPaused, createdBy },
      projectName: registry.find(projectId)?.name ?? projectId,
      plan: planSchema.parse(JSON.parse(row.plan)),
      words: cron === null ? null : cronWords(cron),
      window: windowOf(row),
      after: before && {
        ...{ scheduleId: before.id, projectId: before.projectId, outcome: afterOutcome, name: before.name },
        projectName: registry.find(before.projectId)?.name ?? before.projectId,
      },
      nextAt: isPaused ? null : (row.nextAt?.toISOString() ?? null),
      heldUntil: row.heldUntil?.toISOString() ?? null,
      last: last ? { runId: last.runId, state: last.state, at: last.startedAt.toISOString() } : null,
    }
  }

  return {
    /** Those of projects that `sees` says yes of, those that are due first first. */
    list(sees: (projectId: string) => boolean) {
      const all = database.select().from(schedules).all()
      return all
        .filter(({ projectId }) => sees(projectId))
        .map((row) => describe(row, all))
        .toSorted((a, b) => (a.nextAt ?? '~').localeCompare(b.nextAt ?? '~') || a.name.localeCompare(b.name))
        .map((one) => (one.after && !sees(one.after.projectId) ? { ...one, after: hidden(one.after) } : one))
    },

    /** What an expression means: in words where words can follow it, and its next times. @throws Problem CRON_WRONG, TIME_ZONE_UNKNOWN */
    preview(times: z.infer<typeof cronTimesSchema>, now = new Date()) {
      const next = nextTimes(times, now, shownTimes)
      return { words: cronWords(times.cron), next: next.map((time) => time.toISOString()) }
    },

    /** Whether what a schedule is to run after is of a project that `sees` says yes of. @throws Problem NOT_FOUND */
    requireSeen({ trigger }: ScheduleInput, sees: (projectId: string) => boolean): void {
      if (trigger.type !== 'after') return
      const [before] = database.select().from(schedules).where(eq(schedules.id, trigger.scheduleId)).all()
      if (before === undefined || !sees(before.projectId)) throw notFound('schedule')
    },

    /** @throws Problem CRON_WRONG, CRON_NEVER, TIME_ZONE_UNKNOWN, CHAIN_CYCLE, TOO_MANY_SCHEDULES, EXPORT_DIRECTORY */
    add(projectId: string, input: ScheduleInput, by: string, now = new Date()): { scheduleId: string } {
      registry.get(projectId)
      const has = database.select().from(schedules).where(eq(schedules.projectId, projectId)).all()
      if (has.length >= mostOfOneProject) throw tooMany
      const scheduleId = newId()
      const row = {
        ...rowOf(input, undefined, now),
        id: scheduleId,
        projectId,
        createdAt: now,
        createdBy: by,
      }
      database.insert(schedules).values(row).run()
      return { scheduleId }
    },

    /** @throws as `add`, and NOT_FOUND */
    change(projectId: string, scheduleId: string, input: ScheduleInput, now = new Date()): void {
      find(projectId, scheduleId)
      database
        .update(schedules)
        .set(rowOf(input, scheduleId, now))
        .where(eq(schedules.id, scheduleId))
        .run()
    },

    /** A schedule that goes on after a pause is due at its next time; what the pause left out is not caught up. */
    pause(projectId: string, scheduleId: string, isPaused: boolean, now = new Date()): void {
      const { cron, timeZone } = find(projectId, scheduleId)
      const nextAt = cron === null ? null : nextTime({ cron, timeZone }, now)
      database
        .update(schedules)
        .set({ isPaused, nextAt, workedOutAt: now, heldUntil: null })
        .where(eq(schedules.id, scheduleId))
        .run()
    },

    /** @throws Problem SCHEDULE_FOLLOWED where others run after it */
    remove(projectId: string, scheduleId: string, by: string): void {
      find(projectId, scheduleId)
      const [next] = database.select().from(schedules).where(eq(schedules.afterId, scheduleId)).all()
      if (next !== undefined) throw followed(next.name)
      scheduler.forget([scheduleId], by)
      database.delete(schedules).where(eq(schedules.id, scheduleId)).run()
    },

    /** @throws Problem NOT_FOUND, RUN_QUEUED */
    runNow(projectId: string, scheduleId: string, by: string): void {
      scheduler.runNow(find(projectId, scheduleId), by)
    },

    /** Timers of systemd for projects that `sees` says yes of, and which of them a schedule here is beside. */
    async timers(sees: (projectId: string) => boolean) {
      const found = (await timers.list()).filter(({ projectId }) => sees(projectId))
      const has = new Set(
        database
          .select()
          .from(schedules)
          .where(eq(schedules.isPaused, false))
          .all()
          .map(({ projectId, plan }) => `${projectId}/${planSchema.parse(JSON.parse(plan)).kind}`),
      )
      return {
        hasSystemd: timers.hasSystemd(),
        timers: found.map((timer) => ({
          ...timer,
          hasSchedule: has.has(`${timer.projectId}/${timer.plan.kind}`),
        })),
      }
    },

    /**
     * Turns a timer of systemd off and makes a schedule of the same times in its place.
     * @throws Problem NOT_FOUND, TIMER_KEPT where systemd does not let us
     */
    async takeOver(
      projectId: string,
      { unit, manager }: Pick<Timer, 'unit' | 'manager'>,
      by: string,
    ): Promise<{ scheduleId: string }> {
      const found = await timers.list(projectId)
      const timer = found.find((one) => one.unit === unit && one.manager === manager)
      if (timer === undefined || timer.cron === null) throw notFound('timer')
      await timers.turnOff(timer)
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
      const trigger = { type: 'cron', cron: timer.cron, timeZone } as const
      const schedule = {
        name: unit.replace(/@.*$/, ''),
        plan: timer.plan,
        trigger,
        window: null,
        isPaused: false,
      }
      return this.add(projectId, schedule, by)
    },
  }
}

/** Of one whose project is not shown only that there is one, and how it has to end. */
function hidden<After extends object>({ outcome }: After & { outcome: 'success' | 'any' }) {
  return { scheduleId: null, projectId: null, name: null, projectName: null, outcome }
}

function requireNext(times: z.infer<typeof cronTimesSchema>, now: Date): Date {
  const next = nextTime(times, now)
  if (next !== null) return next
  throw new Problem({
    status: 400,
    code: 'CRON_NEVER',
    message: 'No such time comes.',
    suggestion: 'Look at day and month: there is no 30 February.',
  })
}

const chainCycle = new Problem({
  status: 409,
  code: 'CHAIN_CYCLE',
  message: 'These schedules would run after one another for ever.',
  suggestion: 'Choose one that does not itself run after this one.',
})

const tooMany = new Problem({
  status: 409,
  code: 'TOO_MANY_SCHEDULES',
  message: `A project has ${mostOfOneProject} schedules at most.`,
  suggestion: 'Remove one first, or put several times into one expression: 0 6,18 * * *',
})

function followed(name: string): Problem {
  return new Problem({
    status: 409,
    code: 'SCHEDULE_FOLLOWED',
    message: `The schedule ${name} runs after this one.`,
    suggestion: 'Remove that first, or give it times of its own.',
  })
}
