import { z } from 'zod'
import { procedure, router } from './base.ts'

export const helpRouter = router({
  /** Of the toolkit's page of errors; it is in every checkout and no secret. */
  error: procedure('everybody')
    .input(z.object({ code: z.string().max(80) }))
    .query(({ ctx: { app }, input }) => app.errorPages.find(input.code)),
})
