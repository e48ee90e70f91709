import { z } from 'zod'
import { forecastSchema } from './forecast.ts'

/** So many days back; a year is told by weeks. */
const spans = [7, 30, 365] as const

export const analyticsInputSchema = z.object({
  days: z.coerce
    .number()
    .pipe(z.union(spans.map((days) => z.literal(days))))
    .default(30)
    .describe('7, 30 or 365'),
  project: z.string().min(1).max(120).optional().describe('The id of one project alone'),
  group: z.string().min(1).max(100).optional().describe('Projects of a group alone'),
})
export type AnalyticsInput = z.infer<typeof analyticsInputSchema>

const counts = {
  good: z.number().int().describe('Ended well'),
  degraded: z.number().int(),
  failed: z.number().int().describe('Failed, or were interrupted'),
  unreadable: z.number().int().describe('Their reports cannot be read'),
}
const countsSchema = z.object(counts)

const work = {
  meanSeconds: z.number().nullable().describe('Of backups that ended well or degraded'),
  longestSeconds: z.number().nullable(),
  bytesPerSecond: z.number().nullable().describe('What archives held, by the time that their runs took'),
  newBytes: z.number().describe('What archives added to the repositories'),
  bytesFetched: z.number().describe('Read from the projects over the network'),
}

const bucketSchema = z.object({
  start: z.string().describe('ISO 8601, UTC'),
  backups: countsSchema,
  drills: countsSchema,
  ...work,
  storageBytes: z.number().describe('Size of all repositories at its end, each once'),
})

const totals = {
  backups: countsSchema,
  drills: countsSchema,
  successRate: z.number().nullable().describe('Share of backups that ended well, 0 to 1; null without any'),
  ...work,
  newShare: z.number().nullable().describe('Of what archives held, the share that was new to the repository'),
  compressedShare: z.number().nullable().describe('Size after compression, by that before'),
  storageBytes: z
    .number()
    .nullable()
    .describe('Size of the repositories, each once; null where none is known'),
  grownBytes: z
    .number()
    .describe('How much larger the repositories became; of a shared one what all its projects did'),
}

const projectSums = z.object({
  id: z.string(),
  name: z.string(),
  ...totals,
  isRepositoryShared: z
    .boolean()
    .describe(
      'Its repository is that of others too: storageBytes and grownBytes are of all of them, newBytes its own',
    ),
  lastDrill: z.string().nullable().describe('When the last drill began that went well'),
})

export const analyticsSchema = z.object({
  unit: z.enum(['day', 'week']),
  from: z.string(),
  to: z.string(),
  buckets: z.array(bucketSchema),
  totals: z.object(totals),
  forecast: forecastSchema
    .nullable()
    .describe('Of the size of all repositories; null with too few sizes to go by'),
  egress: z.object({
    months: z
      .array(z.object({ month: z.string(), bytes: z.number() }))
      .describe('Of backups, by calendar month'),
    budgets: z
      .array(z.object({ id: z.string(), name: z.string(), used: z.number(), budget: z.number() }))
      .describe('Projects with STORAGE_EGRESS_BUDGET_MONTH, and what this month used of it'),
  }),
  projects: z.array(projectSums),
  groups: z.array(z.object({ group: z.string(), projects: z.number().int(), ...totals })),
})
export type Analytics = z.infer<typeof analyticsSchema>
