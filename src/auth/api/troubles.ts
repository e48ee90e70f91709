import { HttpError } from '../../http/error.ts'
import type { AuthClient } from './client.ts'
import { AuthRefusal, toRunError, unreachable } from './errors.ts'

/** After so many in a row the service is asked whether it lives. */
const probedAfter = 3

/** What was tried again for a minute and more counts as so many. */
const patientWeight = 3

/** Tells what fails at one user from what fails at all. */
export interface Troubles {
  succeeded(): void
  /**
   * Counts a user at whom the service failed or whom it refused.
   * @returns how many there were in a row at whom it failed; who was tried again for long counts more
   * @throws what ends the run: the key is refused, the service does not serve, or it is no failure of the service
   */
  failed(error: unknown): Promise<number>
}

export function createTroubles(client: Pick<AuthClient, 'count'>, signal: AbortSignal): Troubles {
  let inARow = 0
  let refused = 0
  let probing: Promise<unknown> | undefined
  /** @param once whether what failed was tried again and again already */
  const probe = async (error: Error, once: boolean) => {
    try {
      probing ??= client.count({ once })
      await probing
    } catch (cause) {
      signal.throwIfAborted()
      throw cause instanceof HttpError ? unreachable(error.message, cause) : toRunError(cause)
    } finally {
      probing = undefined
    }
  }
  return {
    succeeded() {
      inARow = 0
      refused = 0
    },
    async failed(error) {
      signal.throwIfAborted()
      if (error instanceof AuthRefusal && error.status < 500) {
        if ([401, 403].includes(error.status)) throw error
        // It serves, and has its reasons.
        inARow = 0
        refused = 0
        return 0
      }
      if (!(error instanceof AuthRefusal || error instanceof HttpError)) throw error
      inARow += error instanceof HttpError ? patientWeight : 1
      refused = error instanceof HttpError ? 0 : refused + 1
      if (error instanceof HttpError) await probe(error, true)
      else if (refused % probedAfter === 0) await probe(error, false)
      return inARow
    },
  }
}
