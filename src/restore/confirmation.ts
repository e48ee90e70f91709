import { BackupError, ExitCode } from '../common/errors.ts'
import { confirmByReference } from '../interactive/confirm.ts'
import { openTerminal } from '../interactive/terminal.ts'
import type { Project } from '../project/project.ts'
import type { RestoreCommand } from './command.ts'

/**
 * Has the target's reference typed in full, unless it was given.
 * @param preview finds out what is about to happen, in lines; only asked where a question is
 * @throws BackupError NOT_CONFIRMED unless it is the target's
 */
export async function requireConfirmation(
  command: Pick<RestoreCommand, 'confirm' | 'yes'>,
  { reference }: Project,
  preview: () => Promise<readonly string[]>,
): Promise<void> {
  if (command.confirm === reference) return
  if (command.confirm !== undefined || command.yes) throw notConfirmed(command.confirm, reference)
  // Without a terminal there is nobody to show it to.
  const terminal = openTerminal('--confirm')
  await confirmByReference({ reference, preview: await preview(), terminal })
}

/** The error for a reference that was not given, or is another's. */
export function notConfirmed(given: string | undefined, reference: string): BackupError {
  return new BackupError({
    code: 'NOT_CONFIRMED',
    message:
      given === undefined
        ? 'The restore was not confirmed.'
        : `The reference given with --confirm is not that of the target, ${reference}. Nothing was changed.`,
    suggestion: `To restore over it, give --confirm ${reference}.`,
    phase: 'restore/confirm',
    exitCode: ExitCode.usage,
  })
}
