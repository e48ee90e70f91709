import { once } from 'node:events'
import { programError, startProgram } from './process.ts'

/**
 * Does a piece of work while no other process does one under the same lock file. The lock is the kernel's, held by a `flock`
 * of our own: it goes with us, however we end. Node itself has no call for it.
 * @throws BackupError when the lock was not free within a minute; the work is not done then.
 */
export async function withFileLock<Value>(
  options: { path: string; phase: string; environment: NodeJS.ProcessEnv },
  work: () => Promise<Value>,
): Promise<Value> {
  const { path, phase, environment } = options
  const program = {
    program: 'flock',
    args: ['--timeout', '60', path, 'sh', '-c', 'echo held; exec cat'],
    env: { PATH: environment['PATH'] },
    phase,
  }
  const holder = startProgram(program)
  const isHeld = await Promise.race([
    once(holder.stdout, 'data').then(() => true),
    holder.ended.then(() => false),
  ])
  if (!isHeld)
    throw programError(program, await holder.ended, `Find out which process holds it: fuser ${path}`)
  try {
    return await work()
  } finally {
    holder.stdin.end()
    await holder.ended
  }
}
