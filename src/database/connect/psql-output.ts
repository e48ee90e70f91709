import { errorLine } from './psql-errors.ts'
import { type Backend, backendRow } from './session-watch.ts'

/** How much of psql's messages an error carries: a statement may have any length, its error stands before it. */
const keptMessages = 16 * 1024

/** Hands out the complete lines of a stream; they end at U+000A only. */
function onLines(stream: NodeJS.ReadableStream, receive: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) receive(line)
  })
}

/** What psql says on stderr. */
export interface Messages {
  /** Warnings come and go; from the first error on, all is kept. */
  readonly text: string
  /** Forgets what was said; the promise it returns is kept when psql prints the marker from here on. */
  restart(): { marked: Promise<void> }
}

export function collectMessages(stream: NodeJS.ReadableStream, marker: string): Messages {
  let text = ''
  /** The end of what psql last wrote, and who waits for the marker there. */
  let tail = ''
  let onMarker: (() => void) | undefined
  stream.on('data', (chunk: string) => {
    text = errorLine.test(text) ? (text + chunk).slice(0, keptMessages) : (text + chunk).slice(-keptMessages)
    tail = (tail + chunk).slice(-2 * marker.length)
    if (tail.includes(marker)) onMarker?.()
  })
  return {
    get text() {
      return text
    },
    restart() {
      text = ''
      tail = ''
      const marked = new Promise<void>((resolve) => {
        onMarker = resolve
      })
      return { marked }
    },
  }
}

/** What psql answers on stdout. */
export interface Answers {
  /** The server's process, once psql has said it. */
  readonly backend: Backend | undefined
  readonly isAwaited: boolean
  /** The lines up to the next marker. */
  untilMarker(): Promise<string[]>
  /** Is called for each line as it is printed, from here on. */
  onPrinted: ((line: string) => void) | undefined
  /** Nothing more will come. */
  fail(error: Error): void
}

/** @param id what a line begins with that tells of the server's process */
export function collectAnswers(stream: NodeJS.ReadableStream, id: string, marker: string): Answers {
  let backend: Backend | undefined
  let waiting: { lines: string[]; resolve(lines: string[]): void; reject(error: Error): void } | undefined
  onLines(stream, (line) => {
    if (line === marker) waiting?.resolve(waiting.lines)
    else if (line.startsWith(id)) backend = backendRow.parse(JSON.parse(line.slice(id.length)))
    else {
      answers.onPrinted?.(line)
      waiting?.lines.push(line)
    }
  })
  const answers: Answers = {
    onPrinted: undefined,
    get backend() {
      return backend
    },
    get isAwaited() {
      return waiting !== undefined
    },
    async untilMarker() {
      const lines = new Promise<string[]>((resolve, reject) => {
        waiting = { lines: [], resolve, reject }
      })
      try {
        return await lines
      } finally {
        waiting = undefined
      }
    },
    fail: (error) => waiting?.reject(error),
  }
  return answers
}
