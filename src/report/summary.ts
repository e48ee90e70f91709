import type { ComponentResult } from '../common/findings.ts'
import { describePartial } from '../common/partial-words.ts'
import { printable } from '../common/preview-text.ts'
import { shownName } from '../common/shown-name.ts'
import { formatBytes, formatSeconds, plural } from '../common/units.ts'
import { allFindings, isOfPart, type RunFinding, type RunReport, titleOf } from './schema.ts'
import { type RunSummary, succeeded } from './status.ts'

type Difference = NonNullable<RunReport['verification']>['differences'][number]

const secondsWorthMentioning = 0.1
const quantitiesShown = 8
const namesShown = 3
const findingsShown = 8
const detailCharacters = 300
const differencesShown = 5

/**
 * A run on one screen: what came out, how long it took, what was made, and what somebody has to look at.
 * @param lastGood the last run of its kind that went well, before this one
 */
export function renderSummary(report: RunReport, reportPath: string | null, lastGood?: RunSummary): string {
  const rows: [string, string][] = [
    ['Result', resultLine(report)],
    ['Time', `${utc(report.startedAt)} UTC, ${formatSeconds(report.seconds)}${stepsLine(report)}`],
    ...(report.partial ? [['Part', describePartial(report.partial)] as [string, string]] : []),
    ...report.archives.map((archive): [string, string] => [
      'Archive',
      `${archive.name}: ${formatBytes(archive.originalBytes)}, ${formatBytes(archive.newBytes)} new` +
        (archive.repositoryBytes === null ? '' : `, repository ${formatBytes(archive.repositoryBytes)}`),
    ]),
    ...(report.archives.length === 0 && report.archive
      ? [['Archive', report.archive] as [string, string]]
      : []),
    ...(report.target ? [['Target', report.target] as [string, string]] : []),
    ...report.components.map((component): [string, string] => [
      component.component,
      componentLine(component),
    ]),
    ...(report.bytesFetched > 0 ? [['Fetched', formatBytes(report.bytesFetched)] as [string, string]] : []),
    ...(report.pruned.length > 0
      ? [['Pruned', plural(report.pruned.length, 'archive')] as [string, string]]
      : []),
    ...verificationRows(report),
    ...errorRows(report),
    ...lastGoodRows(report, lastGood),
    ...findingRows(allFindings(report)),
    ...(reportPath === null ? [] : [['Report', reportPath] as [string, string]]),
  ]
  const title = `supabase-backup ${report.tool.version}: ${titleOf(report.kind)} of ${report.project}, run ${report.runId}`
  return `${[title, ...rows.map(([label, text]) => `  ${label.padEnd(10)} ${printable(text)}`)].join('\n')}\n`
}

function resultLine(report: RunReport): string {
  const words = {
    success: 'SUCCESS',
    unchanged: 'SUCCESS, nothing changed since the last backup: no archive made',
    degraded: 'DEGRADED: finished, but see the findings below',
    failed: 'FAILED',
    interrupted: 'INTERRUPTED',
  }
  return `${words[report.outcome]}${report.exitCode === 0 ? '' : ` (exit code ${report.exitCode})`}`
}

/** The steps that took any time worth a mention. */
function stepsLine({ steps }: RunReport): string {
  const long = steps.filter(({ seconds }) => seconds >= secondsWorthMentioning)
  if (long.length === 0) return ''
  return ` (${long.map(({ name, seconds }) => `${name} ${formatSeconds(seconds)}`).join(', ')})`
}

function componentLine({ status, seconds, counts, lists = {} }: ComponentResult): string {
  const listed = Object.keys(counts).filter((name) => name in lists && counts[name] !== 0)
  const unlisted = Object.fromEntries(Object.entries(counts).filter(([name]) => !listed.includes(name)))
  const lines = listed.flatMap((name) =>
    quantities({ [name]: counts[name] ?? 0 }).map((quantity) => `${quantity} (${lists[name]})`),
  )
  return [`${status}, ${formatSeconds(seconds)}`, ...quantities(unlisted), ...lines].join(', ')
}

/** The first few that are not zero; the report has all of them. */
function quantities(counts: Record<string, number>, shown = quantitiesShown): string[] {
  return Object.entries(counts)
    .filter(([, count]) => count !== 0)
    .slice(0, shown)
    .map(([name, count]) =>
      countsBytes(name)
        ? `${words(name)} ${formatBytes(count)}`
        : `${words(name)} ${count.toLocaleString('en-US')}`,
    )
}

/** `bytesFetched` and `dumpBytes`; `objectsWithoutBytes` counts objects. */
function countsBytes(name: string): boolean {
  return /bytes/i.test(name) && !name.startsWith('objects')
}

/** `bytesFetched` → `bytes fetched`. */
function words(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

function verificationRows({ verification }: RunReport): [string, string][] {
  if (!verification) return []
  const verdict = verification.ok ? 'equal to the backup' : 'DIFFERENT from the backup'
  const shown = verification.differences.slice(0, differencesShown)
  const more = verification.differences.length - shown.length
  return [
    // All of them: of what is not named nobody knows that it was compared.
    ['Verified', [verdict, ...quantities(verification.counts, Number.POSITIVE_INFINITY)].join(', ')],
    ...shown.map((difference): [string, string] => ['', differenceLine(difference)]),
    ...(more > 0 ? [['', `and ${plural(more, 'more difference')} in the report`] as [string, string]] : []),
  ]
}

function differenceLine({ component, kind, name, expected, actual }: Difference): string {
  const values =
    expected === null && actual === null
      ? ''
      : `: expected ${expected ?? 'nothing'}, found ${actual ?? 'nothing'}`
  return `${component}: ${kind} ${shownName(name)}${values}`
}

/** Differences stand above already; they are not repeated as the error's detail. */
function errorRows({ error, verification }: RunReport): [string, string][] {
  if (!error) return []
  const detail = verification?.ok === false ? null : error.detail
  return [
    ['Error', `${error.message} [${error.code} in ${error.phase}]`],
    ...(detail ? [['Detail', detailLine(detail)] as [string, string]] : []),
    ['Remedy', error.suggestion],
  ]
}

/** As many of its last lines as there is room for: a program's last words are often not the ones that say why. */
function detailLine(detail: string): string {
  const lines = detail.trim().split(/\s*\n\s*/)
  let shown = (lines.pop() ?? '').slice(0, detailCharacters)
  for (const line of lines.reverse()) {
    if (shown.length + line.length > detailCharacters) break
    shown = `${line}; ${shown}`
  }
  return shown
}

/** How bad it is: what there is to fall back on. */
function lastGoodRows(report: RunReport, lastGood: RunSummary | undefined): [string, string][] {
  if (succeeded(report) || report.kind === 'restore' || isOfPart(report)) return []
  if (lastGood === undefined) return [['Last good', `there has been no good ${report.kind} yet`]]
  const seconds = (Date.parse(report.finishedAt) - Date.parse(lastGood.finishedAt)) / 1000
  const archive = lastGood.archive === null ? '' : `, ${lastGood.archive}`
  return [
    ['Last good', `${utc(lastGood.finishedAt)} UTC, ${formatSeconds(Math.max(0, seconds))} before${archive}`],
  ]
}

/** Worst first, one line each. */
function findingRows(findings: readonly RunFinding[]): [string, string][] {
  const order = { degraded: 0, manual: 1, note: 2 }
  const sorted = [...findings].sort((a, b) => order[a.severity] - order[b.severity])
  const rows = sorted.slice(0, findingsShown).map((found): [string, string] => {
    const label = found.severity[0]?.toUpperCase() + found.severity.slice(1)
    return [
      label,
      `${found.component === null ? '' : `${found.component}: `}${found.message}${namesLine(found)}`,
    ]
  })
  const more = sorted.length - rows.length
  return more > 0 ? [...rows, ['', `and ${plural(more, 'more finding')} in the report`]] : rows
}

function namesLine({ names, count }: RunFinding): string {
  if (names.length === 0) return ''
  const shown = names.slice(0, namesShown)
  const more = Math.max(count, names.length) - shown.length
  return ` (${shown.map(shownName).join(', ')}${more > 0 ? ` and ${more.toLocaleString('en-US')} more` : ''})`
}

function utc(time: string): string {
  return time.slice(0, 19).replace('T', ' ')
}
