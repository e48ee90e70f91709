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
    /** Whether the chain is as it was written. What was cut off at its end shows in none: its last hash, kept elsewhere, tells. */
    check(): AuditCheck {
      let last: AuditCheck['last'] = null
      let seq = 0
      for (;;) {
        const page = database
          .select()
          .from(audit)
          .where(gt(audit.seq, seq))
          .orderBy(audit.seq)
          .limit(500)
          .all()
        if (page.length === 0) return { entries: seq, last, broken: null }
        for (const row of page) {
          const why = breachOf(row, last)
          if (why !== undefined) return { entries: seq, last, broken: { seq: row.seq, why } }
          seq = row.seq
          last = { seq, hash: row.hash, at: row.at.toISOString() }
        }
      }
    },
  }
}

/** What a look through the audit found. */
export interface AuditCheck {
  /** So many entries are in order, from the first on. */
  entries: number
  /** The last one of them. */
  last: { seq: number; hash: string; at: string } | null
  /** The first that is not: entries before it are missing, it was altered, or it was written after another one. */
  broken: { seq: number; why: 'missing' | 'altered' | 'unchained' } | null
}

function breachOf({ hash, ...entry }: typeof audit.$inferSelect, before: AuditCheck['last']) {
  if (entry.seq !== (before?.seq ?? 0) + 1) return 'missing' as const
  if (hashOf(entry) !== hash) return 'altered' as const
  return entry.previousHash === (before?.hash ?? '') ? undefined : ('unchained' as const)
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
