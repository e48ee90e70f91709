import { z } from 'zod'
import { actorOf } from '../auth/access.ts'
import { cursorText, pageFields, pageOf, readCursor } from './paging.ts'
import { noFields, nothing, type Route, route } from './route.ts'
import { alertSchema, deliverySchema } from './shapes.ts'

const facts = { tag: 'Alerts', status: 200 } as const
const placeSchema = z.object({ at: z.number(), id: z.string() })

/** A page of what is listed by time, the newest first. @param timeOf of an item, ISO 8601 */
function pageByTime<Item extends { id: string }>(
  items: Item[],
  limit: number,
  timeOf: (item: Item) => string,
) {
  const data = items.slice(0, limit)
  const last = items.length > limit ? data.at(-1) : undefined
  return { data, nextCursor: last ? cursorText({ at: Date.parse(timeOf(last)), id: last.id }) : null }
}

/** What is wrong, and who was told of it. */
export const alertRoutes: readonly Route[] = [
  route({
    ...{ ...facts, method: 'GET', path: '/alerts', id: 'listAlerts', access: 'viewer', reach: 'listed' },
    summary: 'Alerts, the newest first: what rules have found, open until its cause is gone',
    params: noFields,
    query: z.object({ ...pageFields, state: z.enum(['open', 'over']).default('open') }),
    body: nothing,
    output: pageOf(alertSchema),
    handle({ query: { state, limit, cursor } }, { app, principal }) {
      const before = readCursor(placeSchema, cursor)
      const query = { isOpen: state === 'open', limit: limit + 1, before }
      return pageByTime(
        app.alerts.list(query, app.labels.seenBy(principal)),
        limit,
        ({ openedAt }) => openedAt,
      )
    },
  }),
  route({
    ...{ ...facts, method: 'POST', path: '/alerts/{alertId}/acknowledgement', id: 'acknowledgeAlert' },
    ...{ access: 'operator', reach: 'listed', action: 'acknowledge alert' },
    summary: 'Says that somebody has seen it: it is not told again',
    params: z.object({ alertId: z.string().min(1).max(60) }),
    query: noFields,
    body: nothing,
    output: alertSchema,
    handle({ params: { alertId } }, { app, principal, note }) {
      const sees = app.labels.seenBy(principal)
      const { subject } = app.alerts.get(alertId, sees)
      note({ isNew: app.alerts.acknowledge(alertId, sees, actorOf(principal)) }, subject)
      return app.alerts.get(alertId, sees)
    },
  }),
  route({
    ...{ ...facts, method: 'GET', path: '/alerts/deliveries', id: 'listAlertDeliveries', access: 'viewer' },
    summary: 'Each message to a channel, with what was answered, the newest first; kept for 90 days',
    params: noFields,
    query: z.object(pageFields),
    body: nothing,
    output: pageOf(deliverySchema),
    handle({ query: { limit, cursor } }, { app }) {
      const before = readCursor(placeSchema, cursor)
      return pageByTime(
        app.alerts.deliveries.list({ limit: limit + 1, before }),
        limit,
        ({ createdAt }) => createdAt,
      )
    },
  }),
]
