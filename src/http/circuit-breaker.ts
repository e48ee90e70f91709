import type { HttpError } from './error.ts'
import type { ServiceDown } from './pulse.ts'

/** Ends a run when the service is down, instead of failing a million objects one by one. */
export interface CircuitBreaker {
  succeeded(): void
  /**
   * Counts an object that failed for good. After `threshold` such in a row, none succeeding between, the service is
   * asked whether it lives; where it does, the objects themselves are at fault and counting starts anew.
   * @throws BackupError that of `serviceDown`
   */
  failed(error: HttpError): Promise<void>
}

/**
 * @param options.threshold - failures in a row that raise the question.
 * @param options.probe - resolves when the service answers an ordinary request, rejects when it does not.
 * @param options.serviceDown - the error that says that it does not.
 */
export function createCircuitBreaker(options: {
  threshold: number
  probe: () => Promise<unknown>
  serviceDown: ServiceDown
}): CircuitBreaker {
  let inARow = 0
  let probing: Promise<void> | undefined
  const probe = async (error: HttpError) => {
    try {
      await options.probe()
      inARow = 0
    } catch (cause) {
      throw options.serviceDown(error.message, cause)
    } finally {
      probing = undefined
    }
  }
  return {
    succeeded() {
      inARow = 0
    },
    async failed(error) {
      inARow += 1
      if (inARow < options.threshold && probing === undefined) return
      probing ??= probe(error)
      await probing
    },
  }
}
