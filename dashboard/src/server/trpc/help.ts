import { z } from 'zod'
import { openApi } from '../rest/openapi.ts'
import { operationsOf } from '../rest/reference.ts'
import { routes } from '../rest/routes.ts'
import { procedure, router } from './base.ts'

export const helpRouter = router({
  /** Of the toolkit's page of errors; it is in every checkout and no secret. */
  error: procedure('everybody')
    .input(z.object({ code: z.string().max(80) }))
    .query(({ ctx: { app }, input }) => app.errorPages.find(input.code)),

  /** Every call of the REST interface. */
  api: procedure('everybody').query(() => operationsOf(openApi(routes))),
})
