import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import type { WorkerRecord } from '../run/records.ts'

export interface Journal {
  /** The step of the script that the worker works for. */
  phase: string | null
  /** Whether somebody draws what is reported on a terminal. */
  isDrawn: boolean
  append(record: WorkerRecord): void
}

/** A journal beyond this many bytes takes no more progress, only what is said once. */
const mostBytes = 32 << 20

/**
 * The journal that a worker was given by the script (RUN_JOURNAL, RUN_PHASE, RUN_SCREEN); undefined without a run. What cannot
 * be appended is lost: no run ends for what is shown of it.
 */
export function openJournal(environment: NodeJS.ProcessEnv): Journal | undefined {
  const path = environment['RUN_JOURNAL']
  if (!path) return undefined
  let fd: number | undefined
  return {
    phase: environment['RUN_PHASE'] || null,
    isDrawn: environment['RUN_SCREEN'] === 'yes',
    append(record) {
      try {
        // Opened once and never made: it stays this run's, also if another has begun meanwhile.
        fd ??= openSync(path, constants.O_WRONLY | constants.O_APPEND)
        if (record.type === 'progress' && fstatSync(fd).size > mostBytes) return
        writeSync(fd, `worker\t${(Date.now() / 1000).toFixed(6)}\t${JSON.stringify(record)}\n`)
      } catch {
        // The disk is full, or the run has gone.
      }
    },
  }
}
