import { and, desc, eq, inArray, isNull, or, sql } from 'drizzle-orm'
import type { Database } from '../../db/open.ts'
import { launches, schedules } from '../../db/schema/index.ts'
import type { BackupError } from '../../toolkit.ts'
import { planSchema } from './plan.ts'

type Problem = Pick<BackupError, 'message' | 'suggestion'>

/** The last export of a schedule, where it has failed. */
export interface FailedExport {
  scheduleId: string
  /** The schedule's. */
  name: string
  /** When it was asked for. */
  at: Date
  problem: Problem
}

/**
 * Which schedules have failed to export, by project: an export leaves no report that would say so. Of those that are paused nobody expects
 * one, and what somebody cancelled, or left out because its window was over, says nothing of the next.
 */
export function failedExportsIn(database: Database): ReadonlyMap<string, readonly FailedExport[]> {
  const found = new Map<string, FailedExport[]>()
  for (const { id, projectId, name, plan } of activeIn(database)) {
    if (planSchema.parse(JSON.parse(plan)).kind !== 'export') continue
    const last = lastOf(database, id)
    if (last === undefined || (last.state !== 'refused' && last.state !== 'lost')) continue
    const problem: Problem = last.problem === null ? unknown : JSON.parse(last.problem)
    const failed = { scheduleId: id, name, at: last.begunAt ?? last.startedAt, problem }
    found.set(projectId, [...(found.get(projectId) ?? []), failed])
  }
  return found
}

function activeIn(database: Database) {
  const { id, projectId, name, plan } = schedules
  return database
    .select({ id, projectId, name, plan })
    .from(schedules)
    .where(eq(schedules.isPaused, false))
    .all()
}

/** By the order of asking: a clock may have been put back. */
function lastOf(database: Database, scheduleId: string) {
  const isThere = and(
    eq(launches.state, 'skipped'),
    sql`json_extract(${launches.problem}, '$.code') = 'EXPORT_EXISTS'`,
  )
  const { state, problem, startedAt, begunAt } = launches
  return database
    .select({ state, problem, startedAt, begunAt })
    .from(launches)
    .where(
      and(
        eq(launches.scheduleId, scheduleId),
        eq(launches.kind, 'export'),
        isNull(launches.cancelledBy),
        or(inArray(launches.state, ['answered', 'refused', 'lost']), isThere),
      ),
    )
    .orderBy(desc(sql`rowid`))
    .limit(1)
    .get()
}

const unknown: Problem = {
  message: 'The dashboard was ended in the middle of it, so nobody knows how it ended.',
  suggestion: 'Run its schedule once more.',
}
