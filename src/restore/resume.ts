import { BackupError, ExitCode } from '../common/errors.ts'
import type { Manifest } from '../common/manifest.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import type { ComponentFlags } from '../components/component.ts'
import { componentNames, components } from '../components/list.ts'
import type { Project } from '../project/project.ts'
import { chosenTarget } from './chosen.ts'
import type { RestoreCommand } from './command.ts'
import { requireConfirmation } from './confirmation.ts'
import { verifyGeneration } from './generation.ts'
import type { OpenRestores } from './open.ts'
import { introduction } from './preview.ts'
import {
  continueProgress,
  forgetProgress,
  isRestored,
  nothingToResume,
  progressOf,
  type RestoreProgress,
  type RestoreState,
  readProgress,
} from './progress.ts'
import { finishRestore, openOverTarget } from './restore.ts'
import { moveRollbackPoint } from './rollback-point.ts'

/**
 * `restore.sh --resume`: finishes a restore that broke off after its database was committed, from the same backup into
 * the same target: the components that are left, and the comparison. What is restored is not touched.
 */
export async function resume(given: RestoreCommand): Promise<WorkerOutcome> {
  const { STATE_DIR } = given.config
  const target = chosenTarget(given)
  const state = await readProgress(STATE_DIR)
  const command = {
    ...{ ...given, ...state.asked, flags: resumedFlags(state.flags, given.flags) },
    components: componentNames.filter((name) => state.components.includes(name)),
  }
  const manifest = await verifyGeneration(command)
  requireSame(state, target, manifest)
  const progress = continueProgress(STATE_DIR, state)
  const restores = await openOverTarget(command, progress)
  try {
    await settle(restores, progress, STATE_DIR)
    await requireConfirmation(command, target, async () => [
      ...introduction(manifest, target),
      ...restores.list.map(({ name }) =>
        isRestored(progress, name)
          ? `       ${name}: is restored, and stays as it is`
          : `       ${name}: is brought to its end`,
      ),
      '       then everything is compared with the backup',
    ])
    // The restore that broke off has moved it.
    const rollbackPoint = await moveRollbackPoint(STATE_DIR, undefined)
    return await finishRestore(command, restores, progress, rollbackPoint)
  } finally {
    await restores.close()
  }
}

/** A restore is finished as it was begun; how it is compared may be said anew. */
function resumedFlags(begun: ComponentFlags, given: ComponentFlags): ComponentFlags {
  const anew = components.flatMap(({ flags }) => flags?.compares ?? []).filter((name) => name in given)
  return { ...begun, ...Object.fromEntries(anew.map((name) => [name, given[name]])) }
}

/** Only what was begun is finished. @throws BackupError RESUME_MISMATCH for another target or backup */
function requireSame(state: RestoreState, target: Project, manifest: Manifest): void {
  const because = (message: string, suggestion: string) =>
    new BackupError({
      ...{ code: 'RESUME_MISMATCH', message, suggestion },
      phase: 'restore/resume',
      exitCode: ExitCode.usage,
    })
  if (state.target !== target.reference)
    throw because(
      `The restore that broke off was into ${state.target}, not into ${target.reference}.`,
      `Choose ${state.target} as the target, or start a new restore without --resume.`,
    )
  if (state.backupRunId !== manifest.runId)
    throw because(
      `The restore that broke off was from another backup than the one that ${state.source} is now.`,
      'Start a new restore without --resume.',
    )
}

/**
 * Finds out what became of the component that was under way.
 * @throws BackupError NOTHING_TO_RESUME where nothing was restored, RESUME_TOO_EARLY while that is open
 */
async function settle(
  { list }: OpenRestores,
  progress: RestoreProgress,
  stateDirectory: string,
): Promise<void> {
  const first = list.find(({ name }) => !isRestored(progress, name))
  const settled = await first?.restore.settle?.(progressOf(progress, first.name))
  if (settled?.is === 'done') await progress.note({ results: [...progress.done.results, settled.result] })
  if (settled?.is !== 'void' || progress.done.results.length > 0) return
  await forgetProgress(stateDirectory)
  throw nothingToResume(settled.because)
}
