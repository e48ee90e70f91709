import { watch } from 'node:fs'
import { join } from 'node:path'
import type { FinishedRun } from '../report/finish.ts'
import { openEventFile } from './event-file.ts'
import type { RunEvent } from './events.ts'
import { runFile, writeRunFile } from './facts.ts'
import type { Reader } from './reader.ts'
import { type BegunFacts, parseRecord } from './records.ts'
import type { Screen } from './screen.ts'
import { openTail } from './tail.ts'
import { createTranslator } from './translate.ts'

/** How long a change may stay unseen where the system does not tell of it; and between two drawings. */
const lookMs = 500
const drawMs = 250

export interface FollowOptions {
  /** The run's directory. */
  directory: string
  /** Where the events are wanted too. */
  reader?: Reader | undefined
  screen?: Screen | undefined
  /** Called once the run is known. */
  begun?: (run: BegunFacts) => void
  /** Reads a file of JSON for the script, which waits for it. */
  read?: (path: string) => Promise<void>
  /** Reports the run, when its journal says that it has ended. */
  finish: () => Promise<FinishedRun>
}

/**
 * Follows a run's journal to its end: keeps run.json, writes the events, draws the progress, and has the run reported. The run
 * does not depend on it: started again after it was killed, it goes on where it was.
 */
export async function follow(options: FollowOptions): Promise<FinishedRun> {
  const { directory, screen } = options
  const translator = createTranslator()
  const path = join(directory, 'journal')
  const tail = openTail(path)
  const emit = openOutputs(options)
  const change = openChange(path)
  let hasEnded = false
  let phase: string | null | undefined
  let isBegun = false
  while (!hasEnded) {
    for (const line of tail.read()) {
      const record = parseRecord(line)
      if (record === undefined) continue
      for (const event of translator.translate(record)) emit.event(event)
      if (record.kind === 'read') await options.read?.(record.path)
      if (record.kind === 'end') hasEnded = true
    }
    if (translator.run !== undefined && translator.phase !== phase) {
      phase = translator.phase
      writeRunFile(directory, runFile(translator.run, phase))
    }
    if (translator.run !== undefined && !isBegun) {
      isBegun = true
      options.begun?.(translator.run)
    }
    screen?.draw(translator.shown.values())
    if (!hasEnded) await change.wait(screen && translator.shown.size > 0 ? drawMs : lookMs)
  }
  change.close()
  tail.close()
  screen?.clear()
  const run = await options.finish()
  const { outcome, exitCode, error } = run.report
  emit.event(translator.end({ outcome, exitCode, error, report: run.path }, new Date()))
  await emit.end()
  return run
}

/** The file of events, and whoever reads them besides. An event that is in the file already has been told. */
function openOutputs({ directory, reader }: FollowOptions) {
  const file = openEventFile(join(directory, 'events.jsonl'))
  return {
    event(event: RunEvent) {
      if (event.seq <= file.last) return
      const line = `${JSON.stringify(event)}\n`
      file.append(line)
      reader?.send(line)
    },
    async end() {
      file.close()
      await reader?.end()
    },
  }
}

/** Waits for a change of a file, or for some milliseconds: not every file system tells of changes. */
function openChange(path: string): { wait(ms: number): Promise<void>; close(): void } {
  let hasChanged = false
  let wake: () => void = () => {}
  const watcher = watchIfPossible(path, () => {
    hasChanged = true
    wake()
  })
  return {
    async wait(ms) {
      if (!hasChanged)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      hasChanged = false
    },
    close: () => watcher?.close(),
  }
}

function watchIfPossible(path: string, changed: () => void) {
  try {
    const watcher = watch(path, changed)
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}
