import { createHash } from 'node:crypto'
import { desc, gt } from 'drizzle-orm'
import { type Principal, shownName } from '../auth/principal.ts'
import type { Database } from '../db/open.ts'
import { audit } from '../db/schema/index.ts'

export interface Deed {
  /** Undefined for nobody who is known. */
  by: Principal | 'command line' | undefined
  address: string
  action: string
  subject: string
  outcome?: 'done' | 'denied' | 'failed'
  /** Never a secret. */
  details?: Record<string, unknown>
}

export type Audit = ReturnType<typeof auditOf>

/** Who did what, also what was denied and what failed: only ever added to. */
export function auditOf(database: Database) {
  const add = database.$client.transaction((deed: Deed, now: Date) => {
    const last = database.select().from(audit).orderBy(desc(audit.seq)).limit(1).get()
    const { by, address, action, subject, outcome = 'done', details = {} } = deed
    const entry = {
      seq: (last?.seq ?? 0) + 1,
      at: now,
      actor: typeof by === 'object' ? `${by.kind}:${by.id}` : (by ?? 'nobody'),
      actorName: typeof by === 'object' ? shownName(by) : (by ?? 'nobody'),
      ...{ address, action, subject, outcome, details: JSON.stringify(details) },
      previousHash: last?.hash ?? '',
    }
    database
      .insert(audit)
      .values({ ...entry, hash: hashOf(entry) })
      .run()
  })
  return {
    add(deed: Deed, now = new Date()): void {
      add.immediate(deed, now)
    },
    /** Number of the first entry that is not what was written, or that another should have come before; undefined when all are. */
    firstBroken(): number | undefined {
      let previousHash = ''
      let seq = 0
      for (;;) {
        const page = database
          .select()
          .from(audit)
          .where(gt(audit.seq, seq))
          .orderBy(audit.seq)
          .limit(500)
          .all()
        if (page.length === 0) return undefined
        for (const { hash, ...entry } of page) {
          seq += 1
          if (entry.seq !== seq || entry.previousHash !== previousHash || hashOf(entry) !== hash)
            return entry.seq
          previousHash = hash
        }
      }
    },
  }
}

function hashOf(entry: Omit<typeof audit.$inferSelect, 'hash'>): string {
  const { seq, at, actor, actorName, address, action, subject, outcome, details, previousHash } = entry
  const fields = [
    seq,
    at.getTime(),
    actor,
    actorName,
    address,
    action,
    subject,
    outcome,
    details,
    previousHash,
  ]
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex')
}
