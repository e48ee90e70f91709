import { z } from 'zod'
import { archiveNameSchema, partNameSchema } from '../services/archive-names.ts'
import { retentionChangeSchema } from '../services/archives.ts'
import { projectProcedure, router } from './base.ts'

const one = z.object({ archive: archiveNameSchema })

export const archivesRouter = router({
  list: projectProcedure('viewer')
    .input(z.object({ isFresh: z.boolean().optional() }))
    .query(async ({ ctx: { app }, input }) => {
      const { at, sources } = await app.archives.list(input.projectId, input.isFresh)
      return {
        at: new Date(at).toISOString(),
        sources: sources.map(({ time, ...source }) => ({ ...source, time: time.toISOString() })),
      }
    }),

  contents: projectProcedure('viewer')
    .input(one)
    .query(({ ctx: { app }, input }) => app.archives.contents(input.projectId, input.archive)),

  folder: projectProcedure('viewer')
    .input(one.extend({ bucket: partNameSchema.min(1), prefix: partNameSchema }))
    .query(({ ctx: { app }, input: { projectId, ...where } }) => app.archives.folder(projectId, where)),

  /** Rows are what people have told the project: who looks at them is noted. */
  rows: projectProcedure('operator', 'look at rows')
    .input(one.extend({ table: partNameSchema.min(1) }))
    .mutation(({ ctx: { app }, input: { projectId, ...where } }) => app.archives.rows(projectId, where)),

  diff: projectProcedure('viewer')
    .input(z.object({ from: archiveNameSchema, to: archiveNameSchema }))
    .query(({ ctx: { app }, input: { projectId, ...pair } }) => app.archives.diff(projectId, pair)),

  plan: projectProcedure('viewer')
    .input(z.object({ change: retentionChangeSchema }))
    .query(({ ctx: { app }, input }) => app.archives.plan(input.projectId, input.change)),
})
