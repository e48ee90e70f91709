/** Calls work again and again, as for what is overdue nothing tells of itself; what fails is told and tried again the next time. */
export function tickerOf(work: () => Promise<void> | void, everyMs: number) {
  let timer: NodeJS.Timeout | undefined
  let isOn = false
  let under: Promise<void> = Promise.resolve()
  const tick = async (): Promise<void> => {
    try {
      await work()
    } catch (error) {
      console.error(error instanceof Error ? (error.stack ?? error.message) : error)
    }
  }
  const again = (): void => {
    under = tick().finally(() => {
      if (isOn) timer = setTimeout(again, everyMs)
    })
  }
  return {
    start(): void {
      isOn = true
      again()
    },
    /** Ends when what is under way has ended. */
    async stop(): Promise<void> {
      isOn = false
      clearTimeout(timer)
      await under
    },
  }
}
