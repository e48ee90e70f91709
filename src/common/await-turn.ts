import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Between two looks, in milliseconds. */
const lookMs = 20
/** A directory that is away for so long does not come back, in milliseconds. */
const awayMs = 2000

/**
 * For a worker that was started ahead (worker_prepare in src/shell/worker.sh): waits until the script has made a file that says that
 * its turn has come. The script ends whom it does not call.
 * @throws Error where the file's directory has gone: then nobody can say so any more, and nothing may be done
 */
export async function awaitTurn(file: string): Promise<void> {
  let seenAt = performance.now()
  while (!(await exists(file))) {
    if (await exists(dirname(file))) seenAt = performance.now()
    else if (performance.now() - seenAt > awayMs) throw new Error(`${dirname(file)} has gone`)
    await sleep(lookMs)
  }
}

/** Only what is known not to be there is not: a disk may not answer for a moment. */
function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  )
}
