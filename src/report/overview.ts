import { formatSeconds } from '../common/units.ts'
import type { RunKind } from './schema.ts'
import type { RunSummary, Status } from './status.ts'

/** What has a limit to its age. */
const watchedKinds = ['backup', 'drill'] as const
export type WatchedKind = (typeof watchedKinds)[number]

interface Problem {
  kind: WatchedKind | 'configuration'
  message: string
}

interface KindOverview {
  lastRun: RunSummary | null
  lastSuccess: RunSummary | null
  /** Seconds since the last success ended; null without one. */
  age: number | null
  /** When the timer starts the next one, ISO 8601; null without a timer. */
  next: string | null
}

/** What `backup.sh --status` knows of a project. */
export interface Overview {
  project: string
  /** No problems: neither the last good backup nor the last good drill is too old. */
  healthy: boolean
  problems: Problem[]
  runs: Partial<Record<RunKind, KindOverview>>
  sizes: {
    originalBytes: number
    newBytes: number
    repositoryBytes: number | null
    /** Mean of what the last archives (seven at most) added. */
    newBytesMean: number
    archivesInMean: number
  } | null
  egress: { month: string; bytes: number }
  archives: Status['archives']
}

const archivesInMean = 7

/**
 * Judges a project by its status: pure.
 * @param options.maxAge how old the last success may be, in seconds (MAX_AGE_BACKUP, MAX_AGE_DRILL)
 * @param options.next when the timers start the next runs
 */
export function overviewOf(options: {
  status: Status
  maxAge: Record<WatchedKind, number>
  next: Partial<Record<RunKind, string>>
  now: Date
}): Overview {
  const { status, maxAge, next, now } = options
  const runs: Overview['runs'] = {}
  for (const kind of ['backup', 'drill', 'check'] as const) {
    const lastSuccess = status.lastSuccess[kind] ?? null
    runs[kind] = {
      lastRun: status.lastRun[kind] ?? null,
      lastSuccess,
      age: lastSuccess === null ? null : secondsSince(lastSuccess.finishedAt, now),
      next: next[kind] ?? null,
    }
  }
  const problems = watchedKinds.flatMap((kind) => ageProblems(kind, status, maxAge[kind], now))
  const month = now.toISOString().slice(0, 7)
  return {
    project: status.project,
    healthy: problems.length === 0,
    problems,
    runs,
    sizes: sizesOf(status),
    egress: { month, bytes: status.egress[month] ?? 0 },
    archives: status.archives,
  }
}

function ageProblems(kind: WatchedKind, status: Status, limit: number, now: Date): Problem[] {
  const lastSuccess = status.lastSuccess[kind]
  if (lastSuccess !== undefined) {
    const age = secondsSince(lastSuccess.finishedAt, now)
    if (age <= limit) return []
    const message = `The last successful ${kind} is ${formatSeconds(age)} old; the limit is ${formatSeconds(limit)}.`
    return [{ kind, message }]
  }
  // A new project is given as long for its first drill as an old one for its next.
  const waiting = status.firstRunAt === null ? Number.POSITIVE_INFINITY : secondsSince(status.firstRunAt, now)
  if (kind === 'drill' && waiting <= limit) return []
  return [{ kind, message: `There has been no successful ${kind} yet.` }]
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
