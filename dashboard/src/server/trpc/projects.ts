import { z } from 'zod'
import { procedure, router } from './base.ts'

export const projectIdSchema = z.string().min(1).max(120)

export const projectsRouter = router({
  list: procedure('viewer').query(({ ctx: { app } }) => app.projects.list()),

  get: procedure('viewer')
    .input(z.object({ projectId: projectIdSchema }))
    .query(({ ctx: { app }, input }) => app.projects.get(input.projectId)),

  adopt: procedure('admin', 'adopt project')
    .input(z.object({ envFile: z.string().trim().min(1).max(4096) }))
    .mutation(({ ctx: { app }, input }) => app.projects.adopt(input.envFile)),

  forget: procedure('admin', 'forget project')
    .input(z.object({ projectId: projectIdSchema }))
    .mutation(({ ctx: { app }, input }) => app.projects.forget(input.projectId)),
})
