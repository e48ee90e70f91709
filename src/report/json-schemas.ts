import { z } from 'zod'
import { runEventSchema } from '../run/events.ts'
import { runFileSchema } from '../run/facts.ts'
import { outcomeSchema, runReportSchema } from './schema.ts'

/** The JSON Schemas published as docs/reference/<name>.schema.json. */
export const jsonSchemas = {
  report: () => ({
    title: 'Run report of supabase-backup',
    ...z.toJSONSchema(runReportSchema, { io: 'output' }),
  }),
  // What a failed worker prints has these fields and others.
  outcome: () => ({
    title: 'Outcome of a command of supabase-backup',
    ...z.toJSONSchema(outcomeSchema, { io: 'input' }),
  }),
  // What a later version adds to an event is no reason to refuse it.
  events: () => ({
    title: 'Event of a run of supabase-backup, one a line',
    ...z.toJSONSchema(runEventSchema, { io: 'input' }),
  }),
  run: () => ({
    title: 'The run of supabase-backup under way, run.json',
    ...z.toJSONSchema(runFileSchema, { io: 'input' }),
  }),
}
