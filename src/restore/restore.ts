import { BackupError, ExitCode, toBackupError } from '../common/errors.ts'
import { readManifest } from '../common/manifest.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import { restoreClients } from '../database/restore/clients.ts'
import type { Project } from '../project/project.ts'
import { chosenTarget, judgeTarget } from './chosen.ts'
import type { RestoreCommand } from './command.ts'
import { notConfirmed, requireConfirmation } from './confirmation.ts'
import { verifyGeneration } from './generation.ts'
import { restoreOnly } from './part.ts'
import { introduction, previewLines, previewRestore } from './preview.ts'
import { beginProgress, forgetProgress, isRestored, type RestoreProgress } from './progress.ts'
import { restoreAndProve } from './prove.ts'
import { moveRollbackPoint } from './rollback-point.ts'

/** Lines of a kind that are shown before a question is asked; restore.sh --preview has them all. */
const linesAsked = 5

/**
 * The first half of `restore.sh` over a project of the operator's choice, which writes nothing: verifies the backup and
 * the way to the target, shows what will be replaced by what, and has the target's reference typed, unless it is given.
 */
export async function confirm(command: RestoreCommand): Promise<WorkerOutcome> {
  const target = chosenTarget(command)
  const manifest = await verifyGeneration(command)
  await judgeTarget(command, manifest, target)
  const clients = await restoreClients({ ...command, target: target.database })
  try {
    await requireConfirmation(command, target, async () => [
      ...introduction(manifest, target),
      ...previewLines(await previewRestore(command, { manifest, target, clients }), command, linesAsked),
    ])
  } finally {
    await clients?.close()
  }
  return { document: { status: 'confirmed', target: target.reference }, exitCode: ExitCode.success }
}

/** The second half: restores, and proves the result. The reference must be given; `confirm` verified the backup. */
export async function restore(command: RestoreCommand): Promise<WorkerOutcome> {
  const { config, generation, components, scope, keepExtra, arm, batches, rollback } = command
  const target = chosenTarget(command)
  if (command.confirm !== target.reference) throw notConfirmed(command.confirm, target.reference)
  const rollbackPoint = await moveRollbackPoint(config.STATE_DIR, command.safetyBackup)
  if (command.part) return restoreOnly(command, command.part, target)
  const { runId } = await readManifest(generation)
  const progress = await beginProgress(config.STATE_DIR, {
    ...{ backupRunId: runId, source: command.source, target: target.reference, components },
    asked: { scope, keepExtra, arm, batches, rollback },
  })
  try {
    return await restoreNoting(command, target, progress)
  } catch (error) {
    if (isUnchanged(command, progress)) await rollbackPoint.takeBack()
    throw error
  }
}

/** Whether a restore that failed left its target as it was: its one transaction never came to the COMMIT. */
function isUnchanged({ components, batches }: RestoreCommand, progress: RestoreProgress): boolean {
  return (
    components.includes('database') &&
    !batches &&
    progress.done.transaction === null &&
    !isRestored(progress, 'database')
  )
}

/** Restores what the progress says is left to be restored; when that ended well, forgets it. */
export async function restoreNoting(
  command: RestoreCommand,
  target: Project,
  progress: RestoreProgress,
): Promise<WorkerOutcome> {
  const { config, generation } = command
  try {
    const clients = await restoreClients({ ...command, target: target.database })
    try {
      const { arm } = await judgeTarget(command, await readManifest(generation), target)
      const outcome = await restoreAndProve({ ...command, target, clients, arm, disposable: false, progress })
      if (outcome.exitCode !== ExitCode.failed) await forgetProgress(config.STATE_DIR)
      return outcome
    } finally {
      await clients?.close()
    }
  } catch (thrown) {
    const error = toBackupError(command.signal.aborted ? command.signal.reason : thrown, 'restore')
    throw withWhatIsLeft(error, command, progress)
  }
}

/** The error, saying what state it leaves the target in and how to go on from there. */
function withWhatIsLeft(
  error: BackupError,
  { components, batches }: RestoreCommand,
  progress: RestoreProgress,
): BackupError {
  const { transaction } = progress.done
  const left = components.filter((component) => !isRestored(progress, component))
  // Its own words are about half a restore.
  if (['RESTORE_TRANSACTION_LOST', 'RESTORE_INCOMPLETE'].includes(error.code)) return error
  const say = (state: string, suggestion: string) =>
    new BackupError({
      ...error.toJSON(),
      message: `${error.message} ${state}`,
      detail: error.detail,
      suggestion,
      exitCode: error.exitCode,
      cause: error.cause,
    })
  const after = (next: string) => (error.code === 'INTERRUPTED' ? next : `${error.suggestion} Then: ${next}`)
  if (isRestored(progress, 'database'))
    return say(
      `The database is restored and committed; ${left.length > 0 ? `${left.join(', ')} and the comparison` : 'the comparison with the backup'} did not finish.`,
      after('restore.sh --resume finishes it without touching the database again.'),
    )
  if (transaction !== null)
    return say(
      'It happened while the database was being committed.',
      after('restore.sh --resume finds out whether it was, and finishes the rest.'),
    )
  if (components.includes('database'))
    return batches
      ? say(
          'A part of the backup may be on the target.',
          after('the same restore again, from its beginning.'),
        )
      : say('The target is unchanged.', error.suggestion)
  return say(
    'A part of Storage may be restored; repeating what is done costs nothing.',
    after('restore.sh --resume goes on.'),
  )
}
