import { once } from 'node:events'
import { startProgram } from '../../src/common/process.ts'

/** Takes a file's lock in another process; returns what lets go of it. */
export async function holdLock(path: string): Promise<() => Promise<void>> {
  const holder = startProgram({
    program: 'flock',
    args: [path, 'sh', '-c', 'echo held; exec cat'],
    env: { PATH: process.env['PATH'] },
    phase: 'test',
  })
  await once(holder.stdout, 'data')
  return async () => {
    holder.stdin.end()
    await holder.ended
  }
}
