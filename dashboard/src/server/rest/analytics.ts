import { shownName } from '../auth/principal.ts'
import { notFound } from '../problem.ts'
import { analyticsInputSchema, analyticsSchema } from '../services/analytics/shapes.ts'
import { noFields, nothing, type Route, rawRoute, route } from './route.ts'

const shownAnalytics = analyticsSchema.meta({ id: 'Analytics' })

export const analyticsRoutes: readonly Route[] = [
  route({
    ...{
      method: 'GET',
      path: '/analytics',
      id: 'getAnalytics',
      tag: 'Analytics',
      access: 'viewer',
      status: 200,
    },
    reach: 'listed',
    summary: 'How well backups went, how long they took, and how much they were',
    params: noFields,
    query: analyticsInputSchema,
    body: nothing,
    output: shownAnalytics,
    handle: ({ query }, { app, principal }) => app.analytics.of(query, app.labels.seenBy(principal)),
  }),
  rawRoute({
    ...{ method: 'GET', path: '/analytics/evidence', id: 'getEvidence', tag: 'Analytics', access: 'viewer' },
    reach: 'listed',
    summary: 'Every restore drill and what it proved, as a page of HTML to be printed and signed',
    params: noFields,
    query: analyticsInputSchema,
    contentType: 'text/html',
    handle({ query }, { app, principal }) {
      if (principal === undefined) throw notFound('user')
      const by = shownName(principal)
      const { html, fileName } = app.analytics.evidence(query, { sees: app.labels.seenBy(principal), by })
      return new Response(html, {
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'content-disposition': `attachment; filename="${fileName}"`,
        },
      })
    },
  }),
]
