import { z } from 'zod'
import { auditFilterSchema } from '../services/audit-search.ts'
import { cursorText, pageFields, pageOf, readCursor } from './paging.ts'
import { noFields, nothing, type Route, route } from './route.ts'
import { auditCheckSchema, auditEntrySchema } from './team-shapes.ts'

const facts = { method: 'GET', tag: 'Audit', status: 200, access: 'admin', params: noFields } as const
const placeSchema = z.number().int().positive()

/** Who did what, for admins of all projects. */
export const auditRoutes: readonly Route[] = [
  route({
    ...{ ...facts, path: '/audit', id: 'listAudit', body: nothing },
    summary: 'Who did what, what was denied and what failed, the newest first; filters narrow it',
    query: z.object({ ...pageFields, ...auditFilterSchema.shape }),
    output: pageOf(auditEntrySchema),
    handle({ query: { limit, cursor, ...filter } }, { app }) {
      const { entries, nextCursor } = app.auditSearch.page(filter, readCursor(placeSchema, cursor), limit)
      return { data: entries, nextCursor: nextCursor === null ? null : cursorText(nextCursor) }
    },
  }),
  route({
    ...{ ...facts, path: '/audit/check', id: 'checkAudit', query: noFields, body: nothing },
    summary:
      'Whether its chain of hashes is unbroken: keep the last hash elsewhere, an end that was cut off shows in no chain',
    output: auditCheckSchema,
    handle: (_, { app }) => app.audit.check(),
  }),
]
