import { z } from 'zod'
import { notFound } from '../problem.ts'
import { procedure, router } from './base.ts'
import { projectIdSchema } from './projects.ts'

const runSchema = z.object({ projectId: projectIdSchema, runId: z.string().min(1).max(100) })
const word = z.string().max(40)

export const runsRouter = router({
  list: procedure('viewer')
    .input(
      z.object({
        projectId: projectIdSchema,
        kind: word.optional(),
        outcome: word.optional(),
        cursor: z.object({ startedAt: z.number().int(), file: z.string().max(300) }).nullish(),
      }),
    )
    .query(({ ctx: { app }, input: { cursor, ...filter } }) =>
      app.runs.list({ ...filter, cursor: cursor ?? undefined }),
    ),

  unbegun: procedure('viewer')
    .input(z.object({ projectId: projectIdSchema }))
    .query(({ ctx: { app }, input }) => app.runs.unbegun(input.projectId)),

  get: procedure('viewer')
    .input(runSchema)
    .query(({ ctx: { app }, input }) => app.runs.get(input.projectId, input.runId)),

  log: procedure('viewer')
    .input(runSchema)
    .query(({ ctx: { app }, input }) => app.runs.log(input.projectId, input.runId)),

  start: procedure('operator', 'start run')
    .input(
      z.object({
        projectId: projectIdSchema,
        kind: z.enum(['backup', 'drill']),
        only: z.array(word).min(1).max(20).optional(),
        acceptShrink: z.boolean().optional(),
      }),
    )
    .mutation(({ ctx: { app, principal }, input: { projectId, ...options } }) => {
      if (principal === undefined) throw notFound('user')
      return { runId: app.runs.start(projectId, options, principal) }
    }),

  cancel: procedure('operator', 'cancel run')
    .input(runSchema)
    .mutation(({ ctx: { app, principal }, input }) => {
      if (principal === undefined) throw notFound('user')
      app.runs.cancel(input.projectId, input.runId, principal)
    }),
})
