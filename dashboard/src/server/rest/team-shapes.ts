import { z } from 'zod'
import { roleSchema } from '../services/people.ts'
import { dayWindowSchema } from '../services/schedules/day-window.ts'
import { planSchema } from '../services/schedules/plan.ts'
import { time } from './shapes.ts'

/** What the REST interface answers with of schedules, of users and tokens, and of the audit. */
export const scheduleSchema = z
  .object({
    id: z.string(),
    projectId: z.string(),
    name: z.string(),
    plan: planSchema.describe('What it runs, and how'),
    cron: z.string().nullable().describe('Null of one that runs after another'),
    timeZone: z.string(),
    words: z.string().nullable().describe('The expression in words, where words can follow it'),
    window: dayWindowSchema.nullable().describe('In which part of the day it may begin; null: in any'),
    after: z
      .object({
        scheduleId: z.string().nullable(),
        projectId: z.string().nullable(),
        outcome: z.enum(['success', 'any']),
      })
      .nullish()
      .describe(
        'After a run of which schedule; its ids are null where that is of a project that is not shown, and all of it where that schedule is gone, or there is none',
      ),
    isPaused: z.boolean(),
    createdBy: z.string(),
    nextAt: time.nullable(),
    heldUntil: time.nullable().describe('It is due, and waits for its part of the day'),
    last: z.object({ runId: z.string(), state: z.string(), at: time }).nullable(),
  })
  .meta({ id: 'Schedule' })

const rights = {
  role: roleSchema,
  groups: z.array(z.string()).nullable().describe('Whose projects alone; null: all'),
}

export const userSchema = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    ...rights,
    hasPassword: z.boolean().describe('Not until they have used their link'),
    hasTotp: z.boolean(),
    deactivatedAt: time.nullable(),
    createdAt: time,
    sessions: z.number(),
    lastSeenAt: time.nullable(),
  })
  .meta({ id: 'User' })

export const tokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    ...rights,
    createdBy: z.string(),
    createdAt: time,
    expiresAt: time.nullable(),
    lastUsedAt: time.nullable(),
  })
  .meta({ id: 'Token' })

export const auditEntrySchema = z
  .object({
    seq: z.number(),
    at: time,
    actor: z.string(),
    actorName: z.string().describe('As people know them: an address of mail, `token ci`'),
    address: z.string(),
    action: z.string(),
    subject: z.string(),
    outcome: z.enum(['done', 'denied', 'failed']),
    details: z.record(z.string(), z.unknown()),
    previousHash: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'AuditEntry' })

export const auditCheckSchema = z
  .object({
    entries: z.number().describe('So many are in order, from the first on'),
    last: z.object({ seq: z.number(), hash: z.string(), at: time }).nullable(),
    broken: z.object({ seq: z.number(), why: z.enum(['missing', 'altered', 'unchained']) }).nullable(),
  })
  .meta({ id: 'AuditCheck' })
