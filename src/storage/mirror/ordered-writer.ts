import { jsonText } from '../../common/json-text.ts'
import { writeLines } from '../../common/jsonl.ts'

/** Rows held at most behind one that is not known yet. */
const window = 4_096
/** Rows held at most when only the disk is slow: what is written soon need not survive a garbage collection. */
const backlog = 64

/** Writes rows in the order they are pushed, though some are known later than those after them. */
export interface OrderedWriter {
  /** Waits while too many rows are held. A row that is a promise must not reject without the run being stopped. */
  push(row: object | Promise<object>): Promise<void>
  /** Waits for the last row and for the file to be synced. @returns the number of rows written. */
  close(): Promise<number>
}

export function createOrderedWriter(path: string): OrderedWriter {
  const queue: (object | Promise<object>)[] = []
  let headUnknown = false
  let closed = false
  let written = 0
  let wakeWriter: (() => void) | undefined
  let wakeProducer: (() => void) | undefined
  let failure: { error: unknown } | undefined

  async function* lines(): AsyncGenerator<string> {
    for (;;) {
      const next = queue[0]
      if (next === undefined) {
        if (closed) return
        await new Promise<void>((resolve) => {
          wakeWriter = resolve
        })
        continue
      }
      let row = next
      if (next instanceof Promise) {
        headUnknown = true
        wakeProducer?.()
        row = await next
        headUnknown = false
      }
      queue.shift()
      wakeProducer?.()
      written += 1
      yield jsonText(row)
    }
  }

  const finished = writeLines(path, lines()).catch((error: unknown) => {
    failure = { error }
    wakeProducer?.()
  })
  return {
    async push(row) {
      if (row instanceof Promise) row.catch(() => {})
      while (queue.length >= (headUnknown ? window : backlog) && failure === undefined)
        await new Promise<void>((resolve) => {
          wakeProducer = resolve
        })
      if (failure) throw failure.error
      queue.push(row)
      wakeWriter?.()
    },
    async close() {
      closed = true
      wakeWriter?.()
      await finished
      if (failure) throw failure.error
      return written
    },
  }
}
