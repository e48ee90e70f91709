import { overviewOfProject, type WatchedProject } from '../../ingest/watched-project.ts'
import { formatBytes, formatSeconds, type Overview } from '../../toolkit.ts'
import { asTyped } from '../as-typed.ts'
import type { Disk } from '../machine.ts'
import type { FailedExport } from '../schedules/failed-exports.ts'
import type { AlertEvent, RuleInput } from './rules.ts'

/** Something that is wrong now. */
export interface Condition {
  event: AlertEvent
  /** What of the project, or of the machine, it is about: of each a rule tells once. */
  about: string
  subject: string
  /** Also true later: it has times, not ages. */
  text: string
  severity: 'critical' | 'warning'
}

type Thresholds = Pick<RuleInput, 'changePercent' | 'freePercent'>
type OverviewProblem = Overview['problems'][number]

/** An archive is compared with the mean of so many before it, of three at least. */
const archivesInMean = 7
const fewestInMean = 3

/**
 * What is wrong with a project by what is known of it: pure.
 * @returns `isKnown` false where nothing else can be said of it now, neither that it is wrong nor that it is not
 */
export function conditionsOf(
  project: WatchedProject,
  thresholds: Thresholds,
  now: Date,
): { found: Condition[]; isKnown: boolean } {
  if (!project.isLookedAt) return { found: [], isKnown: false }
  if (project.inactiveSince !== null) return { found: [], isKnown: true }
  const overview = overviewOfProject(project, now)
  if (overview === null) return { found: [unreadable(project)], isKnown: false }
  const told = overview.problems
    .flatMap((problem) => conditionOf(project, problem))
    .map((condition) => ({ ...condition, text: asTyped(condition.text) }))
  return { found: [...told, ...degradedOf(project), ...sizeOf(project, thresholds)], isKnown: true }
}

function unreadable({ name, problem }: WatchedProject): Condition {
  const { message = 'It has not been read.', suggestion = '' } = problem ?? {}
  const subject = `${name}: its configuration cannot be read`
  const text = asTyped(`${message} ${suggestion}`.trim())
  return { event: 'failed', about: 'configuration', subject, text, severity: 'critical' }
}

function conditionOf(project: WatchedProject, { what, kind, message }: OverviewProblem): Condition[] {
  const { name } = project
  switch (what) {
    case 'failed': {
      const event = kind === 'drill' ? 'drill-failed' : 'failed'
      const subject = `${name}: ${kind} FAILED`
      return [{ event, about: kind, subject, text: failureOf(project, kind, message), severity: 'critical' }]
    }
    case 'crashed': {
      const crashed = project.crashed?.kind ?? 'run'
      const event = crashed === 'drill' ? 'drill-failed' : 'failed'
      const subject = `${name}: ${crashed} was killed`
      return [{ event, about: 'run', subject, text: message, severity: 'critical' }]
    }
    case 'overdue': {
      const severity = kind === 'backup' ? 'critical' : 'warning'
      const text = lateness(project, kind, message)
      return [{ event: 'overdue', about: kind, subject: `${name}: ${kind} OVERDUE`, text, severity }]
    }
    case 'damaged': {
      const subject = `${name}: its status is damaged`
      return [{ event: 'degraded', about: kind, subject, text: message, severity: 'warning' }]
    }
    case 'configuration':
      return []
  }
}

function failureOf({ status }: WatchedProject, kind: OverviewProblem['kind'], message: string): string {
  const [last, good] = [lastOf(status.lastRun, kind), lastOf(status.lastSuccess, kind)]
  if (last === undefined) return message
  const cause = last.error === null ? '' : `: ${last.error.replace(/\.$/, '')}`
  const before =
    good === undefined ? 'There has been no good one.' : `The last good one ended at ${utc(good.finishedAt)}.`
  return `The ${kind} that ended at ${utc(last.finishedAt)} failed${cause}. ${before} ${remedyIn(message)}`
}

function lateness(
  { status, settings }: WatchedProject,
  kind: OverviewProblem['kind'],
  message: string,
): string {
  const good = lastOf(status.lastSuccess, kind)
  const limit = kind === 'drill' ? settings?.maxAge.drill : settings?.maxAge.backup
  // Of the others the message has no age in it.
  if (good === undefined || limit === undefined || !message.includes(' old; ')) return message
  return `The last successful ${kind} ended at ${utc(good.finishedAt)}; the limit is ${formatSeconds(limit)}. ${remedyIn(message)}`
}

function lastOf(runs: WatchedProject['status']['lastRun'], kind: OverviewProblem['kind']) {
  return kind === 'backup' || kind === 'drill' || kind === 'check' ? runs[kind] : undefined
}

/** The toolkit's message ends in what to type. */
function remedyIn(message: string): string {
  return /(?:Mend the cause, then type|Type): .*$/s.exec(message)?.[0] ?? ''
}

function utc(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`
}

/** That a schedule has failed to export. */
export function exportCondition(
  { name }: Pick<WatchedProject, 'name'>,
  { scheduleId, name: schedule, at, problem }: FailedExport,
): Condition {
  const said = asTyped(`${problem.message} ${problem.suggestion}`.trim())
  return {
    event: 'failed',
    about: `export ${scheduleId}`,
    subject: `${name}: export FAILED (${schedule})`,
    text: `The export of the schedule ${schedule} that began at ${utc(at.toISOString())} failed: ${said}`,
    severity: 'critical',
  }
}

function degradedOf({ name, status }: WatchedProject): Condition[] {
  const last = status.lastRun.backup
  if (last?.outcome !== 'degraded') return []
  const text = `The backup that ended at ${utc(last.finishedAt)} is not complete; its report says what is missing.`
  return [
    { event: 'degraded', about: 'backup', subject: `${name}: backup DEGRADED`, text, severity: 'warning' },
  ]
}

/** Whether the newest archive holds much more, or much less, than those before it. */
function sizeOf({ name, status }: WatchedProject, { changePercent }: Thresholds): Condition[] {
  const [newest, ...before] = status.sizes
  const compared = before.slice(0, archivesInMean)
  if (newest === undefined || compared.length < fewestInMean) return []
  const mean = compared.reduce((sum, { originalBytes }) => sum + originalBytes, 0) / compared.length
  if (mean === 0) return []
  const percent = Math.round((newest.originalBytes / mean - 1) * 100)
  if (Math.abs(percent) <= changePercent) return []
  const event = percent > 0 ? 'growth' : 'shrink'
  const change = `${Math.abs(percent)} % ${percent > 0 ? 'more' : 'less'}`
  const text = `The newest archive holds ${formatBytes(newest.originalBytes)}, those before it ${formatBytes(Math.round(mean))} on average: see whether that is right.`
  return [
    {
      event,
      about: 'size',
      subject: `${name}: archive has ${change} than before`,
      text,
      severity: 'warning',
    },
  ]
}

/** Whether a file system is nearly full. */
export function diskCondition(disk: Disk, { freePercent }: Thresholds): Condition | undefined {
  const share = (disk.freeBytes / disk.totalBytes) * 100
  if (!(share < freePercent)) return undefined
  const subject = `Less than ${freePercent} % of a disk is free`
  const text = `Of the ${formatBytes(disk.totalBytes)} where ${disk.path} is, ${formatBytes(disk.freeBytes)} were free: without room no backup is made. Remove what is not needed, or make it larger.`
  return { event: 'disk', about: disk.path, subject, text, severity: 'critical' }
}
