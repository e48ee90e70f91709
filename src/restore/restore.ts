import { ExitCode, toBackupError } from '../common/errors.ts'
import { readManifest } from '../common/manifest.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import { chosenTarget, judgeTarget } from './chosen.ts'
import type { RestoreCommand } from './command.ts'
import { notConfirmed, requireConfirmation } from './confirmation.ts'
import { verifyGeneration } from './generation.ts'
import { leftBehind, withWhatIsLeft } from './left-behind.ts'
import { type OpenRestores, openRestores, restoreContext } from './open.ts'
import { introduction, previewLines, previewRestore } from './preview.ts'
import { beginProgress, forgetProgress, type RestoreProgress, withPassingProgress } from './progress.ts'
import { restoreAndProve } from './prove.ts'
import { moveRollbackPoint, type RollbackPoint } from './rollback-point.ts'

/** Lines of a kind that are shown before a question is asked; restore.sh --preview has them all. */
const linesAsked = 5

/**
 * The first half of `restore.sh` over a project of the operator's choice, which writes nothing: verifies the backup and
 * the way to the target, shows what will be replaced by what, and has the target's reference typed, unless it is given.
 */
export async function confirm(command: RestoreCommand): Promise<WorkerOutcome> {
  const target = chosenTarget(command)
  const manifest = await verifyGeneration(command)
  const { arm } = await judgeTarget(command, manifest, target)
  const restores = await openRestores(restoreContext(command, { manifest, target, arm, disposable: false }))
  try {
    await requireConfirmation(command, target, async () => [
      ...introduction(manifest, target),
      ...previewLines(await previewRestore(restores), linesAsked),
    ])
  } finally {
    await restores.close()
  }
  return { document: { status: 'confirmed', target: target.reference }, exitCode: ExitCode.success }
}

/** The second half: restores, and proves the result. The reference must be given; `confirm` verified the backup. */
export async function restore(command: RestoreCommand): Promise<WorkerOutcome> {
  const target = chosenTarget(command)
  if (command.confirm !== target.reference) throw notConfirmed(command.confirm, target.reference)
  const restores = await openOverTarget(command, undefined)
  try {
    const { STATE_DIR } = command.config
    const rollbackPoint = await moveRollbackPoint(STATE_DIR, command.safetyBackup)
    if (restores.list.some((each) => each.restore.isResumable === false))
      return await withPassingProgress((progress) => restoreOver(command, restores, progress, rollbackPoint))
    const { source, components, flags, arm, rollback } = command
    const progress = await beginProgress(STATE_DIR, {
      ...{ backupRunId: restores.context.manifest.runId, source, target: target.reference, components },
      ...{ asked: { arm, rollback }, flags },
    })
    return await finishRestore(command, restores, progress, rollbackPoint)
  } finally {
    await restores.close()
  }
}

/**
 * Opens the restores over the target that was chosen.
 * @param progress of a restore that is resumed, for the words of an error
 */
export async function openOverTarget(
  command: RestoreCommand,
  progress: RestoreProgress | undefined,
): Promise<OpenRestores> {
  try {
    const target = chosenTarget(command)
    const manifest = await readManifest(command.generation)
    const { arm } = await judgeTarget(command, manifest, target)
    return await openRestores(restoreContext(command, { manifest, target, arm, disposable: false }))
  } catch (thrown) {
    const error = toBackupError(command.signal.aborted ? command.signal.reason : thrown, 'restore')
    throw withWhatIsLeft(error, leftBehind(error, command.components, undefined, progress))
  }
}

/** Restores what the progress says is left to be restored; when that ended well, forgets it. */
export async function finishRestore(
  command: RestoreCommand,
  restores: OpenRestores,
  progress: RestoreProgress,
  rollbackPoint: RollbackPoint,
): Promise<WorkerOutcome> {
  const outcome = await restoreOver(command, restores, progress, rollbackPoint)
  if (outcome.exitCode !== ExitCode.failed) await forgetProgress(command.config.STATE_DIR)
  return outcome
}

async function restoreOver(
  command: RestoreCommand,
  restores: OpenRestores,
  progress: RestoreProgress,
  rollbackPoint: RollbackPoint,
): Promise<WorkerOutcome> {
  try {
    return await restoreAndProve(command, restores, progress)
  } catch (thrown) {
    const error = toBackupError(command.signal.aborted ? command.signal.reason : thrown, 'restore')
    const left = leftBehind(error, command.components, restores, progress)
    if (left?.isUnchanged) await rollbackPoint.takeBack()
    throw withWhatIsLeft(error, left)
  }
}
