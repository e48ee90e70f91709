import { z } from 'zod'
import { labelSchema } from '../label-name.ts'
import { plainName } from '../plain-name.ts'
import { dayWindowSchema } from '../schedules/day-window.ts'

/** What a rule may be about. */
export const alertEvents = [
  'failed',
  'degraded',
  'overdue',
  'drill-failed',
  'growth',
  'shrink',
  'disk',
] as const
export type AlertEvent = (typeof alertEvents)[number]

const id = z.string().min(1).max(120)

/** What somebody says of a rule: what is told of, of which projects, and where. */
export const ruleInputSchema = z.object({
  name: plainName(80),
  events: z.array(z.enum(alertEvents)).min(1, 'needs one at least').max(alertEvents.length),
  scope: z.discriminatedUnion('type', [
    z.object({ type: z.literal('all') }),
    z.object({ type: z.literal('group'), group: labelSchema }),
    z.object({ type: z.literal('project'), project: id.describe('Its id') }),
  ]),
  channelIds: z.array(id).min(1, 'needs one at least').max(20),
  changePercent: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(50)
    .describe('Of growth and shrink: by more than this against the mean of the archives before'),
  freePercent: z.number().int().min(1).max(99).default(10).describe('Of disk: less than this is free'),
  repeatHours: z
    .number()
    .int()
    .min(1)
    .max(720)
    .nullable()
    .default(null)
    .describe('What is open and not acknowledged is told again after so many hours; null: once'),
  quiet: z
    .object({ window: dayWindowSchema, timeZone: z.string().min(1).max(60) })
    .nullable()
    .default(null)
    .describe('Messages wait until these hours are over'),
  isPaused: z.boolean().default(false),
})
export type RuleInput = z.infer<typeof ruleInputSchema>
