import { closeSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { z } from 'zod'

/** run/events.jsonl in the project's state directory: every event of the run, a line each. */
export interface EventFile {
  /** Number of the last event that is in it. */
  readonly last: number
  append(line: string): void
  close(): void
}

/**
 * Opens it to go on behind its last whole line: what another process had begun when it was killed is taken up. Where nothing
 * can be written, nothing is: the journal has it all.
 */
export function openEventFile(path: string): EventFile {
  let last = 0
  let fd: number | undefined
  try {
    last = takeUp(path)
    fd = openSync(path, 'a', 0o600)
  } catch {
    // The state's disk is full, or may not be written to.
  }
  return {
    last,
    append(line) {
      try {
        if (fd !== undefined) writeSync(fd, line)
      } catch {
        // As above.
      }
    },
    close() {
      if (fd !== undefined) closeSync(fd)
      fd = undefined
    },
  }
}

/** Cuts off an unfinished line and returns the number of the last whole one; 0 without any. */
function takeUp(path: string): number {
  let content: Buffer
  try {
    content = readFileSync(path)
  } catch {
    return 0
  }
  const end = content.lastIndexOf('\n') + 1
  if (end < content.length) truncateSync(path, end)
  const line = content.subarray(0, end).toString('utf8').trimEnd().split('\n').at(-1) ?? ''
  if (line === '') return 0
  return z.object({ seq: z.number() }).parse(JSON.parse(line)).seq
}
