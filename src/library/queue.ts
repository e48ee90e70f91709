/** Values that one side adds as they come and the other takes in its own time. */
export interface Queue<Value> extends AsyncIterable<Value> {
  add(value: Value): void
  /** No more will come. */
  end(): void
}

/** All values are kept until they are taken; each is taken once, whoever takes. */
export function createQueue<Value>(): Queue<Value> {
  const waiting: Value[] = []
  let hasEnded = false
  let wake: () => void = () => {}
  return {
    add(value) {
      waiting.push(value)
      wake()
    },
    end() {
      hasEnded = true
      wake()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const value = waiting.shift()
        if (value !== undefined) yield value
        else if (hasEnded) return
        else
          await new Promise<void>((resolve) => {
            const before = wake
            wake = () => {
              before()
              resolve()
            }
          })
      }
    },
  }
}
