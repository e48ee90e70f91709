import { readlinkSync, writeSync } from 'node:fs'
import { BackupError } from './errors.ts'

/**
 * Writes before it returns: a stream of Node's queues what a full pipe does not take, and the queue is lost when the process
 * ends. Nobody reading any more (EPIPE) is no error, as with `| head`.
 * @throws what the system says, e.g. that the disk is full which the output was directed to
 */
export function writeWhole(fd: number, bytes: Buffer): void {
  let written = 0
  while (written < bytes.length) {
    try {
      written += writeSync(fd, bytes, written)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EPIPE') return
      if (code !== 'EAGAIN') throw error
      // The other end of the pipe made it non-blocking.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

/**
 * Prints a command's answer on stdout.
 * @throws BackupError OUTPUT_UNWRITABLE
 */
export function printAnswer(text: string): void {
  try {
    writeWhole(1, Buffer.from(text))
  } catch (cause) {
    throw new BackupError({
      code: 'OUTPUT_UNWRITABLE',
      message: 'The answer could not be written to where its output was directed.',
      detail: `${cause instanceof Error ? cause.message : String(cause)}: ${outputPath()}`,
      suggestion: 'Make room there, or direct the output elsewhere.',
      phase: 'output',
      cause,
    })
  }
}

/** Where our output goes: a file's path, or what the kernel calls it. */
function outputPath(): string {
  try {
    return readlinkSync('/proc/self/fd/1')
  } catch {
    return 'stdout'
  }
}
