import { BackupError, ExitCode } from '../common/errors.ts'
import type { Config } from '../config/load.ts'
import { sameProject, settingsWith, type TargetSettings, targetReference } from '../interactive/target.ts'

/** Refuses a target that is the very project the backups are of. @throws BackupError TARGET_IS_SOURCE */
export function refuseSource(target: TargetSettings, config: Config): void {
  if (!sameProject(target, settingsWith('SUPABASE', config))) return
  throw new BackupError({
    code: 'TARGET_IS_SOURCE',
    message: `The target, ${targetReference(target)}, is the project that is backed up: restoring would replace everything in it.`,
    suggestion: 'Choose another project, or say --over-source if this one is to be replaced.',
    phase: 'restore/target',
    exitCode: ExitCode.configuration,
  })
}
