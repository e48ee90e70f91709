import { and, eq, gte, inArray, sql } from 'drizzle-orm'
import type { Database } from '../../db/open.ts'
import { runSums } from '../../db/schema/index.ts'
import { firstMonday } from '../../ingest/sum-runs.ts'
import type { WatchedProject } from '../../ingest/watched-project.ts'
import { notFound } from '../../problem.ts'
import type { Labels } from '../labels.ts'
import type { Registry } from '../registry.ts'
import { evidenceOf } from './evidence.ts'
import { evidencePage } from './evidence-page.ts'
import { forecastOf } from './forecast.ts'
import type { Analytics, AnalyticsInput } from './shapes.ts'
import { lengthOf, type Span, sharedAmong, storageOf } from './storage.ts'
import { addUp, countsOf, filledUp, type Kind, type Summed, summedColumns, totalsOf, workOf } from './sums.ts'

const dayMs = 86_400_000
const weekMs = 7 * dayMs
const monthsShown = 12

/** The beginnings of the days, or for a year of the weeks, up to today. */
function spanOf(days: number, now: number): Span {
  const today = Math.floor(now / dayMs) * dayMs
  const first = today - (days - 1) * dayMs
  if (days <= 30)
    return { unit: 'day', starts: Array.from({ length: days }, (_, index) => first + index * dayMs) }
  const monday = Math.floor((first - firstMonday) / weekMs) * weekMs + firstMonday
  const count = Math.floor((today - monday) / weekMs) + 1
  return { unit: 'week', starts: Array.from({ length: count }, (_, index) => monday + index * weekMs) }
}

export function analyticsOf(parts: { database: Database; registry: Registry; labels: Labels }) {
  const { database } = parts
  /** Rows of the span, summed by `by`; of all projects, or of these. */
  const select = (span: Span, ids: string[] | undefined, by: 'start' | 'projectId') => {
    const of = (kind: Kind) =>
      and(
        ...[eq(runSums.unit, span.unit), eq(runSums.kind, kind), gte(runSums.start, span.starts[0] ?? 0)],
        ids === undefined ? undefined : inArray(runSums.projectId, ids),
      )
    const key = { by: sql<number | string>`${runSums[by]}` }
    const { backup, drill } = summedColumns
    const backups = database
      .select({ ...key, ...backup })
      .from(runSums)
      .where(of('backup'))
    const drills = database
      .select({ ...key, ...drill })
      .from(runSums)
      .where(of('drill'))
    return [
      ...filledUp('backup', backups.groupBy(runSums[by]).all()),
      ...filledUp('drill', drills.groupBy(runSums[by]).all()),
    ]
  }

  /** The projects that are asked after, and that the caller sees. @throws Problem NOT_FOUND */
  const asked = ({ project: projectId, group }: AnalyticsInput, sees: (id: string) => boolean) => {
    const labels = parts.labels.ofAll()
    const all = parts.registry.all()
    const seen = all.filter(({ id }) => sees(id))
    const found = seen
      .filter(({ id }) => projectId === undefined || id === projectId)
      .map((project): AnalyticsProject => ({ ...project, groups: labels.get(project.id)?.group ?? [] }))
      .filter(({ groups }) => group === undefined || groups.includes(group))
    if (projectId !== undefined && found.length === 0) throw notFound('project')
    // Of one that is not theirs to see it is not told either that it has the same repository.
    return { projects: found, isAll: found.length === all.length, shared: sharedAmong(seen) }
  }

  return {
    /** How well it went, how long it took and how much it was. @throws Problem NOT_FOUND */
    of(input: AnalyticsInput, sees: (id: string) => boolean, now = new Date()): Analytics {
      const { projects, isAll, shared } = asked(input, sees)
      const all = projects.map(({ id }) => id)
      // All there are is found sooner than a list of them.
      const ids = isAll ? undefined : all
      const span = spanOf(input.days, now.getTime())
      const storage = storageOf(database, { span, ids: all, isAll, shared })
      const byStart = groupRows(select(span, ids, 'start'))
      const buckets = bucketsOf(span, byStart, storage.sizes(now.getTime(), byStart))
      const byProject = groupRows(select(span, ids, 'projectId'))
      const of = (some: readonly string[]) => {
        const rows = some.flatMap((id) => byProject.get(id) ?? [])
        return totalsOf(rows, storage.of(some, rows, now.getTime()))
      }
      return {
        unit: span.unit,
        from: new Date(span.starts[0] ?? 0).toISOString(),
        to: now.toISOString(),
        buckets,
        totals: of(all),
        forecast: forecastOf(sizesOver(span, buckets, now.getTime())),
        egress: egressOf(projects, now),
        projects: projects.map(({ id, name }) => {
          const { lastGoodAt } = addUp(byProject.get(id) ?? [], 'drill')
          const lastDrill = lastGoodAt === null ? null : new Date(lastGoodAt).toISOString()
          return { id, name, ...of([id]), isRepositoryShared: shared.has(id), lastDrill }
        }),
        groups: groupsOf(projects).map(({ group, ids: own }) => ({
          ...{ group, projects: own.length },
          ...of(own),
        })),
      }
    },

    /** Proofs that backups can be restored, as a page to be printed. @throws Problem NOT_FOUND */
    evidence(input: AnalyticsInput, of: { sees: (id: string) => boolean; by: string }, now = new Date()) {
      const { projects } = asked(input, of.sees)
      const evidence = evidenceOf(parts.database, { projects, days: input.days }, now)
      const about = input.project ?? input.group
      const title = `Restore drills${about === undefined ? '' : ` of ${about}`}`
      const fileName = `restore-drills-${(about ?? 'all').replace(/[^\w.-]+/g, '-')}-${evidence.to.slice(0, 10)}.html`
      return { fileName, html: evidencePage(evidence, { title, by: of.by }) }
    },
  }
}

/** What analytics needs of a project besides its runs. */
interface AnalyticsProject extends Pick<WatchedProject, 'id' | 'name' | 'status' | 'settings'> {
  groups: readonly string[]
}

function groupRows<Row extends Summed & { by: number | string }>(rows: readonly Row[]) {
  return Map.groupBy(rows, ({ by }) => by)
}

/** @param sizes that of all repositories at the end of each */
function bucketsOf(
  span: Span,
  rows: Map<number | string, Summed[]>,
  sizes: readonly number[],
): Analytics['buckets'] {
  return span.starts.map((start, index) => {
    const own = rows.get(start) ?? []
    const backups = addUp(own, 'backup')
    return {
      start: new Date(start).toISOString(),
      backups: countsOf(backups),
      drills: countsOf(addUp(own, 'drill')),
      ...workOf(backups),
      storageBytes: sizes[index] ?? 0,
    }
  })
}

/** Sizes with the time that each was reached; those from before anything was kept are none. */
function sizesOver({ unit }: Span, buckets: Analytics['buckets'], now: number) {
  const length = lengthOf[unit]
  return buckets
    .map(({ start, storageBytes }) => ({
      at: Math.min(now, Date.parse(start) + length),
      bytes: storageBytes,
    }))
    .filter(({ bytes }) => bytes > 0)
}

function egressOf(projects: readonly AnalyticsProject[], now: Date): Analytics['egress'] {
  const month = now.toISOString().slice(0, 7)
  const months = Array.from({ length: monthsShown }, (_, ago) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - monthsShown + 1 + ago))
      .toISOString()
      .slice(0, 7),
  )
  return {
    months: months.map((name) => ({
      month: name,
      bytes: projects.reduce((sum, { status }) => sum + (status.egress[name] ?? 0), 0),
    })),
    budgets: projects
      .flatMap(({ id, name, status, settings }) => {
        const budget = settings?.egressBudget ?? null
        return budget === null ? [] : [{ id, name, used: status.egress[month] ?? 0, budget }]
      })
      .sort((a, b) => b.used / b.budget - a.used / a.budget),
  }
}

function groupsOf(projects: readonly AnalyticsProject[]): { group: string; ids: string[] }[] {
  const pairs = projects.flatMap(({ id, groups }) => groups.map((group) => ({ id, group })))
  return [...Map.groupBy(pairs, ({ group }) => group)]
    .map(([group, own]) => ({ group, ids: own.map(({ id }) => id) }))
    .sort((a, b) => a.group.localeCompare(b.group))
}
