import { z } from 'zod'
import { errorReportSchema, outcomes } from '../report/schema.ts'

/** The version of the events; raised when a field changes its meaning or goes, not when one or a type of event is added. */
const eventsVersion = 1

const common = {
  seq: z
    .number()
    .int()
    .positive()
    .describe('Of its run, from 1 on; a gap says that a reader was too slow for the rest'),
  time: z.string().describe('ISO 8601, UTC'),
  run: z.string().describe('Id of the run, as in its report'),
  project: z.string(),
}

const phase = z.string().nullable().describe('The step of the run; null outside of one')
const component = z.string().nullable()
const count = z.number().nonnegative()

/** What a run says while it goes on, one JSON object a line. */
export const runEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('begin'),
    ...common,
    schema: z.literal(eventsVersion),
    kind: z.string().describe('backup, restore, drill or check'),
    pid: z.number().int().describe('Process of the script'),
  }),
  z.object({
    type: z.literal('phase'),
    ...common,
    phase: z.string(),
    state: z.enum(['begin', 'end']),
    seconds: z.number().nullable().describe('How long it took, at its end'),
  }),
  z.object({
    type: z.literal('progress'),
    ...common,
    phase,
    component,
    label: z.string().describe('What is being done, e.g. storage, hashing rows, borg create'),
    unit: z.string().describe('What is counted, in the plural'),
    done: count,
    total: count.nullable().describe('null where it is not known'),
    bytes: count.nullable().describe('Bytes moved or read so far; null where it is not known'),
    totalBytes: count.nullable(),
    rate: count.nullable().describe('Bytes a second since it began'),
    failed: count,
  }),
  z.object({
    type: z.literal('finding'),
    ...common,
    phase,
    component,
    severity: z.enum(['degraded', 'manual', 'note']),
    kind: z.string(),
    count: z.number(),
    message: z.string(),
  }),
  z.object({
    type: z.literal('truncated'),
    ...common,
    message: z.string().describe('From here on only phases and the end are told'),
  }),
  z.object({
    type: z.literal('end'),
    ...common,
    outcome: z.enum(outcomes),
    exitCode: z.number().int(),
    error: errorReportSchema.nullable(),
    report: z.string().nullable().describe('Path of the report; null when it could not be written'),
  }),
])
export type RunEvent = z.infer<typeof runEventSchema>

type Common = keyof typeof common
/** An event before it is numbered. */
export type UnnumberedEvent = RunEvent extends infer Event
  ? Event extends RunEvent
    ? Omit<Event, Common>
    : never
  : never
