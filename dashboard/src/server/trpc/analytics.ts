import { shownName } from '../auth/principal.ts'
import { notFound } from '../problem.ts'
import { analyticsInputSchema } from '../services/analytics/shapes.ts'
import { listProcedure, router } from './base.ts'

export const analyticsRouter = router({
  get: listProcedure('viewer')
    .input(analyticsInputSchema)
    .query(({ ctx: { app, sees }, input }) => app.analytics.of(input, sees)),

  evidence: listProcedure('viewer')
    .input(analyticsInputSchema)
    .query(({ ctx: { app, sees, principal }, input }) => {
      if (principal === undefined) throw notFound('user')
      return app.analytics.evidence(input, { sees, by: shownName(principal) })
    }),
})
