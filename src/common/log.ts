import { asTyped } from './as-typed.ts'
import { type Journal, openJournal } from './journal.ts'
import { writeWhole } from './output.ts'
import { printable } from './preview-text.ts'
import { redact } from './redact.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const
type Level = (typeof levels)[number]

export interface Log {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
  /** The same log, each line marked with the part of the work it comes from. */
  child(scope: string): Log
  /** Of the run that this is the log of; undefined where there is none. */
  readonly journal?: Journal | undefined
}

/**
 * Lines on stderr, one an event, in the format `src/shell/log.sh` writes too:
 * `2026-11-20T03:00:00Z INFO  database: message`, or with LOG_FORMAT=json one JSON object.
 * LOG_LEVEL (debug, info, warn, error) decides which; RUN_ID stands in each JSON line.
 */
export function createLog(
  scope: string,
  environment: NodeJS.ProcessEnv = process.env,
  journal = openJournal(environment),
): Log {
  const threshold = Math.max(0, levels.indexOf((environment['LOG_LEVEL'] ?? 'info') as Level))
  const json = environment['LOG_FORMAT'] === 'json'
  const write = (level: Level, message: string) => {
    if (levels.indexOf(level) < threshold) return
    const time = `${new Date().toISOString().slice(0, 19)}Z`
    const text = asTyped(redact(message), environment)
    const line = json
      ? JSON.stringify({ time, level, run: environment['RUN_ID'] ?? null, scope, message: text })
      : `${time} ${level.toUpperCase().padEnd(5)} ${scope}: ${text.split('\n').map(printable).join('\n    ')}`
    try {
      writeWhole(2, Buffer.from(`${line}\n`))
    } catch {
      // A full disk, or whatever stderr was directed to: the work goes on without its log.
    }
  }
  return {
    debug: (message) => write('debug', message),
    info: (message) => write('info', message),
    warn: (message) => write('warn', message),
    error: (message) => write('error', message),
    child: (inner) => createLog(`${scope}/${inner}`, environment, journal),
    journal,
  }
}

/** A log that says nothing, for callers that have nowhere to say it. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
}
