import { z } from 'zod'
import { isHeld } from '../generation/held.ts'
import { parseArchiveName } from '../retention/archives.ts'
import { isOfPart, type Outcome, outcomes, type RunReport, runKinds } from './schema.ts'

/** The version of status.json; raised when a field changes its meaning, not when one is added. */
export const statusVersion = 1

export const runSummarySchema = z.object({
  runId: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
  seconds: z.number(),
  outcome: z.enum(outcomes),
  exitCode: z.number().int(),
  archive: z.string().nullable().default(null),
  bytesFetched: z.number().default(0),
  /** The first sentence of the error, when there was one. */
  error: z.string().nullable().default(null),
  /** What it was about: the components that it backed up, or restored and compared. */
  components: z.array(z.string()).default([]),
  /** Of a backup: those that are older than it, as it was told to leave them out, and of when they are. */
  carried: z.record(z.string(), z.string()).default({}),
})
export type RunSummary = z.infer<typeof runSummarySchema>

const runsSchema = z.partialRecord(z.enum(runKinds), runSummarySchema).default({})

const sizesSchema = z.object({
  archive: z.string(),
  at: z.string(),
  originalBytes: z.number(),
  newBytes: z.number(),
  repositoryBytes: z.number().nullable(),
  /** The components that it holds; not known of an earlier version's. */
  components: z.array(z.string()).optional(),
})

/**
 * What an earlier version did not write yet begins as it does in a project without a run; what a later one added is kept.
 */
export const statusSchema = z.looseObject({
  schema: z.literal(statusVersion),
  project: z.string(),
  updatedAt: z.string().default(new Date(0).toISOString()),
  /** When the project's first run began: a drill that never ran is overdue only some days after that. */
  firstRunAt: z.string().nullable().default(null),
  /** The newest run of each kind, and the newest that succeeded. */
  lastRun: runsSchema,
  lastSuccess: runsSchema,
  /** Kinds of which a run failed or was degraded, and none has succeeded since. */
  inTrouble: z.array(z.enum(runKinds)).default([]),
  /** Sizes of the newest archives, in the order of their runs, newest first: for the picker, and what growth is computed from. */
  sizes: z.array(sizesSchema).default([]),
  /** The same of partial backups, and the last run that made one, or tried to: nothing else here is about these. */
  partialSizes: z.array(sizesSchema).default([]),
  lastPartial: runSummarySchema.nullable().default(null),
  /** The last drill that was of a part: of some components, of a part of one, or of a partial backup. It is no drill of the project. */
  lastPartialDrill: runSummarySchema.nullable().default(null),
  /** Counts of the last good backup by component: what the shrink guard compares with. */
  baseline: z.record(z.string(), z.record(z.string(), z.number())).default({}),
  /** The database's fingerprint at the last good backup that had one, and the components it captured. */
  activity: z
    .object({ fingerprint: z.string(), components: z.array(z.string()) })
    .nullable()
    .default(null),
  /** Bytes read from the project by calendar month (UTC), `2026-11` → bytes. */
  egress: z.record(z.string(), z.number()).default({}),
  /** Archives that a drill, restore or check has proven, and when; in the order of these runs. */
  verified: z.record(z.string(), z.string()).default({}),
  /** The project's archives when last listed. */
  archives: z
    .object({
      complete: z.number(),
      degraded: z.number(),
      newest: z.string().nullable(),
      oldest: z.string().nullable(),
    })
    .nullable()
    .default(null),
})
export type Status = z.infer<typeof statusSchema>

const sizesKept = 400
const monthsKept = 13

export function emptyStatus(project: string): Status {
  return {
    schema: statusVersion,
    project,
    updatedAt: new Date(0).toISOString(),
    firstRunAt: null,
    lastRun: {},
    lastSuccess: {},
    inTrouble: [],
    sizes: [],
    partialSizes: [],
    lastPartial: null,
    lastPartialDrill: null,
    baseline: {},
    activity: null,
    egress: {},
    verified: {},
    archives: null,
  }
}

/** Whether a run reached what it was started for. A degraded one did not, though it may have made an archive. */
export function succeeded(run: Pick<RunReport, 'outcome'>): boolean {
  return run.outcome === 'success' || run.outcome === 'unchanged'
}

/** The status after a run: pure, and the only way in which a status changes. */
export function applyRun(status: Status, report: RunReport, archives: Status['archives'] = null): Status {
  const summary = summaryOf(report)
  const good = succeeded(report)
  if (isOfPart(report)) return afterPart(status, report, archives)
  return {
    ...status,
    schema: statusVersion,
    project: report.project,
    updatedAt: report.finishedAt,
    firstRunAt: earlier(status.firstRunAt, report.startedAt),
    lastRun: { ...status.lastRun, [report.kind]: summary },
    lastSuccess: good ? { ...status.lastSuccess, [report.kind]: summary } : status.lastSuccess,
    inTrouble: troubleAfter(status, report),
    sizes: sizesAfter(status.sizes, report),
    baseline: good && report.kind === 'backup' ? baselineAfter(status, report) : status.baseline,
    activity: activityAfter(status, report),
    egress: egressAfter(status, report),
    verified: verifiedAfter(status, report),
    archives: archives ?? status.archives,
  }
}

/** A run about a part tells how the backups of everything are: nothing. What it fetched, made, pruned and proved is known all the same. */
function afterPart(status: Status, report: RunReport, archives: Status['archives']): Status {
  return {
    ...status,
    schema: statusVersion,
    project: report.project,
    updatedAt: report.finishedAt,
    partialSizes: sizesAfter(status.partialSizes, report),
    lastPartial: report.kind === 'partial' ? summaryOf(report) : status.lastPartial,
    lastPartialDrill: report.kind === 'drill' ? summaryOf(report) : status.lastPartialDrill,
    egress: egressAfter(status, report),
    verified: verifiedAfter(status, report),
    archives: archives ?? status.archives,
  }
}

/** Names of the archives whose runs are known, newest first: those of full backups, then those of partial ones. */
export function madeBy({ sizes, partialSizes }: Pick<Status, 'sizes' | 'partialSizes'>): string[] {
  return [...sizes, ...partialSizes].map(({ archive }) => archive)
}

/** The components in archives, as far as the runs that made them are known. */
export function heldBy({
  sizes,
  partialSizes,
}: Pick<Status, 'sizes' | 'partialSizes'>): Map<string, readonly string[]> {
  const known = [...sizes, ...partialSizes].filter(({ components = [] }) => components.length > 0)
  return new Map(known.map(({ archive, components = [] }) => [archive, components]))
}

/** A first run that the clock put into the future would make a drill that never ran wait until then. */
function earlier(first: string | null, started: string): string {
  return first !== null && Date.parse(first) <= Date.parse(started) ? first : started
}

function summaryOf(report: RunReport): RunSummary {
  const { runId, startedAt, finishedAt, seconds, outcome, exitCode, archive, bytesFetched } = report
  return {
    runId,
    startedAt,
    finishedAt,
    seconds,
    outcome,
    exitCode,
    archive,
    bytesFetched,
    error: report.error?.message ?? null,
    components: report.components.filter(isDone).map(({ component }) => component),
    carried: Object.fromEntries(
      report.components.flatMap(({ component, status, takenAt }) =>
        status === 'carried' && takenAt != null ? [[component, takenAt]] : [],
      ),
    ),
  }
}

/** Whether the run itself was about it, and came to its end. */
function isDone({ status }: RunReport['components'][number]): boolean {
  return status === 'complete' || status === 'degraded'
}

/** The runs that have been reported last, of every kind. */
export function lastRuns(status: Pick<Status, 'lastRun' | 'lastPartial' | 'lastPartialDrill'>): RunSummary[] {
  return [...Object.values(status.lastRun), status.lastPartial, status.lastPartialDrill].filter(
    (run) => run != null,
  )
}

/** An interruption neither makes trouble nor ends it. */
function troubleAfter({ inTrouble }: Status, { kind, outcome }: RunReport): Status['inTrouble'] {
  if (outcome === 'interrupted') return inTrouble
  const others = inTrouble.filter((troubled) => troubled !== kind)
  return succeeded({ outcome }) ? others : [...others, kind]
}

function sizesAfter(sizes: Status['sizes'], report: RunReport): Status['sizes'] {
  const archive = report.archives[0]
  if (!archive) return sizes
  const { name, originalBytes, newBytes, repositoryBytes } = archive
  const components = report.components.filter(isHeld).map(({ component }) => component)
  const newest = {
    archive: name,
    at: report.finishedAt,
    originalBytes,
    newBytes,
    repositoryBytes,
    components,
  }
  return [newest, ...sizes].slice(0, sizesKept)
}

/** A component that was not part of the run keeps its counts. */
function baselineAfter({ baseline }: Status, report: RunReport): Status['baseline'] {
  const counted = report.components.filter((component) => component.status === 'complete')
  return { ...baseline, ...Object.fromEntries(counted.map(({ component, counts }) => [component, counts])) }
}

function activityAfter({ activity }: Status, report: RunReport): Status['activity'] {
  if (report.kind !== 'backup' || report.outcome !== 'success' || report.activity === null) return activity
  const captured = report.components.filter(({ status }) => status === 'complete')
  return { fingerprint: report.activity, components: captured.map(({ component }) => component) }
}

/** What a drill reads comes from its target, not from the project. */
function egressAfter({ egress }: Status, report: RunReport): Status['egress'] {
  if (!['backup', 'partial'].includes(report.kind) || report.bytesFetched === 0) return egress
  const month = report.startedAt.slice(0, 7)
  const months = { ...egress, [month]: (egress[month] ?? 0) + report.bytesFetched }
  return Object.fromEntries(Object.entries(months).sort().slice(-monthsKept))
}

function verifiedAfter({ verified }: Status, report: RunReport): Status['verified'] {
  const remaining = Object.entries(verified).filter(([name]) => !report.pruned.includes(name))
  // Local and Extract are no archives: what is in them today is gone tomorrow.
  const archive = parseArchiveName(report.archive ?? '', report.project)
  if (archive && !report.narrowed && succeeded(report) && report.verification?.ok)
    remaining.push([archive.name, report.finishedAt])
  return Object.fromEntries(remaining)
}

/**
 * Why nothing may be pruned after a backup that came out so; undefined when pruning is allowed. What a failed or
 * degraded run could not read may be only in the older archives.
 */
export function pruningBlockedBy(outcome: Outcome | undefined): string | undefined {
  if (outcome === undefined) return 'no backup has been reported yet'
  if (succeeded({ outcome })) return undefined
  return outcome === 'failed' ? 'the last backup failed' : `the last backup was ${outcome}`
}
