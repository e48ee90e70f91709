import { z } from 'zod'
import { listProcedure, procedure, projectProcedure, router } from './base.ts'

export const projectsRouter = router({
  list: listProcedure('viewer').query(({ ctx: { app, sees } }) =>
    app.projects.list().filter(({ id }) => sees(id)),
  ),

  get: projectProcedure('viewer').query(({ ctx: { app }, input }) => app.projects.get(input.projectId)),

  adopt: procedure('admin', 'adopt project')
    .input(z.object({ envFile: z.string().trim().min(1).max(4096) }))
    .mutation(({ ctx: { app }, input }) => app.projects.adopt(input.envFile)),

  forget: projectProcedure('admin', 'forget project').mutation(({ ctx: { app }, input }) =>
    app.projects.forget(input.projectId),
  ),
})
