import { z } from 'zod'
import type { ToolkitError } from '../../../shared/toolkit-error.ts'
import type { Wanted } from '../../runner/queue.ts'
import { formatBytes } from '../../toolkit.ts'
import { exportFormats } from '../archive-names.ts'

const word = z.string().trim().min(1).max(40)
const keep = (most: number) => z.number().int().min(0).max(most)

/** For how long archives are kept: as the settings BORG_RETENTION_DAYS and BORG_KEEP_… say it. */
const retentionSchema = z.object({
  days: z.number().int().min(1).max(36_500),
  daily: keep(36_500),
  weekly: keep(5200),
  monthly: keep(1200),
  yearly: keep(100),
})
type Retention = z.infer<typeof retentionSchema>

/** What a schedule runs, and how. */
export const planSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('backup'),
    /** Only these components; the others stay those of the run before. */
    only: z.array(word).min(1).max(20).optional(),
    /** In the place of the project's own; it counts for all archives of the project when this run has ended. */
    retention: retentionSchema.optional(),
    /** A run that finds no change in the database makes no archive. */
    onlyIfChanged: z.boolean().optional(),
    /** Only where the newest archive's content has more bytes than this, or there is none. */
    onlyIfLarger: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
  }),
  z.object({ kind: z.literal('drill'), only: z.array(word).min(1).max(20).optional() }),
  /** Of the repository; `data` reads and authenticates all of it again. */
  z.object({ kind: z.literal('check'), data: z.boolean().optional() }),
  /** Of the newest archive, as files in clear, below the directory that the settings name. */
  z.object({
    kind: z.literal('export'),
    only: z.array(word).min(1).max(20).optional(),
    /** Of the tables. */
    formats: exportFormats.optional(),
    keep: z.number().int().min(1).max(365).describe('How many of its exports are kept'),
  }),
])
export type Plan = z.infer<typeof planSchema>

/** The run that it asks for. */
export function requestOf(plan: Plan): Pick<Wanted, 'options' | 'settings'> {
  if (plan.kind === 'check') return { options: { kind: plan.kind, data: plan.data } }
  if (plan.kind === 'export') {
    const { kind, only, formats } = plan
    return { options: { kind, archive: 'latest', only, formats } }
  }
  const { kind, only } = plan
  if (plan.kind === 'drill') return { options: { kind, only } }
  const settings = {
    ...retentionSettings(plan.retention),
    ...(plan.onlyIfChanged && { SKIP_IF_UNCHANGED: 'true' }),
  }
  return { options: { kind, only }, settings: Object.keys(settings).length === 0 ? undefined : settings }
}

function retentionSettings(retention: Retention | undefined): Record<string, string> {
  if (retention === undefined) return {}
  return {
    BORG_RETENTION_DAYS: String(retention.days),
    BORG_KEEP_DAILY: String(retention.daily),
    BORG_KEEP_WEEKLY: String(retention.weekly),
    BORG_KEEP_MONTHLY: String(retention.monthly),
    BORG_KEEP_YEARLY: String(retention.yearly),
  }
}

/** Why a plan does not run now, by what is known of the project; undefined where it does. */
export function unmetCondition(
  plan: Plan,
  known: { originalBytes: number | undefined },
): ToolkitError | undefined {
  if (plan.kind !== 'backup' || plan.onlyIfLarger === undefined) return undefined
  if (known.originalBytes === undefined || known.originalBytes > plan.onlyIfLarger) return undefined
  const [has, limit] = [known.originalBytes, plan.onlyIfLarger].map(formatBytes)
  return {
    code: 'CONDITION_NOT_MET',
    message: `The newest archive holds ${has}, and this schedule runs only where that is more than ${limit}.`,
    detail: null,
    suggestion: 'Nothing is to be done; lower the limit of the schedule if it should run.',
    phase: 'schedule',
  }
}
