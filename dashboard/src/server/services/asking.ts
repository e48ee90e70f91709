/** So many scripts are asked at once: each is a process of its own that reads from a repository. */
const mostAtOnce = 2
/** So many wait; who comes then is told to try again. */
const mostWaiting = 20

/**
 * Lets scripts be asked, few at once, and the same question only once at a time.
 * @param refuse what is thrown where too many wait
 */
export function questionDesk(refuse: () => Error) {
  const under = new Map<string, Promise<unknown>>()
  const waiting: (() => void)[] = []
  let free = mostAtOnce

  const enter = async (): Promise<void> => {
    if (free > 0) {
      free -= 1
      return
    }
    if (waiting.length >= mostWaiting) throw refuse()
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const leave = () => {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }
  return {
    /** @param question who asks the same meanwhile gets the same answer */
    async ask<Answer>(
      question: string,
      work: () => Promise<Answer>,
      read: (answer: unknown) => Answer,
    ): Promise<Answer> {
      const known = under.get(question)
      if (known !== undefined) return read(await known)
      const asked = enter().then(() => work().finally(leave))
      under.set(question, asked)
      try {
        return await asked
      } finally {
        under.delete(question)
      }
    },
  }
}
