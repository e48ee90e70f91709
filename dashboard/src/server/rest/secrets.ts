import { z } from 'zod'
import { actorOf } from '../auth/access.ts'
import { credentialNameSchema, credentialValueSchema } from '../services/credentials.ts'
import { projectParams } from './projects.ts'
import { noFields, nothing, type Route, route } from './route.ts'
import { secretSetSchema } from './shapes.ts'

const secretParams = projectParams.extend({ name: credentialNameSchema })
const path = '/projects/{projectId}/secrets/{name}'

/** Secrets of a project, one by one: set and cleared, and never read out. */
export const secretRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/projects/{projectId}/secrets', id: 'listSecrets', tag: 'Projects' },
    ...{ access: 'viewer', status: 200 },
    summary: 'Which secrets of a project are kept here, and since when; no secret itself',
    params: projectParams,
    query: noFields,
    body: nothing,
    output: z.object({ data: z.array(secretSetSchema) }),
    handle({ params: { projectId } }, { app }) {
      app.registry.get(projectId)
      return { data: app.credentials.list(projectId) }
    },
  }),
  route({
    ...{ method: 'PUT', path, id: 'setSecret', tag: 'Projects', access: 'admin', status: 200 },
    action: 'set secret',
    summary: 'Keeps a secret of a project, sealed, without trying it: PATCH of its settings does that too',
    params: secretParams,
    query: noFields,
    body: z.strictObject({ value: credentialValueSchema }),
    output: secretSetSchema,
    handle({ params: { projectId, name }, body: { value } }, { app, principal, note }) {
      app.registry.get(projectId)
      const before = app.credentials.setAt(projectId, name)
      const by = actorOf(principal)
      app.credentials.set(projectId, { name, value }, by)
      const setAt = app.credentials.setAt(projectId, name) ?? ''
      note({ before, after: setAt })
      return { name, setAt, setBy: by }
    },
  }),
  route({
    ...{ method: 'DELETE', path, id: 'clearSecret', tag: 'Projects', access: 'admin', status: 204 },
    action: 'clear secret',
    summary: 'Takes a secret away; a passphrase that archives may still need is kept, sealed',
    params: secretParams,
    query: noFields,
    body: nothing,
    output: nothing,
    handle({ params: { projectId, name } }, { app, note }) {
      app.registry.get(projectId)
      note({ before: app.credentials.setAt(projectId, name), after: null })
      app.credentials.clear(projectId, name)
    },
  }),
]
