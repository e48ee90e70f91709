import { and, eq, gte, inArray, sql } from 'drizzle-orm'
import type { Database } from '../../db/open.ts'
import { runSums } from '../../db/schema/index.ts'
import { addUp, type Summed, summedColumns } from './sums.ts'

const dayMs = 86_400_000
export const lengthOf = { day: dayMs, week: 7 * dayMs } as const

/** The beginnings of days or weeks, milliseconds. */
export interface Span {
  unit: 'day' | 'week'
  starts: number[]
}

/** Projects that have a repository with others, each with its repository. */
type Shared = ReadonlyMap<string, string>

/** Which of the projects share a repository with another of them. */
export function sharedAmong(projects: readonly { id: string; repository: string | null }[]): Shared {
  const owners = Map.groupBy(projects, ({ repository }) => repository)
  return new Map(
    projects.flatMap(({ id, repository }): [string, string][] =>
      repository !== null && (owners.get(repository)?.length ?? 0) > 1 ? [[id, repository]] : [],
    ),
  )
}

/**
 * What repositories hold, each counted once. One that a project has to itself is as large as it ever grew; of one that several share each
 * of them tells the size of the whole, so that what was told last is its size, whoever told it.
 * @param of `ids` the projects that are asked after, `isAll` whether these are all there are
 */
export function storageOf(
  database: Database,
  of: { span: Span; ids: readonly string[]; isAll: boolean; shared: Shared },
) {
  const { span, ids, shared } = of
  const alone = ids.filter((id) => !shared.has(id))
  const own = ownSizes(database, of.isAll && shared.size === 0 ? undefined : alone)
  const together = sharedSizes(database, shared, span.unit)
  return {
    /** Size and growth of some of the projects' repositories. @param rows the sums of these projects */
    of(some: readonly string[], rows: readonly (Summed & { by: number | string })[], now: number) {
      const isKnown = some.some((id) => own.has(id)) || together.isKnown(some)
      const size = some.reduce((sum, id) => sum + (own.get(id) ?? 0), 0) + together.at(some, now)
      const ofAlone = rows.filter(({ by }) => !shared.has(String(by)))
      const grown = together.at(some, now) - together.at(some, span.starts[0] ?? 0)
      return {
        storageBytes: isKnown ? size : null,
        grownBytes: addUp(ofAlone, 'backup').repositoryDelta + grown,
      }
    },

    /**
     * That of all at the end of each day or week: the end of each is that of the next, less what it grew in between.
     * @param rows the sums of all of them by the beginning of those
     */
    sizes(now: number, rows: ReadonlyMap<number | string, Summed[]>): number[] {
      const grown = shared.size === 0 ? growthIn(rows) : growthOf(database, span, alone)
      let size = [...own.values()].reduce((sum, bytes) => sum + bytes, 0)
      return span.starts
        .toReversed()
        .map((start) => {
          const atEnd = size + together.at(ids, Math.min(now, start + lengthOf[span.unit]))
          size -= grown.get(start) ?? 0
          return atEnd
        })
        .reverse()
    },
  }
}

/** Size of each project's repository now, by its id: all that it ever grew. */
function ownSizes(database: Database, ids: string[] | undefined): Map<string, number> {
  const rows = database
    .select({ id: runSums.projectId, bytes: summedColumns.backup.repositoryDelta })
    .from(runSums)
    .where(and(eq(runSums.unit, 'week'), eq(runSums.kind, 'backup'), isOf(ids)))
    .groupBy(runSums.projectId)
    .all()
  return new Map(rows.map(({ id, bytes }) => [id, bytes]))
}

/** By how much repositories grew, by the beginning of each day or week. */
function growthIn(rows: ReadonlyMap<number | string, Summed[]>): Map<number | string, number> {
  return new Map([...rows].map(([start, own]) => [start, addUp(own, 'backup').repositoryDelta]))
}

/** The same of these projects alone. */
function growthOf(database: Database, { unit, starts }: Span, ids: string[]): Map<number | string, number> {
  const within = gte(runSums.start, starts[0] ?? 0)
  const rows = database
    .select({ start: runSums.start, bytes: sql<number>`sum(${runSums.repositoryDelta})` })
    .from(runSums)
    .where(and(eq(runSums.unit, unit), eq(runSums.kind, 'backup'), within, isOf(ids)))
    .groupBy(runSums.start)
    .all()
  return new Map(rows.map(({ start, bytes }) => [start, bytes]))
}

function isOf(ids: string[] | undefined) {
  return ids === undefined ? undefined : inArray(runSums.projectId, ids)
}

/** A size that a repository had, and when; milliseconds. */
interface Point {
  at: number
  bytes: number
}

function sharedSizes(database: Database, shared: Shared, unit: Span['unit']) {
  const points = shared.size === 0 ? new Map<string, Point[]>() : readPoints(database, shared, unit)
  const of = (ids: readonly string[]) =>
    [...new Set(ids.flatMap((id) => shared.get(id) ?? []))].map((repository) => points.get(repository) ?? [])
  return {
    isKnown: (ids: readonly string[]): boolean => of(ids).some((sizes) => sizes.length > 0),

    /** What those of these projects held at a time, each once; what was not told until then is nothing. */
    at: (ids: readonly string[], time: number): number =>
      of(ids).reduce((sum, sizes) => sum + (sizes.findLast(({ at }) => at < time)?.bytes ?? 0), 0),
  }
}

/** The last size of each day or week, and of each week where days are not kept any more: the oldest first. */
function readPoints(database: Database, shared: Shared, unit: Span['unit']): Map<string, Point[]> {
  const rows = database.$client
    .prepare<[string, string], Point & { repository: string }>(
      // A cross join is done in this order: SQLite does not know how few projects are in the text, and would read all that is summed.
      `with shared as (select key as project_id, value as repository from json_each(?)),
      units as (select 'week' as unit union select ?)
      select shared.repository, sums.repository_bytes as bytes, max(sums.sized_at) as at
      from shared cross join units cross join run_sums sums
        on sums.unit = units.unit and sums.project_id = shared.project_id and sums.kind = 'backup'
      where sums.sized_at is not null
      group by shared.repository, sums.unit, sums.start order by at`,
    )
    .all(JSON.stringify(Object.fromEntries(shared)), unit)
  return Map.groupBy(rows, ({ repository }) => repository)
}
