import { z } from 'zod'
import { auditFilterSchema, csvOfAudit } from '../services/audit-search.ts'
import { procedure, router } from './base.ts'

/** Who did what, for admins of all projects. */
export const auditRouter = router({
  list: procedure('admin')
    .input(auditFilterSchema.extend({ cursor: z.number().int().positive().nullish() }))
    .query(({ ctx: { app }, input: { cursor, ...filter } }) =>
      app.auditSearch.page(filter, cursor ?? undefined),
    ),

  /** What the filters offer. */
  known: procedure('admin').query(({ ctx: { app } }) => app.auditSearch.known()),

  check: procedure('admin').query(({ ctx: { app } }) => app.audit.check()),

  /** A file's text; that it was taken out is noted. */
  export: procedure('admin', 'export audit')
    .input(auditFilterSchema.extend({ format: z.enum(['csv', 'json']) }))
    .mutation(({ ctx: { app, note }, input: { format, ...filter } }) => {
      const { entries, isCut } = app.auditSearch.all(filter)
      note({ entries: entries.length, filter, format })
      const text = format === 'csv' ? csvOfAudit(entries) : `${JSON.stringify(entries, null, 1)}\n`
      return { text, entries: entries.length, isCut }
    }),
})
