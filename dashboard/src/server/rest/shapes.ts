import { z } from 'zod'
import { alertEvents, ruleInputSchema } from '../services/alerts/rules.ts'
import {
  contentsSchema,
  diffSchema,
  errorReportSchema,
  firstRowsSchema,
  folderSchema,
  overviewSchema,
  previewedSchema,
  retentionPlanSchema,
  runEventSchema,
  runReportSchema,
  sourcesSchema,
  verifiedSchema,
} from '../toolkit.ts'

/** What the REST interface answers with, each by the name it has in OpenAPI. */
export const time = z.string().describe('ISO 8601, UTC')
const bytes = z.number().nullable()

const toolkitErrorSchema = errorReportSchema.meta({ id: 'ToolkitError' })
const reportSchema = runReportSchema.meta({ id: 'RunReport' })
export const eventSchema = runEventSchema.meta({ id: 'RunEvent' })

export const projectSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    origin: z.string().nullable().describe('Reference of the Supabase project, or the place of its database'),
    environment: z.enum(['development', 'staging', 'production']).nullable(),
    groups: z.array(z.string()),
    tags: z.array(z.string()),
    inactiveSince: time.nullable().describe('Since when no run of it is started by the dashboard'),
    safety: z.enum(['unreadable', 'failed', 'overdue', 'degraded', 'never', 'safe', 'inactive']),
    problems: z.array(
      z.object({
        what: z.string(),
        message: z.string(),
        suggestion: z.string().nullable().describe('What to type'),
        code: z.string().nullable(),
      }),
    ),
    lastBackup: time.nullable().describe('End of the last one that went well'),
    lastProof: time.nullable().describe('End of the last drill that went well'),
    nextBackup: time.nullable().describe('When a timer or schedule starts it'),
    bytes: bytes.describe('Size of the newest backup'),
    repository: z
      .string()
      .nullable()
      .describe('Which repository, without saying where: the same for projects that share one'),
    repositoryBytes: bytes.describe(
      'Size of the repository: of a shared one with what all its projects have in it',
    ),
    repositorySizedAt: time.nullable().describe('When it had that size'),
    archives: z.number().nullable(),
    running: overviewSchema.shape.running,
    nights: z
      .array(z.enum(['success', 'degraded', 'failed', 'unreadable']).nullable())
      .describe('What each of 30 days came to, the last one is today; null where no backup ran'),
    nightsFrom: time,
  })
  .meta({ id: 'Project' })

export const projectDetailsSchema = projectSchema
  .extend({
    envFile: z.string(),
    problem: toolkitErrorSchema.nullable().describe('Why its configuration cannot be read'),
    kinds: overviewSchema.shape.runs,
    sizes: overviewSchema.shape.sizes,
    egress: overviewSchema.shape.egress.nullable(),
    drillTarget: z.string().nullable().describe('Where a drill restores to; null is a throwaway server'),
    components: z.array(
      z.object({
        name: z.string(),
        holds: z.string(),
        missing: z.string().nullable().describe('The setting that it lacks'),
      }),
    ),
    newestArchive: z.string().nullable(),
    repositorySharedWith: z
      .array(z.string())
      .describe('Names of the projects that have the same repository, of those that the caller sees'),
  })
  .meta({ id: 'ProjectDetails' })

export const runSummarySchema = z
  .object({
    runId: z.string(),
    state: z
      .enum(['read', 'newer', 'damaged'])
      .describe('Whether its report could be read, is of a newer toolkit, or damaged'),
    unreadable: z.string().nullable(),
    kind: z.string(),
    outcome: z.string().nullable(),
    startedAt: time,
    finishedAt: time.nullable(),
    seconds: z.number().nullable(),
    exitCode: z.number().nullable(),
    archive: z.string().nullable(),
    target: z.string().nullable(),
    errorCode: z.string().nullable(),
    errorMessage: z.string().nullable(),
    degraded: z.number().describe('Findings of that severity'),
    manual: z.number(),
    notes: z.number(),
    originalBytes: bytes,
    compressedBytes: bytes,
    newBytes: bytes.describe('What its archive added to the repository'),
    repositoryBytes: bytes,
    bytesFetched: bytes.describe('Read from the project over the network'),
  })
  .meta({ id: 'RunSummary' })

export const runSchema = z
  .object({
    runId: z.string(),
    projectId: z.string(),
    state: z
      .enum([
        'queued',
        'starting',
        'running',
        'cancelling',
        'crashed',
        'ended',
        'answered',
        'refused',
        'skipped',
        'cancelled',
        'lost',
      ])
      .describe(
        'queued: it waits for its turn; crashed: it was killed; answered: what it was to find out is at its answer; refused: it never began, see launch; skipped: ONLY_IF said that now is not the time; cancelled: it was called off before it began; lost: the dashboard ended before it knew',
      ),
    kind: z.string(),
    startedAt: time.nullable(),
    startedBy: z.string().nullable().describe('Who started it here; null for one of a timer or by hand'),
    cancelledBy: z.string().nullable(),
    launch: z
      .object({ state: z.string(), problem: toolkitErrorSchema.nullable() })
      .nullable()
      .describe('What became of a start'),
    summary: runSummarySchema.nullable(),
    report: reportSchema.nullable().describe('Null until it has ended'),
    unreadable: toolkitErrorSchema.nullable().describe('Why the report cannot be read'),
  })
  .meta({ id: 'Run' })

export const startedSchema = z
  .object({ runId: z.string().describe('Its address is in the header Location') })
  .meta({ id: 'StartedRun' })

export const answerSchema = z
  .object({
    verified: verifiedSchema.nullable().describe('Of a verification'),
    previewed: previewedSchema.nullable().describe('Of a preview'),
    exported: z
      .array(z.object({ path: z.string(), bytes: z.number() }))
      .nullable()
      .describe('Of an export: its files, which downloadExport sends; none once they are gone'),
    exportedTo: z
      .string()
      .nullable()
      .describe('Of an export of a schedule: its folder, which stays until newer ones are there'),
  })
  .meta({ id: 'RunAnswer' })

export const archiveSchema = sourcesSchema.element.extend({ time }).meta({ id: 'Archive' })
export const archiveContentsSchema = contentsSchema.meta({ id: 'ArchiveContents' })
export const archiveFolderSchema = folderSchema.meta({ id: 'ArchiveFolder' })
export const archiveRowsSchema = firstRowsSchema.meta({ id: 'ArchiveRows' })
export const archiveDiffSchema = diffSchema.meta({ id: 'ArchiveDifferences' })
export const planSchema = retentionPlanSchema.meta({ id: 'RetentionPlan' })
const conditionSchema = z
  .object({
    status: z.enum(['OK', 'WARN', 'FAIL']),
    subject: z.string(),
    text: z.string(),
    remedy: z.string().describe('What to do; empty where nothing is to be done'),
  })
  .meta({ id: 'Condition' })

const valueProblemSchema = z.object({
  name: z.string().describe('Of the setting; name and project are the whole'),
  message: z.string().describe('Completes the name'),
})

export const verdictSchema = z
  .object({
    isGood: z.boolean().describe('Nothing fails of what a backup needs'),
    problems: z.array(valueProblemSchema).describe('What cannot be right; then nothing was tried'),
    conditions: z.array(conditionSchema).describe('What the trial found'),
  })
  .meta({ id: 'Verdict' })

export const settingsSchema = z
  .object({
    settings: z.record(z.string(), z.string()),
    secrets: z.array(z.string()).describe('Names of those that are set'),
    ofFileAlone: z
      .array(z.string())
      .describe('Names of what is set in the env file, and is changed there alone'),
    former: z.number().describe('How many passphrases that were replaced are kept'),
    fingerprint: z.string().describe('Changes with the env file'),
  })
  .meta({ id: 'Settings' })

export const removedProjectSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    envFile: z.string().describe('Where its env file was'),
    keptAs: z.string().nullable().describe('Where it is now; null where it was gone'),
    removedAt: time,
    removedBy: z.string(),
    secrets: z.array(z.string()).describe('Names of its sealed secrets'),
  })
  .meta({ id: 'RemovedProject' })

export const importRowSchema = z
  .object({
    row: z.number().describe('Which project of the file; 1 is the first'),
    name: z.string(),
    verdict: z.enum(['add', 'change', 'same', 'refused', 'added', 'changed', 'failed']),
    changes: z.array(z.string()).describe('Names of what is set or changed'),
    problems: z.array(valueProblemSchema).describe('Why not'),
  })
  .meta({ id: 'ImportRow' })

export const healthSchema = z
  .object({
    checks: z.array(
      z.object({
        id: z.number(),
        at: time,
        seconds: z.number(),
        by: z.string(),
        failures: z.number(),
        warnings: z.number(),
        databaseBytes: bytes,
        serverVersion: z.string().nullable(),
        conditions: z.array(conditionSchema),
      }),
    ),
    versions: z.record(z.string(), z.string()),
  })
  .meta({ id: 'ProjectHealth' })

export const alertSchema = z
  .object({
    id: z.string(),
    event: z.enum(alertEvents),
    subject: z.string().describe('One line'),
    text: z.string().describe('What, how bad, and what to do'),
    severity: z.enum(['critical', 'warning']),
    projectId: z.string().nullable().describe('Null of the machine'),
    projectName: z.string().nullable(),
    ruleName: z.string(),
    openedAt: time,
    resolvedAt: time.nullable().describe('When its cause was gone'),
    acknowledgedAt: time.nullable(),
    acknowledgedBy: z.string().nullable(),
    flappingSince: time
      .nullable()
      .describe('Its cause comes and goes since then: each time is not told any more'),
    goneAt: time.nullable().describe('Of one that flaps and is open: since when its cause is not there'),
  })
  .meta({ id: 'Alert' })

export const deliverySchema = z
  .object({
    id: z.string(),
    alertId: z.string().nullable().describe('Null of a test'),
    subject: z.string().nullable().describe('Of its alert'),
    channelName: z.string(),
    what: z.enum(['opened', 'repeated', 'acknowledged', 'resolved', 'test']),
    state: z
      .enum(['waiting', 'sending', 'delivered', 'failed', 'dropped'])
      .describe('dropped: before its time came there was nothing to be told any more'),
    attempts: z.number(),
    answer: z.string().nullable().describe('Of the last attempt, secrets masked'),
    createdAt: time,
    nextAt: time.nullable().describe('When it is tried next'),
  })
  .meta({ id: 'AlertDelivery' })

export const channelShownSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(['mail', 'webhook', 'slack', 'discord', 'teams', 'ntfy', 'pagerduty', 'healthchecks']),
    settings: z.record(z.string(), z.unknown()).describe('Its fields that are no secrets'),
    goesTo: z.string().describe('Its host, or addresses of mail'),
    secretNames: z.array(z.string()).describe('Fields that are set and kept sealed'),
    secretsSetAt: time.nullable().describe('Null where they are to be set anew, as their key was lost'),
    last: z
      .object({ state: deliverySchema.shape.state, at: time, answer: z.string().nullable() })
      .nullable()
      .describe('Its last message'),
  })
  .meta({ id: 'AlertChannel' })

export const ruleSchema = ruleInputSchema.extend({ id: z.string() }).meta({ id: 'AlertRule' })

/** Of a secret all that is ever told. */
export const secretSetSchema = z.object({
  name: z.string().describe('The variable of the configuration'),
  setAt: time,
  setBy: z.string().describe('Who set it'),
})
