import { BackupError, ExitCode } from '../common/errors.ts'
import { statusOf } from '../common/findings.ts'
import type { Manifest } from '../common/manifest.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import { transactionOutcome } from '../database/restore/commit.ts'
import { weakeningFindings } from '../database/restore/weakened.ts'
import { databaseOf, type Project } from '../project/project.ts'
import { chosenTarget } from './chosen.ts'
import type { RestoreCommand } from './command.ts'
import { requireConfirmation } from './confirmation.ts'
import { verifyGeneration } from './generation.ts'
import { introduction } from './preview.ts'
import {
  continueProgress,
  forgetProgress,
  isRestored,
  nothingToResume,
  type RestoreProgress,
  type RestoreState,
  readProgress,
} from './progress.ts'
import { restoreNoting } from './restore.ts'

/**
 * `restore.sh --resume`: finishes a restore that broke off after its database was committed, from the same backup into
 * the same target: the rest of Storage, and the comparison. The database is not touched.
 */
export async function resume(command: RestoreCommand): Promise<WorkerOutcome> {
  const { config } = command
  const target = chosenTarget(command)
  const state = await readProgress(config.STATE_DIR)
  const { components } = state
  const manifest = await verifyGeneration({ ...command, components })
  requireSame(state, target, manifest)
  const progress = continueProgress(config.STATE_DIR, state)
  if (components.includes('database'))
    await settleDatabase(progress, command, { target, batches: state.asked.batches })
  await requireConfirmation(command, target, async () => [
    ...introduction(manifest, target),
    ...components.map((component) =>
      isRestored(progress, component)
        ? `       ${component}: is restored, and stays as it is`
        : `       ${component}: is brought to its end`,
    ),
    '       then everything is compared with the backup',
  ])
  return restoreNoting({ ...command, ...state.asked, components }, target, progress)
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
 * Finds out whether the database was committed, where the process ended before it could know.
 * @throws BackupError NOTHING_TO_RESUME when it was not, RESUME_TOO_EARLY while that is open
 */
async function settleDatabase(
  progress: RestoreProgress,
  { config }: RestoreCommand,
  about: { target: Project; batches: boolean },
): Promise<void> {
  const { transaction } = progress.done
  if (isRestored(progress, 'database')) return
  const outcome =
    transaction === null ? 'aborted' : await transactionOutcome(databaseOf(about.target), transaction)
  if (outcome === 'in progress')
    throw new BackupError({
      code: 'RESUME_TOO_EARLY',
      message: 'The target has not noticed yet that the restore broke off: its transaction is still open.',
      suggestion: 'Try again in a few minutes.',
      phase: 'restore/resume',
    })
  if (outcome !== 'committed') {
    await forgetProgress(config.STATE_DIR)
    throw nothingToResume(
      about.batches
        ? 'The restore in batches broke off in the database: a part of the backup may be on the target.'
        : 'The restore broke off before its database was committed: the target is unchanged.',
    )
  }
  const findings = weakeningFindings(progress.done.weakened)
  const result = {
    component: 'database' as const,
    status: statusOf(findings),
    seconds: 0,
    counts: {},
    findings,
  }
  await progress.note({ results: [result] })
}
