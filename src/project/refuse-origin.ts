import { BackupError, ExitCode } from '../common/errors.ts'
import type { Config } from '../config/config.ts'
import { type ProjectSettings, projectReference, sameProject, settingsWith } from './settings.ts'

/** Refuses a target that is by its name the very project the backups are of. @throws BackupError TARGET_IS_SOURCE */
export function refuseOrigin(target: ProjectSettings, config: Config): void {
  if (!sameProject(target, settingsWith('SUPABASE', config))) return
  throw targetIsOrigin(
    `The target, ${projectReference(target)}, is the project that is backed up: restoring would replace everything in it.`,
  )
}

/** The error for a target that is the very project the backups are of, or may be. */
export function targetIsOrigin(message: string): BackupError {
  return new BackupError({
    code: 'TARGET_IS_SOURCE',
    message,
    suggestion: 'Choose another project, or say --over-source if this one is to be replaced.',
    phase: 'restore/target',
    exitCode: ExitCode.configuration,
  })
}
