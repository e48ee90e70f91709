import { notFound } from '../problem.ts'
import { projectProcedure, router } from './base.ts'

/** Whether a backup could be made. */
export const healthRouter = router({
  get: projectProcedure('viewer').query(({ ctx: { app }, input }) => app.health.get(input.projectId)),

  check: projectProcedure('operator', 'check project').mutation(({ ctx: { app, principal }, input }) => {
    if (principal === undefined) throw notFound('user')
    return app.health.check(input.projectId, principal)
  }),
})
