/**
 * The outcome of work that knows no signal, or the signal's reason as soon as it fires; the work is then left to end
 * by itself, and what it comes to is nobody's concern any more.
 */
export async function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/**
 * Runs work side by side and waits until all of it has ended: the first failure stops the others by their signal, and
 * is thrown once they are gone.
 * @param signal stops all of it
 */
export async function together<First, Second>(
  signal: AbortSignal | undefined,
  first: (signal: AbortSignal) => Promise<First>,
  second: (signal: AbortSignal) => Promise<Second>,
): Promise<[First, Second]> {
  const failure = new AbortController()
  const either = anySignal(failure.signal, signal)
  const guarded = async <Result>(work: (signal: AbortSignal) => Promise<Result>) => {
    try {
      return await work(either)
    } catch (error) {
      failure.abort(error)
      throw error
    }
  }
  const outcomes = await Promise.allSettled([guarded(first), guarded(second)])
  either.throwIfAborted()
  const [one, other] = outcomes
  if (one.status === 'fulfilled' && other.status === 'fulfilled') return [one.value, other.value]
  throw either.reason
}

/** Fires when any of them does. */
export function anySignal(...signals: (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined))
}
