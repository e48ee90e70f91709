import { ExitCode } from '../common/errors.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import { armDatabase } from '../database/restore/arm.ts'
import { databaseOf } from '../project/project.ts'
import { chosenTarget, judgeTarget } from './chosen.ts'
import type { RestoreCommand } from './command.ts'
import { requireConfirmation } from './confirmation.ts'
import { verifyGeneration } from './generation.ts'

/** `restore.sh --arm` on its own: wakes the cron jobs and webhooks that an earlier restore left asleep. */
export async function arm(command: RestoreCommand): Promise<WorkerOutcome> {
  const target = chosenTarget(command)
  const manifest = await verifyGeneration({ ...command, components: ['database'] })
  await judgeTarget(command, manifest, target)
  await requireConfirmation(command, target, async () => [
    `From   ${manifest.project.name}, as it was on ${manifest.snapshotAt ?? manifest.startedAt}`,
    `To     ${target.reference}`,
    '       its cron jobs and webhooks start working, as in the backup; nothing else changes',
  ])
  const armed = await armDatabase({ ...command, target: databaseOf(target) })
  for (const name of armed.notArmed) command.log.warn(`not armed: ${name}`)
  const complete = armed.notArmed.length === 0
  return {
    document: { status: complete ? 'complete' : 'degraded', target: target.reference, armed },
    exitCode: complete ? ExitCode.success : ExitCode.degraded,
  }
}
