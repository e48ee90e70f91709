import { z } from 'zod'
import { requireRole } from '../auth/access.ts'
import { notFound } from '../problem.ts'
import { changesProject, requiredRole, startOptionsSchema } from '../runner/start-options.ts'
import { requirePassword } from './account.ts'
import { listProcedure, projectProcedure, router } from './base.ts'

const runSchema = z.object({ runId: z.string().min(1).max(100) })
const word = z.string().max(40)

const startSchema = z.object({
  options: startOptionsSchema,
  /** Of whoever starts it, where it changes a project that is no test project. */
  password: z.string().max(256).optional(),
})

export const runsRouter = router({
  list: projectProcedure('viewer')
    .input(
      z.object({
        kind: word.optional(),
        outcome: word.optional(),
        cursor: z.object({ startedAt: z.number().int(), file: z.string().max(300) }).nullish(),
      }),
    )
    .query(({ ctx: { app }, input: { cursor, ...filter } }) =>
      app.runs.list({ ...filter, cursor: cursor ?? undefined }),
    ),

  queue: listProcedure('viewer').query(({ ctx: { app, sees } }) =>
    app.runs.queued().filter(({ projectId }) => sees(projectId)),
  ),

  unbegun: projectProcedure('viewer').query(({ ctx: { app }, input }) => app.runs.unbegun(input.projectId)),

  get: projectProcedure('viewer')
    .input(runSchema)
    .query(({ ctx: { app }, input }) => app.runs.get(input.projectId, input.runId)),

  log: projectProcedure('viewer')
    .input(runSchema)
    .query(({ ctx: { app }, input }) => app.runs.log(input.projectId, input.runId)),

  answer: projectProcedure('viewer')
    .input(runSchema)
    .query(({ ctx: { app }, input }) => app.runs.answer(input.projectId, input.runId)),

  /** What changes a project that is no test project is for admins alone, and takes their password once more. */
  start: projectProcedure('operator', 'start run')
    .input(startSchema)
    .mutation(async ({ ctx, input: { projectId, options, password = '' } }) => {
      const { app, principal } = ctx
      if (principal === undefined) throw notFound('user')
      requireRole(requiredRole(options), principal)
      // A token is shown with each call, and has no password.
      if (changesProject(options) && principal.kind === 'user')
        await requirePassword(app, principal, ctx.origin.address, password)
      return { runId: app.runs.start(projectId, options, principal) }
    }),

  cancel: projectProcedure('operator', 'cancel run')
    .input(runSchema)
    .mutation(({ ctx: { app, principal }, input }) => {
      if (principal === undefined) throw notFound('user')
      app.runs.cancel(input.projectId, input.runId, principal)
    }),
})
