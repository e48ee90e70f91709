import type { HttpClient } from '../http/client.ts'
import { createManagementClient, type ManagementClientOptions } from '../management-api/client.ts'
import { managementOf } from '../management-api/of-project.ts'
import { requireAwake } from '../management-api/project.ts'
import type { Project } from '../project/project.ts'
import type { Part } from './part.ts'
import { parts } from './parts.ts'
import { type ProjectRoutes, routesOf } from './routes.ts'
import { stackPart, stackRoutes } from './stack.ts'

/** Where the settings of a project are read. */
export interface SettingsSource {
  /** What names the project: its reference, or what people call a self-hosted one. */
  ref: string
  parts: readonly Part[]
  routes: ProjectRoutes
  /** What was asked over the network so far. */
  counts: { readonly requests: number; readonly retries: number }
  /** @throws BackupError where there is nothing to be read now: a paused project, say */
  requireReadable(): Promise<unknown>
  close(): Promise<void>
}

/**
 * The settings of a project: of a self-hosted stack in its `.env` where that is named, else at the Management API.
 * @throws BackupError CONFIG_MISSING or TARGET_INCOMPLETE where neither is known
 */
export function openSource(
  project: Project,
  options: Omit<ManagementClientOptions, 'endpoint'> = {},
): SettingsSource {
  const { stackEnv, reference } = project
  if (stackEnv !== undefined)
    return {
      ...{ ref: reference, parts: [stackPart], routes: stackRoutes(stackEnv) },
      counts: { requests: 0, retries: 0 },
      requireReadable: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }
  const { endpoint, ref } = managementOf(project, 'settings')
  return sourceOf(createManagementClient({ ...options, endpoint }), ref)
}

/** The settings that the Management API has of a project. */
export function sourceOf(client: HttpClient, ref: string): SettingsSource {
  return {
    ...{ ref, parts, routes: routesOf(client, ref), counts: client.counts },
    requireReadable: () => requireAwake(client, ref),
    close: () => client.close(),
  }
}
