import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../common/files.ts'

/** The way back from the last restore that changed a target. */
export interface RollbackPoint {
  /** The restore that is under way left its target unchanged: the point is again what it was. */
  takeBack(): Promise<void>
}

/**
 * Makes the safety backup of a restore the one that `restore.sh --rollback` brings back, and that is never pruned; to be called
 * before the target changes. It stands in one line of `<state>/rollback-point`, which src/shell/safety.sh reads. A restore
 * without such a backup leaves the point where it is.
 */
export async function moveRollbackPoint(
  stateDirectory: string,
  archive: string | undefined,
): Promise<RollbackPoint> {
  const path = join(stateDirectory, 'rollback-point')
  if (!archive) return { takeBack: async () => {} }
  const before = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return undefined
  })
  await writeFileAtomic(path, `${archive}\n`)
  return {
    takeBack: () => (before === undefined ? rm(path, { force: true }) : writeFileAtomic(path, before)),
  }
}
