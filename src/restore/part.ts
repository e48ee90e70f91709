import { ExitCode } from '../common/errors.ts'
import { readManifest } from '../common/manifest.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import { clientsOf, restoreClients } from '../database/restore/clients.ts'
import { type DatabasePart, restorePart } from '../database/restore/part.ts'
import { databaseOf, type Project } from '../project/project.ts'
import { judgeTarget } from './chosen.ts'
import type { RestoreCommand } from './command.ts'
import { proofOf } from './proof.ts'
import { outcomeOf } from './prove.ts'

/**
 * `restore.sh` with --schema, --table, --data-only, --schema-only or --into-schema: restores a part of the database and
 * nothing else. Its rows are compared before the COMMIT, its definitions and privileges afterwards; a comparison of the whole
 * would find all that was left alone.
 */
export async function restoreOnly(
  command: RestoreCommand,
  part: DatabasePart,
  target: Project,
): Promise<WorkerOutcome> {
  const { config, generation, log, signal, leaveOut } = command
  const database = databaseOf(target)
  const clients = await restoreClients({
    config,
    generation,
    components: ['database'],
    target: database,
    log,
  })
  try {
    const { arm } = await judgeTarget(command, await readManifest(generation), target)
    const { result, verification } = await restorePart(part, {
      ...{ generation, clients: clientsOf({ clients }), signal, arm, leaveOut, target: database },
      log: log.child('database'),
    })
    if (verification !== undefined) return outcomeOf(proofOf(verification), [result], { target, log })
    return {
      document: {
        ...{ status: result.status, components: [result], target: target.reference },
        ...{ verification: null, error: null },
      },
      exitCode: result.status === 'degraded' ? ExitCode.degraded : ExitCode.success,
    }
  } finally {
    await clients?.close()
  }
}
