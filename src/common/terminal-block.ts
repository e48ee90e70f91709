import { writeSync } from 'node:fs'
import { isatty, WriteStream } from 'node:tty'
import type { Size } from './progress-text.ts'

/** Lines at the end of a terminal, drawn anew in their place. */
export interface TerminalBlock {
  draw(render: (size: Size) => readonly string[]): void
  /** Takes them away. */
  clear(): void
}

const toStart = '\r'
const wrapOff = '\x1b[?7l'
const wrapOn = '\x1b[?7h'
const eraseRestOfLine = '\x1b[K'
const eraseBelow = '\x1b[J'
const up = (lines: number) => (lines > 0 ? `\x1b[${lines}A` : '')

/**
 * A block on the terminal of a file descriptor; undefined when it is none.
 *
 * The cursor always rests at the block's first character. So another process may write whole lines there in between, as
 * the scripts' log does: they take the block's place, and the block is drawn below them the next time. Each drawing is
 * one write, which a terminal does not mix with others.
 */
export function openTerminalBlock(fd: number): TerminalBlock | undefined {
  if (!isatty(fd)) return undefined
  const terminal = new WriteStream(fd)
  return {
    draw(render) {
      const [columns, rows] = terminal.getWindowSize()
      // A terminal that was never told its size says that it has none.
      const lines = render({ columns: columns || 80, rows: rows || 24 })
      const text = lines.join(`${eraseRestOfLine}\r\n`)
      // Without wrapping, a window that was made narrower cuts the lines instead of pushing them apart.
      write(fd, `${toStart}${wrapOff}${text}${eraseBelow}${wrapOn}${up(lines.length - 1)}${toStart}`)
    },
    clear: () => write(fd, `${toStart}${eraseBelow}`),
  }
}

/** The work matters, not what is shown of it: a terminal that was closed is no reason to fail. */
function write(fd: number, text: string): void {
  try {
    writeSync(fd, text)
  } catch {
    // Nobody is looking.
  }
}
