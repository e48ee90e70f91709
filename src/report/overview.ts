import { z } from 'zod'
import { formatSeconds } from '../common/units.ts'
import { findComponent } from '../components/list.ts'
import { type RunKind, runKinds, titleOf } from './schema.ts'
import { runSummarySchema, type Status, statusSchema } from './status.ts'

/** What has a limit to its age. */
export const watchedKinds = ['backup', 'drill'] as const
type WatchedKind = (typeof watchedKinds)[number]

/** Kinds of which a failed last run is a problem: after a failed check nothing that it would have found is known. */
const shownKinds = ['backup', 'drill', 'check'] as const
type ShownKind = (typeof shownKinds)[number]

const problemSchema = z.object({
  what: z.enum(['crashed', 'failed', 'overdue', 'damaged', 'configuration']),
  kind: z.enum([...shownKinds, 'configuration', 'state', 'run']),
  /** What, how bad, and what to type. */
  message: z.string(),
})
type Problem = z.infer<typeof problemSchema>

const kindSchema = z.object({
  lastRun: runSummarySchema.nullable(),
  lastSuccess: runSummarySchema.nullable(),
  /** Seconds since the last success ended; null without one. */
  age: z.number().nullable(),
  /** The last drill of a part: of some components, or a part of one; null without one, and for other kinds. */
  lastOfPart: runSummarySchema.nullable().default(null),
  /** When the timer starts the next one, ISO 8601; null without a timer. */
  next: z.string().nullable(),
})

/** What `backup.sh --status` knows of a project. */
export const overviewSchema = z.object({
  project: z.string(),
  /** No problems: the last backup, drill and check did not fail, and the last good backup and drill are not too old. */
  healthy: z.boolean(),
  problems: z.array(problemSchema),
  /** The run under way; null where there is none. */
  running: z
    .object({
      runId: z.string(),
      kind: z.enum(runKinds),
      startedAt: z.string(),
      /** The step that it is in. */
      phase: z.string().nullable(),
    })
    .nullable(),
  runs: z.partialRecord(z.enum(runKinds), kindSchema),
  sizes: z
    .object({
      originalBytes: z.number(),
      newBytes: z.number(),
      repositoryBytes: z.number().nullable(),
      /** Mean of what the last archives (seven at most) added. */
      newBytesMean: z.number(),
      archivesInMean: z.number(),
    })
    .nullable(),
  egress: z.object({ month: z.string(), bytes: z.number() }),
  archives: statusSchema.shape.archives,
})
export type Overview = z.infer<typeof overviewSchema>

const archivesInMean = 7

/** Clocks may differ by so many seconds before a time is one from the future. */
const futureTolerance = 600

export interface OverviewOptions {
  status: Status
  /** How old the last success may be, in seconds (MAX_AGE_BACKUP, MAX_AGE_DRILL). */
  maxAge: Record<WatchedKind, number>
  /** Names of the components that every backup of the project has to hold, by its configuration. */
  needed?: readonly string[] | undefined
  /** When the timers start the next runs. */
  next: Partial<Record<RunKind, string>>
  /** A run that was killed before it could report itself. */
  crashed?: { kind: RunKind | undefined; startedAt: string } | undefined
  /** The run under way. */
  running?: Overview['running'] | undefined
  /** What is wrong with the project's status file. */
  damage?: string | undefined
  /** The flags that choose the project, for commands to be typed. */
  chosenBy: string
  now: Date
}

/** Judges a project by its status: pure. */
export function overviewOf(options: OverviewOptions): Overview {
  const { status, maxAge, next, now } = options
  const runs: Overview['runs'] = {}
  for (const kind of shownKinds) {
    const lastSuccess = status.lastSuccess[kind] ?? null
    runs[kind] = {
      lastRun: status.lastRun[kind] ?? null,
      lastSuccess,
      lastOfPart: kind === 'drill' ? status.lastPartialDrill : null,
      age: lastSuccess === null ? null : secondsSince(lastSuccess.finishedAt, now),
      next: next[kind] ?? null,
    }
  }
  const problems = [
    ...crashProblems(options),
    ...shownKinds.flatMap((kind) => failureProblems(kind, options)),
    ...watchedKinds.flatMap((kind) => ageProblems(kind, maxAge[kind], options)),
    ...neverBackedUpProblems(options),
    ...carriedProblems(options),
    ...damageProblems(options),
  ]
  const month = now.toISOString().slice(0, 7)
  return {
    project: status.project,
    healthy: problems.length === 0,
    problems,
    running: options.running ?? null,
    runs,
    sizes: sizesOf(status),
    egress: { month, bytes: status.egress[month] ?? 0 },
    archives: status.archives,
  }
}

/** The command that does again what should have gone well. */
function commandFor(kind: RunKind, chosenBy: string): string {
  if (kind === 'drill') return `restore.sh ${chosenBy} --test -y`
  if (kind === 'restore')
    return `restore.sh ${chosenBy} --resume (or begin the restore anew, where that finds nothing to resume)`
  return `backup.sh ${chosenBy}${kind === 'check' ? ' --verify-repo' : ''}`
}

function crashProblems({ crashed, chosenBy }: OverviewOptions): Problem[] {
  if (crashed === undefined) return []
  const { kind, startedAt } = crashed
  const message = `The ${kind === undefined ? 'run' : titleOf(kind)} that began at ${utc(startedAt)} crashed: it was killed before it could report. Type: ${commandFor(kind ?? 'backup', chosenBy)}`
  return [{ what: 'crashed', kind: 'run', message }]
}

function failureProblems(kind: ShownKind, { status, chosenBy, now }: OverviewOptions): Problem[] {
  const last = status.lastRun[kind]
  if (last?.outcome !== 'failed') return []
  const good = status.lastSuccess[kind]
  const fallback =
    good === undefined
      ? `there has been no good one`
      : `the last good one ended ${agoOf(good.finishedAt, now)}`
  const cause = last.error === null ? '' : `: ${last.error.replace(/\.$/, '')}`
  const message = `The last ${kind} failed ${agoOf(last.finishedAt, now)}${cause}; ${fallback}. Mend the cause, then type: ${commandFor(kind, chosenBy)}`
  return [{ what: 'failed', kind, message }]
}

function damageProblems({ damage }: OverviewOptions): Problem[] {
  if (damage === undefined) return []
  const reason = damage.split('\n')[0]
  const message = `status.json is damaged (${reason}); what stands here is from the run reports. The next run sets it aside and makes it anew.`
  return [{ what: 'damaged', kind: 'state', message }]
}

function ageProblems(
  kind: WatchedKind,
  limit: number,
  { status, chosenBy, now }: OverviewOptions,
): Problem[] {
  const type = `Type: ${commandFor(kind, chosenBy)}`
  const since = status.lastSuccess[kind]?.finishedAt ?? (kind === 'drill' ? status.firstRunAt : null)
  if (since !== null && isFuture(since, now))
    return [
      {
        what: 'overdue',
        kind,
        message: `The last successful ${kind} seems to have been at ${utc(since)}, which is yet to come: this machine's clock was wrong then or is wrong now, so its age is not known. Set the clock, then type: ${commandFor(kind, chosenBy)}`,
      },
    ]
  const age = since === null ? Number.POSITIVE_INFINITY : secondsSince(since, now)
  if (age <= limit) return []
  // A new project is given as long for its first drill as an old one for its next.
  const message =
    status.lastSuccess[kind] === undefined
      ? `There has been no successful ${kind} yet. ${type}`
      : `The last successful ${kind} is ${formatSeconds(age)} old; the limit is ${formatSeconds(limit)}. ${type}`
  return [{ what: 'overdue', kind, message }]
}

/** What the configuration names, and no good backup has ever held, as all runs left it out. */
function neverBackedUpProblems({ status, needed = [], chosenBy }: OverviewOptions): Problem[] {
  const last = status.lastSuccess.backup
  // Without any backup that is said; and of what is carried, how old it is.
  if (last === undefined) return []
  return needed
    .filter((name) => status.baseline[name] === undefined && last.carried[name] === undefined)
    .map((name) => ({
      what: 'overdue',
      kind: 'backup',
      message: `No successful backup that is known here has held ${findComponent(name)?.title ?? name}, which the configuration names: runs left it out. Type: ${commandFor('backup', chosenBy)}`,
    }))
}

/** What every project has to have in its backups, and its runs have left out for too long. */
function carriedProblems({ status, maxAge, chosenBy, now }: OverviewOptions): Problem[] {
  return Object.entries(status.lastSuccess.backup?.carried ?? {}).flatMap(([name, takenAt]): Problem[] => {
    const component = findComponent(name)
    const age = secondsSince(takenAt, now)
    if (component === undefined || component.configuration.optional || age <= maxAge.backup) return []
    const limit = formatSeconds(maxAge.backup)
    const message = `What the last successful backup has of ${component.title ?? name} is ${formatSeconds(age)} old, as runs have left it out since; the limit is ${limit}. Type: ${commandFor('backup', chosenBy)}`
    return [{ what: 'overdue', kind: 'backup', message }]
  })
}

/** Whether a time that was recorded has not come yet: then the clock was wrong, or is. */
function isFuture(time: string, now: Date): boolean {
  return Date.parse(time) - now.getTime() > futureTolerance * 1000
}

/** `4 h 3 min ago`, or that the time has not come yet. */
export function agoOf(time: string, now: Date): string {
  return isFuture(time, now)
    ? `in the future (${utc(time)})`
    : `${formatSeconds(secondsSince(time, now))} ago`
}

function utc(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`
}

function sizesOf({ sizes }: Status): Overview['sizes'] {
  const [newest] = sizes
  if (newest === undefined) return null
  const recent = sizes.slice(0, archivesInMean)
  const { originalBytes, newBytes, repositoryBytes } = newest
  return {
    originalBytes,
    newBytes,
    repositoryBytes,
    newBytesMean: Math.round(recent.reduce((sum, size) => sum + size.newBytes, 0) / recent.length),
    archivesInMean: recent.length,
  }
}

function secondsSince(time: string, now: Date): number {
  return Math.max(0, (now.getTime() - Date.parse(time)) / 1000)
}
