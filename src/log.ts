/**
 * Makes JSON lines of what the scripts, their workers and other programs say, for LOG_FORMAT=json:
 *
 *     log.ts line                       each line on stdin, to stdout
 *     log.ts pump FILE_FD TERMINAL_FD   the same to both file descriptors, as log_pump in src/shell/log.sh, until the line of its end
 */
import { fstatSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { isatty } from 'node:tty'
import { jsonLine } from './common/log-record.ts'
import { writeWhole } from './common/output.ts'
import { addSecrets } from './common/redact.ts'

const [verb, file, terminal] = process.argv.slice(2)
const { SECRET_VARIABLES = '', RUN_ID, LOG_TERMINAL_LEVEL = 'debug', JOURNAL_STREAM } = process.env
addSecrets(SECRET_VARIABLES.split(' ').map((name) => process.env[name]))

const levels = ['debug', 'info', 'warn', 'error']
/** What Bash says of a program of ours that was killed: the run says so in its own words. As in src/shell/log.sh. */
const remark = /: line \d+: +\d+ [A-Z].* (child|worker|follower)_become /
const endLine = '\x04 end of the log \x04'
/** As systemd reads the priority of a line (sd-daemon(3)). */
const priorities: Record<string, string> = { debug: '<7>', warn: '<4>', error: '<3>' }

/** A full disk, or a terminal that was closed, must not end the pump: the run would die of a broken pipe. */
function write(fd: number, text: string): void {
  try {
    writeWhole(fd, Buffer.from(text))
  } catch {
    // The other one still has it.
  }
}

/** What stands before a line: its priority in the journal; on a terminal what takes away the progress that stands there. */
function prefixOn(fd: number): (level: string) => string {
  const { dev, ino } = fstatSync(fd)
  if (JOURNAL_STREAM === `${dev}:${ino}`) return (level) => priorities[level] ?? '<6>'
  return () => (isatty(fd) && process.env['TERM'] !== 'dumb' ? '\r\x1b[J' : '')
}

// What is said of a signal is still to be written.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
const isPump = verb === 'pump'
const prefix = isPump ? prefixOn(Number(terminal)) : () => ''
for await (const line of createInterface({ input: process.stdin })) {
  if (line === endLine) break
  if (remark.test(line)) continue
  const { level, text } = jsonLine(line, RUN_ID ?? null, new Date())
  if (isPump) write(Number(file), `${text}\n`)
  if (!isPump || levels.indexOf(level) >= levels.indexOf(LOG_TERMINAL_LEVEL))
    write(isPump ? Number(terminal) : 1, `${prefix(level)}${text}\n`)
}
process.exit(0)
