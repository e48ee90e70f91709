import { ExitCode } from '../common/errors.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import { ableTo } from './able.ts'
import type { RestoreCommand } from './command.ts'
import { verifyLists } from './verify-generation.ts'

/**
 * `restore.sh --to-dir`: writes the components that can be as plain files; needs no target. Each is checked against its
 * hash.
 * @throws BackupError GENERATION_DAMAGED before anything is written; NOTHING_SELECTED when the backup has nothing of what was chosen
 */
export async function toDirectory(command: RestoreCommand): Promise<WorkerOutcome> {
  const { directory, log } = command
  if (directory === undefined) throw new TypeError('restore.ts to-dir needs --directory')
  const chosen = ableTo('toDirectory', command)
  const manifest = await verifyLists({ ...command, components: chosen.map(({ name }) => name) })
  const written = []
  for (const component of chosen) {
    const context = { ...command, directory, log: log.child(component.name) }
    const own = await component.toDirectory?.(context)
    if (own !== undefined) written.push(own)
  }
  const results = written.map(({ result }) => result)
  const status = results.some((result) => result.status === 'degraded') ? 'degraded' : 'complete'
  return {
    document: { status, snapshotAt: manifest.snapshotAt, directory, components: results },
    text: written.flatMap(({ lines }) => lines),
    exitCode: status === 'degraded' ? ExitCode.degraded : ExitCode.success,
  }
}
