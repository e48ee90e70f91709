import { BackupError, ExitCode } from '../common/errors.ts'
import type { Config } from '../config/load.ts'
import { type ProjectSettings, projectReference, sameProject, settingsWith } from '../project/settings.ts'
import type { Kinship } from './kinship.ts'

/** Refuses a target that is by its name the very project the backups are of. @throws BackupError TARGET_IS_SOURCE */
export function refuseSource(target: ProjectSettings, config: Config): void {
  if (!sameProject(target, settingsWith('SUPABASE', config))) return
  throw isSource(
    `The target, ${projectReference(target)}, is the project that is backed up: restoring would replace everything in it.`,
  )
}

/**
 * The same by what the servers say, whatever the address. A copy that cannot be told from the source, because that does
 * not answer, is refused too: to be asked once too often does no harm.
 * @throws BackupError TARGET_IS_SOURCE
 */
export function refuseKin(kinship: Kinship, reference: string): void {
  if (kinship === 'same')
    throw isSource(
      `The target, ${reference}, is the database that is backed up, under another address: restoring would replace everything in it.`,
    )
  if (kinship === 'same or copy')
    throw isSource(
      `The target, ${reference}, is the database that is backed up, under another address, or a physical copy of it: they have the same system identifier, and the source does not answer at its own address.`,
    )
}

function isSource(message: string): BackupError {
  return new BackupError({
    code: 'TARGET_IS_SOURCE',
    message,
    suggestion: 'Choose another project, or say --over-source if this one is to be replaced.',
    phase: 'restore/target',
    exitCode: ExitCode.configuration,
  })
}
