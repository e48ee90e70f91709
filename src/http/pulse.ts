import type { BackupError } from '../common/errors.ts'
import type { HttpError } from './error.ts'

/** The error for a service that no longer answers, with what was seen last. */
export type ServiceDown = (detail: string | undefined, cause: unknown) => BackupError

/** How long a service may show no sign of life while something is asked of it. */
export const defaultSilenceMs = 45_000

/** One that throttles is alive; one that does nothing else for so many times as long is of no use either. */
const throttledFactor = 3

/**
 * Watches whether a service lives, over all requests together: however many there are at a time, and however long each
 * of them waits before it is tried again, an outage is noticed after the same time.
 */
export interface Pulse {
  /** Something is being asked, attempts and the pauses between them included, until the function returned is called. */
  begin(): () => void
  /** The service answered, or bytes moved. */
  alive(): void
  /** A request failed, by the network or the service being busy. */
  failed(error: HttpError): void
  stop(): void
}

/**
 * @param options.silenceMs - without a sign of life for so long the service is asked whether it lives.
 * @param options.probe - resolves when it answers an ordinary request, rejects when it does not.
 * @param options.serviceDown - the error that says that it does not.
 * @param options.down - called once, with the error that ends the run.
 */
export function createPulse(options: {
  silenceMs: number
  probe: () => Promise<unknown>
  serviceDown: ServiceDown
  down: (error: BackupError) => void
}): Pulse {
  const { silenceMs, probe, serviceDown, down } = options
  let asked = 0
  let aliveAt = performance.now()
  let last: HttpError | undefined
  let probing = false
  const look = async () => {
    const patience = last?.status === 429 ? silenceMs * throttledFactor : silenceMs
    if (asked === 0 || probing || performance.now() - aliveAt < patience) return
    probing = true
    try {
      await probe()
      aliveAt = performance.now()
    } catch (cause) {
      clearInterval(timer)
      down(serviceDown(last?.message, cause))
    } finally {
      probing = false
    }
  }
  const timer = setInterval(() => void look(), Math.min(1_000, silenceMs / 4))
  timer.unref()
  const alive = () => {
    aliveAt = performance.now()
    last = undefined
  }
  return {
    begin() {
      // What was silent because nothing was asked says nothing.
      if (asked === 0 && last === undefined) alive()
      asked += 1
      return () => {
        asked -= 1
      }
    },
    alive,
    failed(error) {
      last = error
    },
    stop: () => clearInterval(timer),
  }
}
