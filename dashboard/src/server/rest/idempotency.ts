import { createHash } from 'node:crypto'
import { and, eq, lt } from 'drizzle-orm'
import type { Principal } from '../auth/principal.ts'
import type { Sealer } from '../crypto/seal.ts'
import { answerPlace } from '../crypto/sealed-fields.ts'
import type { Database } from '../db/open.ts'
import { idempotentRequests } from '../db/schema/index.ts'
import { Problem } from '../problem.ts'

const keptMs = 24 * 3_600_000

/** What was answered, to be answered again. */
export interface KeptAnswer {
  status: number
  location: string | undefined
  body: string
}

export interface KeyedRequest {
  principal: Principal
  key: string
  method: string
  path: string
  body: string
}

/** Remembers for a day what a request with an `Idempotency-Key` was answered with, so that one sent again is not done again. */
export function idempotency(database: Database, sealer: Sealer) {
  const isThis = (actor: string, key: string) =>
    and(eq(idempotentRequests.actor, actor), eq(idempotentRequests.key, key))
  return {
    /**
     * Does the work of a request unless one of this key was done. What fails may be tried again with the same key.
     * @throws Problem KEY_USED, KEY_UNSETTLED, and what the work throws
     */
    async once(
      request: KeyedRequest,
      work: () => Promise<KeptAnswer>,
      now = new Date(),
    ): Promise<KeptAnswer & { isRepeated: boolean }> {
      const { principal, key } = request
      const actor = `${principal.kind}:${principal.id}`
      const place = answerPlace(actor, key)
      const requestHash = hashOf(request)
      database
        .delete(idempotentRequests)
        .where(lt(idempotentRequests.at, new Date(now.getTime() - keptMs)))
        .run()
      const { changes } = database
        .insert(idempotentRequests)
        .values({ actor, key, requestHash, at: now })
        .onConflictDoNothing()
        .run()
      if (changes === 0) {
        const kept = database.select().from(idempotentRequests).where(isThis(actor, key)).get()
        if (kept?.requestHash !== requestHash) throw keyUsed
        if (kept.status === null || kept.sealedBody === null) throw keyUnsettled
        const body = sealer.open(kept.sealedBody, place)
        return { status: kept.status, location: kept.location ?? undefined, body, isRepeated: true }
      }
      try {
        const { status, location, body } = await work()
        database
          .update(idempotentRequests)
          .set({ status, location, sealedBody: sealer.seal(body, place) })
          .where(isThis(actor, key))
          .run()
        return { status, location, body, isRepeated: false }
      } catch (error) {
        database.delete(idempotentRequests).where(isThis(actor, key)).run()
        throw error
      }
    },
  }
}

function hashOf({ method, path, body }: KeyedRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([method, path, body]))
    .digest('hex')
}

const keyUsed = new Problem({
  status: 422,
  code: 'IDEMPOTENCY_KEY_USED',
  message: 'This Idempotency-Key was used for another request.',
  suggestion: 'Take a new key for each request that is not the same one sent again.',
})

const keyUnsettled = new Problem({
  status: 409,
  code: 'IDEMPOTENCY_KEY_UNSETTLED',
  message: 'A request with this Idempotency-Key has begun, and what came of it is not known yet.',
  suggestion:
    'Send it again in a moment. Where the dashboard was ended in the middle it stays so for a day: look whether it was done.',
})
