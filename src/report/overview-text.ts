import { formatBytes, plural } from '../common/units.ts'
import { agoOf, type Overview } from './overview.ts'
import type { Outcome, RunKind } from './schema.ts'
import { succeeded } from './status.ts'

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
  return `${[title(overview), ...rows.map(([label = '', text]) => `  ${label.padEnd(9)} ${text}`)].join('\n')}\n`
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
  const { lastRun = null, lastSuccess = null, next = null } = runs[kind] ?? {}
  const planned = next === null ? '' : `; next ${minutes(next)}`
  if (lastRun === null) return [label, `none yet${planned}`]
  const ago = (time: string) => agoOf(time, now)
  const error = lastRun.error === null ? '' : `: ${lastRun.error.replace(/\.$/, '')}`
  const success =
    lastSuccess === null || lastSuccess.runId === lastRun.runId
      ? ''
      : `; last success ${ago(lastSuccess.finishedAt)}`
  const archive = lastRun.archive === null ? '' : `, ${lastRun.archive}`
  return [label, `${lastRun.outcome} ${ago(lastRun.finishedAt)}${archive}${error}${success}${planned}`]
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
