import { ExitCode, toBackupError } from '../common/errors.ts'
import { readManifest } from '../common/manifest.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import type { RestoreCommand } from './command.ts'
import { notConfirmed, requireConfirmation } from './confirmation.ts'
import { leftBehind, withWhatIsLeft } from './left-behind.ts'
import { type OpenRestores, openRestores, restoreContext } from './open.ts'
import { introduction, previewLines, previewRestore } from './preview.ts'
import { judgeTarget, resolveTarget } from './resolve-target.ts'
import { restoreAndVerify } from './restore-and-verify.ts'
import { beginResumeState, forgetResumeState, type ResumeState, withPassingState } from './resume-state.ts'
import { moveRollbackPoint, type RollbackPoint } from './rollback-point.ts'
import { verifyGeneration } from './verify-generation.ts'

/** Lines of a kind that are shown before a question is asked; restore.sh --preview has them all. */
const linesAsked = 5

/**
 * The first half of `restore.sh` over a project of the operator's choice, which writes nothing: verifies the backup and
 * the way to the target, shows what will be replaced by what, and has the target's reference typed, unless it is given.
 */
export async function confirm(command: RestoreCommand): Promise<WorkerOutcome> {
  const target = resolveTarget(command)
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

/** The second half: restores, and compares the result with the backup. The reference must be given; `confirm` verified the backup. */
export async function restore(command: RestoreCommand): Promise<WorkerOutcome> {
  const target = resolveTarget(command)
  if (command.confirm !== target.reference) throw notConfirmed(command.confirm, target.reference)
  const restores = await openOverTarget(command, undefined)
  try {
    const { STATE_DIR } = command.config
    const rollbackPoint = await moveRollbackPoint(STATE_DIR, command.safetyBackup)
    if (restores.list.some((each) => each.restore.isResumable === false))
      return await withPassingState((resumeState) =>
        restoreOver(command, restores, resumeState, rollbackPoint),
      )
    const { source, components, flags, arm, rollback, overSource } = command
    const resumeState = await beginResumeState(STATE_DIR, {
      ...{ backupRunId: restores.context.manifest.runId, source, target: target.reference, components },
      ...{ asked: { arm, rollback, overSource }, flags },
    })
    return await finishRestore(command, restores, resumeState, rollbackPoint)
  } finally {
    await restores.close()
  }
}

/**
 * Opens the restores over the target that was chosen.
 * @param resumeState of a restore that is resumed, for the words of an error
 */
export async function openOverTarget(
  command: RestoreCommand,
  resumeState: ResumeState | undefined,
): Promise<OpenRestores> {
  const target = resolveTarget(command)
  try {
    const manifest = await readManifest(command.generation)
    const { arm } = await judgeTarget(command, manifest, target, resumeState === undefined)
    return await openRestores(restoreContext(command, { manifest, target, arm, disposable: false }))
  } catch (thrown) {
    const error = toBackupError(command.signal.aborted ? command.signal.reason : thrown, 'restore')
    const left = leftBehind(error, command.components, undefined, resumeState)
    throw withWhatIsLeft(error, left, target.reference)
  }
}

/** Restores what the progress says is left to be restored; when that ended well, forgets it. */
export async function finishRestore(
  command: RestoreCommand,
  restores: OpenRestores,
  resumeState: ResumeState,
  rollbackPoint: RollbackPoint,
): Promise<WorkerOutcome> {
  const outcome = await restoreOver(command, restores, resumeState, rollbackPoint)
  if (outcome.exitCode !== ExitCode.failed) await forgetResumeState(command.config.STATE_DIR)
  return outcome
}

async function restoreOver(
  command: RestoreCommand,
  restores: OpenRestores,
  resumeState: ResumeState,
  rollbackPoint: RollbackPoint,
): Promise<WorkerOutcome> {
  try {
    return await restoreAndVerify(command, restores, resumeState)
  } catch (thrown) {
    const error = toBackupError(command.signal.aborted ? command.signal.reason : thrown, 'restore')
    const left = leftBehind(error, command.components, restores, resumeState)
    if (left?.isUnchanged) await rollbackPoint.takeBack()
    throw withWhatIsLeft(error, left, restores.context.target.reference)
  }
}
