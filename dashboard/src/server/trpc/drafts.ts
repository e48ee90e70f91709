import { z } from 'zod'
import { notFound } from '../problem.ts'
import { restoreDraftSchema } from '../services/drafts.ts'
import { projectProcedure, router } from './base.ts'

const one = z.object({ draftId: z.string().max(100) })

/** For those who can restore. */
const mine = (action?: string) =>
  projectProcedure('operator', action).use(({ ctx, next }) => {
    if (ctx.principal === undefined) throw notFound('user')
    return next({ ctx: { ...ctx, by: ctx.principal } })
  })

/** Restores as far as they were put together; only starting one changes anything. */
export const draftsRouter = router({
  list: mine().query(({ ctx: { app, by }, input }) => app.drafts.list(input.projectId, by)),

  get: mine()
    .input(one)
    .query(({ ctx: { app, by }, input }) => app.drafts.get(input.projectId, input.draftId, by)),

  begin: mine('begin a restore')
    .input(z.object({ state: restoreDraftSchema }))
    .mutation(({ ctx: { app, by }, input }) => ({
      draftId: app.drafts.begin(input.projectId, input.state, by),
    })),

  save: mine('put a restore together')
    .input(one.extend({ state: restoreDraftSchema }))
    .mutation(({ ctx: { app, by }, input }) =>
      app.drafts.save(input.projectId, input.draftId, input.state, by),
    ),

  remove: mine('drop a draft')
    .input(one)
    .mutation(({ ctx: { app, by }, input }) => app.drafts.remove(input.projectId, input.draftId, by)),
})
