import { printable } from '../common/preview-text.ts'
import { formatBytes, plural } from '../common/units.ts'
import { components } from '../components/list.ts'
import { agoOf, type Overview } from './overview.ts'
import type { Outcome, RunKind } from './schema.ts'
import { type RunSummary, succeeded } from './status.ts'

/** What no backup of a project is whole without. */
const essential = components.filter(({ configuration }) => !configuration.optional).map(({ name }) => name)

const verdicts: Record<Outcome, string> = {
  success: 'went well',
  unchanged: 'found nothing new',
  degraded: 'was degraded',
  failed: 'failed',
  interrupted: 'was interrupted',
}

/** A project's state for people, a dozen lines, the worst first. */
export function renderOverview(overview: Overview, now: Date): string {
  const rows = [
    ...overview.problems.map(({ message }) => ['PROBLEM', message]),
    ...runningRows(overview, now),
    runRow('Backup', 'backup', overview, now),
    runRow('Drill', 'drill', overview, now),
    runRow('Check', 'check', overview, now),
    ...sizeRows(overview),
    ...archiveRows(overview),
    ['Egress', `${formatBytes(overview.egress.bytes)} in ${overview.egress.month}`],
  ]
  return `${[title(overview), ...rows.map(([label = '', text = '']) => `  ${label.padEnd(9)} ${printable(text)}`)].join('\n')}\n`
}

/** What did not go well and is no problem yet is nothing to keep quiet about. */
function title({ project, healthy, problems, runs }: Overview): string {
  if (!healthy) return `${project}: ${plural(problems.length, 'problem')}`
  const complaints = Object.entries(runs).flatMap(([kind, { lastRun }]) =>
    lastRun === null || succeeded(lastRun) ? [] : [`the last ${kind} ${verdicts[lastRun.outcome]}`],
  )
  return `${project}: OK${complaints.length === 0 ? '' : `, but ${complaints.join(' and ')}`}`
}

function runningRows({ running }: Overview, now: Date): string[][] {
  if (running === null) return []
  const step = running.phase === null ? '' : `, in the step ${running.phase}`
  return [['Running', `a ${running.kind} that began ${agoOf(running.startedAt, now)}${step}`]]
}

function runRow(label: string, kind: RunKind, { runs }: Overview, now: Date): string[] {
  const { lastRun = null, lastSuccess = null, lastOfPart = null, next = null } = runs[kind] ?? {}
  const planned = next === null ? '' : `; next ${minutes(next)}`
  const part =
    lastOfPart === null || (lastRun !== null && lastRun.finishedAt > lastOfPart.finishedAt)
      ? ''
      : `; of a part alone: ${ended(lastOfPart, now)}${aboutOf(lastOfPart, true)}`
  if (lastRun === null) return [label, `none yet${part}${planned}`]
  const success =
    lastSuccess === null || lastSuccess.runId === lastRun.runId
      ? ''
      : `; last success ${agoOf(lastSuccess.finishedAt, now)}`
  const about = aboutOf(lastRun, kind === 'drill')
  return [label, `${ended(lastRun, now)}${about}${success}${part}${planned}`]
}

/** How a run ended, when, of which archive, and why it failed. */
function ended({ outcome, finishedAt, archive, error }: RunSummary, now: Date): string {
  const reason = error === null ? '' : `: ${error.replace(/\.$/, '')}`
  return `${outcome} ${agoOf(finishedAt, now)}${archive === null ? '' : `, ${archive}`}${reason}`
}

/**
 * Which components a run was about, where that is not all that every project has; and of when the others are.
 * @param always wherever it is known
 */
function aboutOf({ components, carried }: RunSummary, always: boolean): string {
  const others = Object.entries(carried).map(([name, takenAt]) => `${name} is of ${minutes(takenAt)}`)
  const isAlone = others.length > 0 || essential.some((name) => !components.includes(name))
  if (components.length === 0 || (!always && !isAlone)) return ''
  const alone = isAlone && !always ? ' alone' : ''
  return `${[` (${components.join(', ')}${alone}`, ...others].join('; ')})`
}

function sizeRows({ sizes }: Overview): string[][] {
  if (sizes === null) return []
  const repository =
    sizes.repositoryBytes === null ? '' : `; repository ${formatBytes(sizes.repositoryBytes)}`
  const growth =
    sizes.archivesInMean === 1
      ? ''
      : ` (${formatBytes(sizes.newBytesMean)} a run over the last ${sizes.archivesInMean})`
  return [
    ['Size', `${formatBytes(sizes.originalBytes)}, ${formatBytes(sizes.newBytes)} new${growth}${repository}`],
  ]
}

function archiveRows({ archives }: Overview): string[][] {
  if (archives === null) return []
  const oldest = archives.oldest === null ? '' : `, oldest ${archives.oldest}`
  return [['Archives', `${archives.complete} complete, ${archives.degraded} degraded${oldest}`]]
}

function minutes(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`
}
