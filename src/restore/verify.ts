import { ExitCode } from '../common/errors.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import type { RestoreCommand } from './command.ts'
import { verifyGeneration } from './verify-generation.ts'

/** `restore.sh --verify`: checks a generation against its manifest, without a target. */
export async function verify(command: RestoreCommand): Promise<WorkerOutcome> {
  const manifest = await verifyGeneration(command)
  return {
    document: {
      status: manifest.status,
      snapshotAt: manifest.snapshotAt,
      partial: manifest.partial ?? null,
      components: manifest.components,
    },
    exitCode: ExitCode.success,
  }
}
