import { BackupError, ExitCode } from '../common/errors.ts'
import { readManifest } from '../common/manifest.ts'
import { formatBytes, plural } from '../common/units.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import { restoreStorageToDirectory } from '../storage/restore/to-directory.ts'
import type { RestoreCommand } from './command.ts'

/**
 * `restore.sh --to-dir`: writes objects of a backup as plain files; needs no target. Each is checked against its hash.
 * @throws BackupError NOTHING_SELECTED when the backup has no such object
 */
export async function toDirectory(command: RestoreCommand): Promise<WorkerOutcome> {
  const { generation, directory, scope } = command
  if (directory === undefined) throw new TypeError('restore.ts to-dir needs --directory')
  const manifest = await readManifest(generation)
  const result = await restoreStorageToDirectory({ ...command, directory })
  const { objects = 0, bytes = 0, objectsWithoutBytes = 0 } = result.counts
  const narrowed = Object.values(scope).some((part) => part !== undefined)
  if (narrowed && objects + objectsWithoutBytes === 0)
    throw new BackupError({
      code: 'NOTHING_SELECTED',
      message: 'The backup has no object that --bucket, --prefix and --object select together.',
      suggestion: 'Mind capitals and slashes; restore.sh --preview and --extract show what there is.',
      phase: 'storage/to-dir',
    })
  return {
    document: { status: result.status, snapshotAt: manifest.snapshotAt, directory, components: [result] },
    text: [
      `${plural(objects, 'object')}, ${formatBytes(bytes)}, written below ${directory}`,
      ...result.findings.map(({ message }) => message),
    ],
    exitCode: result.status === 'degraded' ? ExitCode.degraded : ExitCode.success,
  }
}
