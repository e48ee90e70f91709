import { z } from 'zod'
import { alertSettingRoutes } from './alert-settings.ts'
import { alertRoutes } from './alerts.ts'
import { analyticsRoutes } from './analytics.ts'
import { archiveRoutes } from './archives.ts'
import { auditRoutes } from './audit.ts'
import { healthRoutes } from './health.ts'
import { openApi } from './openapi.ts'
import { projectChangeRoutes } from './project-changes.ts'
import { projectRoutes } from './projects.ts'
import { removedRoutes } from './removed.ts'
import { noFields, nothing, type Route, route } from './route.ts'
import { runRoutes } from './runs.ts'
import { scheduleRoutes } from './schedules.ts'
import { secretRoutes } from './secrets.ts'
import { serviceRoutes } from './service.ts'
import { transferRoutes } from './transfer.ts'
import { peopleRoutes } from './users.ts'

/** Every route of the REST interface: routing, OpenAPI, the reference and the matrix of roles are made of it. */
export const routes: readonly Route[] = [
  ...projectRoutes,
  ...projectChangeRoutes,
  ...secretRoutes,
  ...removedRoutes,
  ...transferRoutes,
  ...healthRoutes,
  ...runRoutes,
  ...archiveRoutes,
  ...scheduleRoutes,
  ...alertRoutes,
  ...alertSettingRoutes,
  ...analyticsRoutes,
  ...peopleRoutes,
  ...auditRoutes,
  ...serviceRoutes,
  route({
    ...{ method: 'GET', path: '/openapi.json', id: 'getOpenApi', tag: 'Service', access: 'everybody' },
    status: 200,
    summary: 'This interface as OpenAPI 3.1',
    params: noFields,
    query: noFields,
    body: nothing,
    output: z.record(z.string(), z.unknown()),
    handle: () => ({ ...openApi(routes) }),
  }),
]
