import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { runs } from '../db/schema/index.ts'
import { BackupError, type RunReport, readState, reportSchemaVersion, runReportSchema } from '../toolkit.ts'

export type RunRow = typeof runs.$inferInsert

/** No report of the toolkit is anywhere near as large; one that is would only fill the memory. */
const mostBytes = 32 * 2 ** 20

/** One beyond it is read in turns with everything else. */
const mostQuickBytes = 2 ** 20

/** What the index takes from a report; raised when that, or what is summed of it, becomes more, and all are read once more. */
export const indexVersion = 3

/** `20261120T030000Z-backup-<run id>.json` */
const fileName = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-([a-z]+)-([A-Za-z0-9][A-Za-z0-9-]*)\.json$/

/** What of a report the index needs: most of one is what each component counted. */
const indexedSchema = runReportSchema
  .pick({
    ...{
      schema: true,
      runId: true,
      kind: true,
      outcome: true,
      exitCode: true,
      finishedAt: true,
      seconds: true,
    },
    ...{ archive: true, target: true, bytesFetched: true, partial: true, narrowed: true },
  })
  .extend({
    error: runReportSchema.shape.error.unwrap().pick({ code: true, message: true }).nullable(),
    archives: z.array(
      runReportSchema.shape.archives.element.pick({
        ...{
          originalBytes: true,
          compressedBytes: true,
          newBytes: true,
          repositoryBytes: true,
          seconds: true,
        },
      }),
    ),
    verification: runReportSchema.shape.verification
      .unwrap()
      .pick({ ok: true, counts: true })
      .extend({ differences: z.array(z.unknown()) })
      .nullable(),
    findings: z.array(z.object({ severity: z.string() })),
    components: z.array(z.object({ findings: z.array(z.object({ severity: z.string() })) })),
  })
type IndexedReport = z.infer<typeof indexedSchema>

/** What a drill, restore or check proved, as the index keeps it. */
export const proofSchema = z.object({
  ok: z.boolean(),
  /** It was of a part of the database, which proves no backup. */
  isOfPart: z.boolean(),
  counts: z.record(z.string(), z.number()),
  differences: z.number().int(),
})
export type Proof = z.infer<typeof proofSchema>

/** What a report's file is for the index; undefined for a file that is no report. */
export async function readReportRow(options: {
  projectId: string
  directory: string
  file: string
}): Promise<RunRow | undefined> {
  const { projectId, directory, file } = options
  const named = nameFacts(file)
  if (named === undefined) return undefined
  const base = { projectId, file, ...named, indexVersion }
  const quick = readIndexed(join(directory, file))
  if (quick !== undefined) return { ...base, state: 'read', ...summaryOf(quick) }
  const found = await stat(join(directory, file)).catch(() => undefined)
  // It was dropped between two looks.
  if (found === undefined) return undefined
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

let buffer = Buffer.allocUnsafe(64 * 1024)

/**
 * A report that is as it should be, read without waiting: hundreds of thousands of small files take ten times as long otherwise.
 * Undefined for any other, which `readReport` says the reason of.
 */
function readIndexed(path: string): IndexedReport | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const found = fstatSync(file)
      if (!found.isFile() || found.size > mostQuickBytes) return undefined
      if (found.size > buffer.length) buffer = Buffer.allocUnsafe(found.size)
      const bytes = readSync(file, buffer, 0, found.size, 0)
      return indexedSchema.safeParse(JSON.parse(buffer.toString('utf8', 0, bytes))).data
    } finally {
      closeSync(file)
    }
  } catch {
    return undefined
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

function summaryOf(report: IndexedReport): Partial<RunRow> {
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
    compressedBytes: report.archives[0]?.compressedBytes ?? null,
    repositoryBytes: report.archives[0]?.repositoryBytes ?? null,
    archiveSeconds: report.archives[0]?.seconds ?? null,
    bytesFetched: report.bytesFetched,
    proof:
      report.verification === null
        ? null
        : JSON.stringify(proofOf(report.verification, report.partial !== null)),
  }
}

function proofOf(
  { ok, counts, differences }: NonNullable<IndexedReport['verification']>,
  isOfPart: boolean,
): Proof {
  return { ok, isOfPart, counts, differences: differences.length }
}
