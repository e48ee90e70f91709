import type { ManagementClientOptions } from '../management-api/client.ts'
import { managementOf } from '../management-api/of-project.ts'
import type { Project } from '../project/project.ts'
import { type FunctionsApi, openFunctionsApi } from './api.ts'
import { openFunctionsFolder } from './folder.ts'

/**
 * The way to a project's functions: a self-hosted stack's folder of them where one is named, else the Management API.
 * @throws BackupError CONFIG_MISSING or TARGET_INCOMPLETE where neither is known
 */
export function openFunctionsOf(
  project: Project,
  options: Omit<ManagementClientOptions, 'endpoint'> = {},
): FunctionsApi {
  if (project.functionsFolder !== undefined) return openFunctionsFolder(project.functionsFolder)
  return openFunctionsApi(managementOf(project, 'functions'), options)
}
