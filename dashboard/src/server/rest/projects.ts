import { z } from 'zod'
import { pageById, pageFields, pageOf } from './paging.ts'
import { noFields, nothing, type Route, route } from './route.ts'
import { projectDetailsSchema, projectSchema } from './shapes.ts'

export const projectParams = z.object({ projectId: z.string().min(1).max(120) })

export const projectRoutes: readonly Route[] = [
  route({
    ...{
      method: 'GET',
      path: '/projects',
      id: 'listProjects',
      tag: 'Projects',
      access: 'viewer',
      status: 200,
    },
    reach: 'listed',
    summary: 'Every project that the token may see, in the order of their ids',
    params: noFields,
    query: z.object({
      ...pageFields,
      text: z.string().max(200).optional().describe('In the name or the reference'),
      safety: projectSchema.shape.safety.optional(),
    }),
    body: nothing,
    output: pageOf(projectSchema),
    handle({ query: { text = '', safety, ...page } }, { app, principal }) {
      const sees = app.labels.seenBy(principal)
      const wanted = text.trim().toLowerCase()
      const shown = app.projects
        .list()
        .filter(({ id }) => sees(id))
        .filter((project) => `${project.name} ${project.origin ?? ''}`.toLowerCase().includes(wanted))
        .filter((project) => safety === undefined || project.safety === safety)
      return pageById(shown, page)
    },
  }),
  route({
    ...{
      method: 'POST',
      path: '/adoptions',
      id: 'adoptProject',
      tag: 'Projects',
      access: 'admin',
      status: 201,
    },
    action: 'adopt project',
    summary: 'Takes in an env file that lies on the dashboard’s machine',
    params: noFields,
    query: noFields,
    body: z.object({ envFile: z.string().trim().min(1).max(4096).describe('Its full path') }),
    output: z.object({ id: z.string() }),
    location: ({ id }) => `/projects/${encodeURIComponent(id)}`,
    handle: ({ body }, { app }) => app.projects.adopt(body.envFile),
  }),
  route({
    ...{ method: 'GET', path: '/projects/{projectId}', id: 'getProject', tag: 'Projects', access: 'viewer' },
    status: 200,
    summary: 'One project',
    params: projectParams,
    query: noFields,
    body: nothing,
    output: projectDetailsSchema,
    handle: ({ params }, { app, principal }) =>
      app.projects.get(params.projectId, app.labels.seenBy(principal)),
  }),
]
