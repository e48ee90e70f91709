import { z } from 'zod'

import { componentResultSchema, findingSchema } from '../common/manifest.ts'
import { partialSchema } from '../common/partial.ts'

/** The version of the run report; raised when a field changes its meaning or goes, not when one is added. */
export const reportSchemaVersion = 1

/** `backup` is that of everything; one of a part of the database is `partial`, and nothing that looks at backups takes it for one. */
export const runKinds = ['backup', 'restore', 'drill', 'check', 'prune', 'partial'] as const
export type RunKind = (typeof runKinds)[number]

/** What a run is called within a sentence. */
export function titleOf(kind: RunKind): string {
  return kind === 'partial' ? 'partial backup' : kind
}

export const outcomes = ['success', 'unchanged', 'degraded', 'failed', 'interrupted'] as const
export type Outcome = (typeof outcomes)[number]

/** A finding of a whole run: like a component's, but it may belong to none, e.g. a repository that was unreachable. */
const runFindingSchema = findingSchema.extend({ component: z.string().nullable() })
export type RunFinding = z.infer<typeof runFindingSchema>

export const errorReportSchema = z.object({
  code: z.string().describe('Stable and machine-readable; each has a heading in docs/reference/errors.md'),
  message: z.string(),
  detail: z.string().nullable().describe('What was observed, secrets masked'),
  suggestion: z.string().describe('What the operator should do'),
  phase: z.string().describe('The step that failed, e.g. database/dump'),
})

const bytes = z.number().int().nonnegative()

const archiveSchema = z.object({
  name: z.string(),
  repository: z.string().describe('Where the archive lies: a path or an ssh:// address'),
  files: z.number().int().nonnegative(),
  originalBytes: bytes.describe('Size of the generation'),
  compressedBytes: bytes.describe('The same, compressed'),
  newBytes: bytes.describe('What the archive added to the repository after compression and deduplication'),
  repositoryBytes: bytes.nullable().describe('Size of the repository with this archive; null when not known'),
  seconds: z.number().describe('Wall time of borg create'),
})
export type ArchiveStatistics = z.infer<typeof archiveSchema>

const differenceSchema = z.object({
  component: z.string(),
  kind: z.string().describe('e.g. row-count, table-hash, missing-object'),
  name: z.string(),
  expected: z.string().nullable(),
  actual: z.string().nullable(),
})

export const verificationSchema = z.object({
  ok: z.boolean(),
  counts: z
    .record(z.string(), z.number())
    .describe('What was compared: tables, rows, sequences, objects, ...'),
  differences: z.array(differenceSchema).describe('The first hundred at most'),
})

export const runReportSchema = z.object({
  schema: z.literal(reportSchemaVersion),
  tool: z.object({ name: z.literal('supabase-backup'), version: z.string() }),
  runId: z.string(),
  project: z.string().describe('Name of the project, as in its env file and its archives'),
  kind: z.enum(runKinds),
  outcome: z.enum(outcomes),
  exitCode: z.number().int(),
  startedAt: z.string().describe('ISO 8601, UTC'),
  finishedAt: z.string().describe('ISO 8601, UTC'),
  seconds: z.number().describe('Wall time from start to finish'),
  archive: z.string().nullable().describe('The archive that was made, restored, drilled or checked'),
  partial: partialSchema
    .nullable()
    .default(null)
    .describe('Of a partial backup, and of a restore or drill of one: which part; null where all is meant'),
  narrowed: z
    .boolean()
    .default(false)
    .describe(
      'Whether a restore or drill was narrowed to a part of the backup, by --table, --bucket and the like',
    ),
  target: z.string().nullable().describe('Where a restore or drill wrote: a project reference or "sandbox"'),
  archives: z.array(archiveSchema).describe('Statistics of each archive made, one a repository'),
  pruned: z.array(z.string()).describe('Names of the archives that were pruned'),
  bytesFetched: bytes.describe('What was read from the project over the network: its egress'),
  steps: z.array(z.object({ name: z.string(), seconds: z.number() })).describe('In order of work'),
  components: z.array(componentResultSchema),
  findings: z.array(runFindingSchema).describe('Findings that stand in no component'),
  versions: z.record(z.string(), z.string()).describe('Server, clients and platform services'),
  activity: z
    .string()
    .nullable()
    .describe('Fingerprint of all changes made to the database so far, where SKIP_IF_UNCHANGED needs it'),
  verification: verificationSchema.nullable().describe('What a drill, restore or check proved'),
  error: errorReportSchema.nullable().describe('Why the run failed; null when it did not'),
})
export type RunReport = z.infer<typeof runReportSchema>

/** What --json prints of a command that left no report and has no answer of its own, such as one that never began. */
export const outcomeSchema = z.object({
  status: z
    .enum(['success', 'degraded', 'skipped', 'failed'])
    .describe('skipped: ONLY_IF said that now is not the time'),
  exitCode: z.number().int(),
  error: errorReportSchema.nullable(),
})

/** Whether a run is about a part alone, so that it tells nothing of the backups of everything: how fresh, and how well proven they are. */
export function isOfPart({
  kind,
  partial,
  narrowed,
}: Pick<RunReport, 'kind' | 'partial' | 'narrowed'>): boolean {
  return kind === 'partial' || (kind === 'drill' && (partial !== null || narrowed))
}

/** Every finding of a run, the components' first. */
export function allFindings(report: RunReport): RunFinding[] {
  return [...report.components.flatMap((component) => component.findings), ...report.findings]
}
