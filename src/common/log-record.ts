import { redact } from './redact.ts'

/** How a line of the log begins that the scripts cannot make JSON of themselves (log_record in src/shell/log.sh); what parts its fields. */
const begin = '\x1e'
const separator = '\x1f'
const lineBreak = '\x1d'

export interface LogLine {
  level: string
  /** JSON, secrets masked. */
  text: string
}

/**
 * A line on the way to a log of JSON lines: the scripts' records and what other programs print become JSON, and what a worker wrote
 * is that already.
 */
export function jsonLine(line: string, run: string | null, now: Date): LogLine {
  if (line.startsWith(begin)) {
    const [time, level = 'info', scope, ...words] = line.slice(begin.length).split(separator)
    const message = words.join(separator).replaceAll(lineBreak, '\n')
    return lineOf({ time, level, run, scope, message })
  }
  return (
    workerLine(line) ??
    lineOf({ time: `${now.toISOString().slice(0, 19)}Z`, level: 'info', run, scope: 'output', message: line })
  )
}

function workerLine(line: string): LogLine | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const fields: unknown = JSON.parse(line)
    if (typeof fields !== 'object' || fields === null || !('level' in fields) || !('time' in fields))
      return undefined
    return lineOf({ ...fields, level: String(fields.level) })
  } catch {
    return undefined
  }
}

function lineOf(fields: { level: string; [name: string]: unknown }): LogLine {
  const text = JSON.stringify(fields, (_key, value: unknown) =>
    typeof value === 'string' ? redact(value) : value,
  )
  return { level: fields.level, text }
}
