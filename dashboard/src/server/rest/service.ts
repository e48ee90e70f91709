import { z } from 'zod'
import { roles } from '../auth/roles.ts'
import { noFields, nothing, type Route, route } from './route.ts'

export const serviceRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/health', id: 'getHealth', tag: 'Service', access: 'everybody', status: 200 },
    summary: 'Whether the dashboard answers',
    params: noFields,
    query: noFields,
    body: nothing,
    output: z.object({ status: z.literal('ok') }),
    handle: () => ({ status: 'ok' as const }),
  }),
  route({
    ...{ method: 'GET', path: '/me', id: 'getMe', tag: 'Service', access: 'viewer', status: 200 },
    reach: 'listed',
    summary: 'Whose token this is',
    params: noFields,
    query: noFields,
    body: nothing,
    output: z
      .object({
        id: z.string(),
        name: z.string(),
        role: z.enum(roles),
        groups: z.array(z.string()).readonly().nullable().describe('Null: all projects'),
      })
      .nullable(),
    handle: (_, { principal }) => principal ?? null,
  }),
]
