import { BackupError, ExitCode } from '../common/errors.ts'
import type { Project } from '../project/project.ts'
import type { ProjectApi } from './client.ts'

/**
 * The project's part of the Management API, for a component that cannot do without it.
 * @throws BackupError CONFIG_MISSING or TARGET_INCOMPLETE where it is not known
 */
export function managementOf(project: Project, component: string): ProjectApi {
  if (project.management) return project.management
  if (project.role === 'origin')
    throw new BackupError({
      code: 'CONFIG_MISSING',
      message: `The ${component} are to be backed up, but without SUPABASE_PROJECT_REF and SUPABASE_ACCESS_TOKEN there is no way to them.`,
      suggestion: `Set them in the env file, or leave them out with --skip ${component}.`,
      phase: `${component}/connect`,
      exitCode: ExitCode.configuration,
    })
  throw new BackupError({
    code: 'TARGET_INCOMPLETE',
    message: `The ${component} are to be restored to ${project.reference}, but without its project reference and an access token there is no way to them.`,
    suggestion: `Give both, or leave them out with --skip ${component}.`,
    phase: 'restore/target',
    exitCode: ExitCode.configuration,
  })
}
