import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { runs } from '../db/schema/index.ts'
import { BackupError, type RunReport, readState, reportSchemaVersion, runReportSchema } from '../toolkit.ts'

export type RunRow = typeof runs.$inferInsert

/** No report of the toolkit is anywhere near as large; one that is would only fill the memory. */
const mostBytes = 32 * 2 ** 20

/** `20261120T030000Z-backup-<run id>.json` */
const fileName = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-([a-z]+)-([A-Za-z0-9][A-Za-z0-9-]*)\.json$/

/** What a report's file is for the index; undefined for a file that is no report. */
export async function readReportRow(options: {
  projectId: string
  directory: string
  file: string
}): Promise<RunRow | undefined> {
  const { projectId, directory, file } = options
  const named = nameFacts(file)
  if (named === undefined) return undefined
  const found = await stat(join(directory, file)).catch(() => undefined)
  // It was dropped between two looks.
  if (found === undefined) return undefined
  const base = { projectId, file, ...named }
  try {
    return { ...base, state: 'read', ...summaryOf(await readReport(directory, file)) }
  } catch (error) {
    if (!(error instanceof BackupError)) throw error
    return {
      ...base,
      state: error.code === 'STATE_TOO_NEW' ? 'newer' : 'damaged',
      unreadable: [error.message, error.detail].filter(Boolean).join(' '),
      fileBytes: found.size,
      fileModified: Math.trunc(found.mtimeMs),
    }
  }
}

/** One report, whole. @throws BackupError STATE_TOO_NEW, STATE_DAMAGED, REPORT_MISSING */
export async function readReport(directory: string, file: string): Promise<RunReport> {
  const path = join(directory, file)
  const found = await stat(path).catch(() => undefined)
  if (found !== undefined && found.size > mostBytes)
    throw new BackupError({
      code: 'STATE_DAMAGED',
      message: `${path} is damaged.`,
      detail: `it has ${found.size} bytes, which no report has`,
      suggestion: `Put it aside: mv '${path}' '${path}.damaged'`,
      phase: 'state',
    })
  const report = await readState(path, runReportSchema, reportSchemaVersion)
  if (report !== undefined) return report
  throw new BackupError({
    code: 'REPORT_MISSING',
    message: 'The report of this run is not kept any more.',
    suggestion: 'The newest thousand of a project are; what the index knows of older ones stands here.',
    phase: 'state',
  })
}

function nameFacts(file: string): Pick<RunRow, 'startedAt' | 'kind' | 'runId'> | undefined {
  const [, year, month, day, hour, minute, second, kind, runId] = fileName.exec(file) ?? []
  if (kind === undefined || runId === undefined) return undefined
  const startedAt = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(startedAt.getTime()) ? undefined : { startedAt, kind, runId }
}

function summaryOf(report: RunReport): Partial<RunRow> {
  const findings = [...report.components.flatMap((component) => component.findings), ...report.findings]
  const count = (severity: string) => findings.filter((finding) => finding.severity === severity).length
  const finishedAt = new Date(report.finishedAt)
  return {
    runId: report.runId,
    kind: report.kind,
    outcome: report.outcome,
    finishedAt: Number.isNaN(finishedAt.getTime()) ? null : finishedAt,
    seconds: report.seconds,
    exitCode: report.exitCode,
    archive: report.archive,
    target: report.target,
    errorCode: report.error?.code ?? null,
    errorMessage: report.error?.message ?? null,
    degraded: count('degraded'),
    manual: count('manual'),
    notes: count('note'),
    originalBytes: report.archives[0]?.originalBytes ?? null,
    newBytes: report.archives[0]?.newBytes ?? null,
    bytesFetched: report.bytesFetched,
  }
}
