import type { Database } from '../db/open.ts'

const dayMs = 86_400_000
/** Longer than the longest time that is shown by days. */
const daysKept = 45

/** The first Monday after the beginning of the time. */
export const firstMonday = 4 * dayMs

const units = {
  day: { size: dayMs, from: 0, kept: daysKept * dayMs },
  week: { size: 7 * dayMs, from: firstMonday, kept: Number.POSITIVE_INFINITY },
} as const

/** Sums up the runs of a project anew, from its index. */
export function sumRuns(database: Database, projectId: string, now = Date.now()): void {
  const client = database.$client
  client.transaction(() => {
    client.prepare('delete from run_sums where project_id = ?').run(projectId)
    for (const [unit, { size, from, kept }] of Object.entries(units)) {
      const oldest = kept === Number.POSITIVE_INFINITY ? 0 : now - kept
      client.prepare(statement(unit, size, from)).run({ project: projectId, oldest })
    }
  })()
}

/** Numbers are written out: those that are bound are no integers to SQLite, and the division would have a rest. */
function statement(unit: string, size: number, from: number): string {
  return `
    with own as (
      select (started_at - ${from}) / ${size} * ${size} + ${from} as start,
        iif(kind = 'drill' and proof ->> '$.isOfPart', 'partial', kind) as kind, outcome, started_at, seconds, original_bytes,
        compressed_bytes, new_bytes, repository_bytes, bytes_fetched
      from runs where project_id = :project
    ), sized as (
      select start, repository_bytes as bytes, max(started_at) as sized_at
      from own where kind = 'backup' and repository_bytes is not null group by start
    ), grown as (
      select start, bytes, sized_at, bytes - coalesce(lag(bytes) over (order by start), 0) as delta from sized
    ), summed as (
      select start, kind,
        sum(outcome in ('success', 'unchanged')) as good,
        sum(outcome = 'degraded') as degraded,
        sum(outcome in ('failed', 'interrupted')) as failed,
        sum(outcome is null) as unreadable,
        sum(iif(outcome in ('success', 'unchanged', 'degraded'), coalesce(seconds, 0), 0)) as seconds,
        max(iif(outcome in ('success', 'unchanged', 'degraded'), coalesce(seconds, 0), 0)) as longest,
        sum(original_bytes is not null) as archives,
        sum(iif(original_bytes is not null, coalesce(seconds, 0), 0)) as archive_run_seconds,
        sum(coalesce(original_bytes, 0)) as original_bytes,
        sum(coalesce(compressed_bytes, 0)) as compressed_bytes,
        sum(coalesce(new_bytes, 0)) as new_bytes,
        sum(coalesce(bytes_fetched, 0)) as bytes_fetched,
        max(started_at) as last_at,
        max(iif(outcome in ('success', 'unchanged'), started_at, null)) as last_good_at
      from own group by start, kind
    )
    insert into run_sums (project_id, unit, start, kind, good, degraded, failed, unreadable, seconds, longest_seconds, archives,
      archive_run_seconds, original_bytes, compressed_bytes, new_bytes, bytes_fetched, repository_delta, repository_bytes, sized_at,
      last_at, last_good_at)
    select :project, '${unit}', summed.start, summed.kind, coalesce(good, 0), coalesce(degraded, 0), coalesce(failed, 0), unreadable, seconds,
      longest, archives, archive_run_seconds, original_bytes, compressed_bytes, new_bytes, bytes_fetched,
      coalesce(delta, 0), bytes, sized_at, last_at, last_good_at
    from summed left join grown on grown.start = summed.start and summed.kind = 'backup'
    where summed.start >= :oldest`
}
