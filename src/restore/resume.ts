import { BackupError, ExitCode } from '../common/errors.ts'
import type { Manifest } from '../common/manifest.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import type { ComponentFlags } from '../components/component.ts'
import { componentNames, components } from '../components/list.ts'
import type { Project } from '../project/project.ts'
import type { RestoreCommand } from './command.ts'
import { requireConfirmation } from './confirmation.ts'
import type { OpenRestores } from './open.ts'
import { introduction } from './preview.ts'
import { resolveTarget } from './resolve-target.ts'
import { finishRestore, openOverTarget } from './restore.ts'
import {
  continueResumeState,
  forgetResumeState,
  isRestored,
  nothingToResume,
  progressIn,
  type ResumeState,
  readResumeState,
  type SavedResumeState,
} from './resume-state.ts'
import { moveRollbackPoint } from './rollback-point.ts'
import { verifyGeneration } from './verify-generation.ts'

/**
 * `restore.sh --resume`: finishes a restore that broke off after its database was committed, from the same backup into
 * the same target: the components that are left, and the comparison. What is restored is not touched.
 */
export async function resume(given: RestoreCommand): Promise<WorkerOutcome> {
  const { STATE_DIR } = given.config
  const state = await readResumeState(STATE_DIR)
  const command = {
    ...{ ...given, ...state.asked, flags: resumedFlags(state.flags, given.flags) },
    // Those of an earlier version did not keep it.
    overSource: given.overSource || state.asked.overSource,
    components: componentNames.filter((name) => state.components.includes(name)),
    everything: false,
  }
  const target = resolveTarget(command)
  const manifest = await verifyGeneration(command)
  requireSame(state, target, manifest)
  const resumeState = continueResumeState(STATE_DIR, state)
  const restores = await openOverTarget(command, resumeState)
  try {
    await settle(restores, resumeState, STATE_DIR)
    await requireConfirmation(command, target, async () => [
      ...introduction(manifest, target),
      ...restores.list.map(({ name }) =>
        isRestored(resumeState, name)
          ? `       ${name}: is restored, and stays as it is`
          : `       ${name}: is brought to its end`,
      ),
      '       then everything is compared with the backup',
    ])
    // The restore that broke off has moved it.
    const rollbackPoint = await moveRollbackPoint(STATE_DIR, undefined)
    return await finishRestore(command, restores, resumeState, rollbackPoint)
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
function requireSame(state: SavedResumeState, target: Project, manifest: Manifest): void {
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
  resumeState: ResumeState,
  stateDirectory: string,
): Promise<void> {
  const first = list.find(({ name }) => !isRestored(resumeState, name))
  const settled = await first?.restore.settle?.(progressIn(resumeState, first.name))
  if (settled?.is === 'done')
    await resumeState.note({ results: [...resumeState.done.results, settled.result] })
  if (settled?.is !== 'void' || resumeState.done.results.length > 0) return
  await forgetResumeState(stateDirectory)
  throw nothingToResume(settled.because)
}
