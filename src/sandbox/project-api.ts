import { randomBytes } from 'node:crypto'
import { grantLoginIn } from '../standin/management-api/grant-login.ts'
import type { ProjectState } from '../standin/management-api/project-state.ts'
import { type ManagementApi, startManagementApi } from '../standin/management-api/server.ts'
import { installEdgeFunctions } from './edge-functions.ts'

/** The sandbox's project as the Management API knows it. */
export interface SandboxApi {
  api: ManagementApi
  project: ProjectState
  /** What the scripts need for it. */
  variables: Record<'SUPABASE_PROJECT_REF' | 'SUPABASE_ACCESS_TOKEN' | 'SUPABASE_API_URL', string>
}

const ref = 'sandboxsandboxsandbo'

/**
 * Starts a stand-in of the Management API for a project whose database is elsewhere.
 * @param options.superuserUrl of that database: the passwords of its login roles are set there
 */
export async function startProjectApi(options: {
  superuserUrl: string
  withApplication: boolean
}): Promise<SandboxApi> {
  const token = `sbp_${randomBytes(20).toString('hex')}`
  const api = await startManagementApi({ token, grantLogin: grantLoginIn(options.superuserUrl) })
  const project = await api.add({ ref })
  if (options.withApplication) installEdgeFunctions(project)
  return {
    ...{ api, project },
    variables: { SUPABASE_PROJECT_REF: ref, SUPABASE_ACCESS_TOKEN: token, SUPABASE_API_URL: api.url },
  }
}
