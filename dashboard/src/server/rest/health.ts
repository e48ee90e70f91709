import { z } from 'zod'
import { notFound } from '../problem.ts'
import { projectParams } from './projects.ts'
import { noFields, nothing, type Route, route } from './route.ts'
import { healthSchema } from './shapes.ts'

/** Whether a backup could be made. */
export const healthRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/projects/{projectId}/health', id: 'getProjectHealth', tag: 'Projects' },
    ...{ access: 'viewer', status: 200 },
    summary:
      'What the last thirty checks of a project found, newest first, and the versions of its newest backup',
    params: projectParams,
    query: noFields,
    body: nothing,
    output: healthSchema,
    handle: ({ params }, { app }) => app.health.get(params.projectId),
  }),
  route({
    ...{ method: 'POST', path: '/projects/{projectId}/health', id: 'checkProject', tag: 'Projects' },
    ...{ access: 'operator', status: 200 },
    action: 'check project',
    summary: 'Checks now, as backup.sh --check does, whether a backup could be made; answers when it is done',
    params: projectParams,
    query: noFields,
    body: nothing,
    output: z.object({ id: z.number().describe('Of the check, in the health of the project') }),
    handle({ params }, { app, principal }) {
      if (principal === undefined) throw notFound('user')
      return app.health.check(params.projectId, principal)
    },
  }),
]
