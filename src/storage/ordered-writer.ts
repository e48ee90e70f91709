import { writeLines } from '../common/jsonl.ts'

/** Lines a writer holds at most: rows that wait for one before them. */
const window = 4_096

/** Writes rows in the order they are pushed, though some are known later than those after them. */
export interface OrderedWriter {
  /** Waits while the window is full. A row that is a promise must not reject without the run being stopped. */
  push(row: object | Promise<object>): Promise<void>
  /** Waits for the last row and for the file to be synced. @returns the number of rows written. */
  close(): Promise<number>
}

export function createOrderedWriter(path: string): OrderedWriter {
  const queue: (object | Promise<object>)[] = []
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
      const row = next instanceof Promise ? await next : next
      queue.shift()
      wakeProducer?.()
      written += 1
      yield JSON.stringify(row)
    }
  }

  const finished = writeLines(path, lines()).catch((error: unknown) => {
    failure = { error }
    wakeProducer?.()
  })
  return {
    async push(row) {
      if (row instanceof Promise) row.catch(() => {})
      while (queue.length >= window && failure === undefined)
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
