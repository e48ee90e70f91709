import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { applyEvent, emptyLiveRun, type LiveRun } from '../../shared/live-run.ts'
import { type RunEvent, readRunFile, runEventSchema } from '../toolkit.ts'

/** So much is read of a run's events at once; they are bounded to 8 MiB and a little. */
const chunkBytes = 1 << 20

/** A run under way, as far as its events were read. */
export interface Tail {
  run: LiveRun
  offset: number
}

/**
 * Reads what a run has told since the last look.
 * @param directory `run/` in the project's state directory
 * @returns undefined where no run is there
 */
export async function readTail(
  directory: string,
  before: Tail | undefined,
): Promise<{ tail: Tail; events: RunEvent[] } | undefined> {
  const file = readRunFile(directory)
  if (file === undefined) return undefined
  const from = before?.run.runId === file.id ? before : { run: emptyLiveRun(file.id, file.kind), offset: 0 }
  const { lines, bytes } = await readLines(join(directory, 'events.jsonl'), from.offset)
  const events = lines.flatMap((line) => {
    const event = runEventSchema.safeParse(parse(line))
    return event.success && event.data.run === file.id ? [event.data] : []
  })
  const run = events.reduce(applyEvent, from.run)
  return { tail: { run, offset: from.offset + bytes }, events }
}

/** Whole lines from an offset on. */
async function readLines(path: string, offset: number): Promise<{ lines: string[]; bytes: number }> {
  const nothing = { lines: [], bytes: 0 }
  const file = await open(path, 'r').catch(() => undefined)
  if (file === undefined) return nothing
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes)
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, offset)
    const end = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1
    if (end === 0) return nothing
    return { lines: buffer.toString('utf8', 0, end).split('\n').slice(0, -1), bytes: end }
  } finally {
    await file.close()
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
