import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Between two looks, in milliseconds. */
const lookMs = 20

/**
 * For a worker that was started ahead (worker_prepare in src/shell/worker.sh): waits until the script has made a file that says that
 * its turn has come. Where the file's directory has gone, nobody will: then it goes on, and fails by what it lacks.
 */
export async function awaitTurn(file: string): Promise<void> {
  while (!(await exists(file)) && (await exists(dirname(file)))) await sleep(lookMs)
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
