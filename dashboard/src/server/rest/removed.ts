import { z } from 'zod'
import { actorOf } from '../auth/access.ts'
import { pageById, pageFields, pageOf } from './paging.ts'
import { projectParams } from './projects.ts'
import { noFields, nothing, type Route, route } from './route.ts'
import { removedProjectSchema } from './shapes.ts'

const removedParams = z.object({ removedId: z.string().min(1).max(120) })
const confirmed = z.object({ confirm: z.string().max(200).describe('The project’s name') })

/** Projects taken out, put back, and let go of. */
export const removedRoutes: readonly Route[] = [
  route({
    ...{ method: 'DELETE', path: '/projects/{projectId}', id: 'removeProject', tag: 'Projects' },
    ...{ access: 'admin', status: 200 },
    action: 'remove project',
    summary:
      'Takes a project out; archives, backups and reports stay, and what they are read with: its env file and its sealed secrets',
    params: projectParams,
    query: confirmed,
    body: nothing,
    output: z.object({
      envFile: z.string().nullable().describe('Where its env file is now; null where it was gone'),
      hasSecrets: z.boolean().describe('Whether sealed secrets of it are kept'),
    }),
    async handle({ params, query }, { app, principal, note }) {
      const result = await app.manager.remove(params.projectId, { typed: query.confirm }, actorOf(principal))
      note({ after: result })
      return result
    },
  }),
  route({
    ...{ method: 'GET', path: '/removed-projects', id: 'listRemovedProjects', tag: 'Projects' },
    ...{ access: 'admin', status: 200 },
    summary: 'Projects that were taken out and can be put back, in the order of their ids',
    params: noFields,
    query: z.object(pageFields),
    body: nothing,
    output: pageOf(removedProjectSchema),
    handle: ({ query }, { app }) => pageById(app.manager.removed(), query),
  }),
  route({
    ...{ method: 'POST', path: '/removed-projects/{removedId}/restorations', id: 'putProjectBack' },
    ...{ tag: 'Projects', access: 'admin', status: 201 },
    action: 'put project back',
    summary: 'Makes it a project again, with its env file where it was and its secrets',
    params: removedParams,
    query: noFields,
    body: nothing,
    output: z.object({ id: z.string() }),
    location: ({ id }) => `/projects/${encodeURIComponent(id)}`,
    handle: ({ params }, { app }) => app.manager.putBack(params.removedId),
  }),
  route({
    ...{ method: 'DELETE', path: '/removed-projects/{removedId}', id: 'dropRemovedProject' },
    ...{ tag: 'Projects', access: 'admin', status: 204 },
    action: 'drop removed project',
    summary:
      'Lets go of it for good: its sealed secrets are deleted, without which its archives may be readable by nobody',
    params: removedParams,
    query: confirmed,
    body: nothing,
    output: nothing,
    handle({ params, query }, { app, note }) {
      note(app.manager.drop(params.removedId, { typed: query.confirm }))
    },
  }),
]
