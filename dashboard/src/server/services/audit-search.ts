import { and, asc, desc, eq, gte, like, lt, or, type SQL } from 'drizzle-orm'
import { z } from 'zod'
import type { Database } from '../db/open.ts'
import { audit } from '../db/schema/index.ts'

const pageSize = 50
/** So many entries an export has at most. */
const mostExported = 100_000

const word = z.string().trim().max(200)
/** Entries that are looked for; each that is left out is of no matter. */
export const auditFilterSchema = z.object({
  /** As people know them: an address of mail, `token ci`. */
  actor: word.optional(),
  action: word.optional(),
  outcome: z.enum(['done', 'denied', 'failed']).optional(),
  /** Part of what it was done to, of who did it, or of the address it came from. */
  text: word.optional(),
  /** ISO 8601. */
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
})
type AuditFilter = z.infer<typeof auditFilterSchema>

/** An entry, as screens, exports and the interface for programs have it. */
export type AuditEntry = ReturnType<typeof entryOf>

/** Looks for entries of the audit. */
export function auditSearchOf(database: Database) {
  return {
    /** The newest first. @param before the number of the last entry of the page before */
    page(filter: AuditFilter, before?: number, size = pageSize) {
      const older = before === undefined ? [] : [lt(audit.seq, before)]
      const rows = database
        .select()
        .from(audit)
        .where(and(...conditionsOf(filter), ...older))
        .orderBy(desc(audit.seq))
        .limit(size + 1)
        .all()
      const entries = rows.slice(0, size).map(entryOf)
      return { entries, nextCursor: rows.length > size ? (entries.at(-1)?.seq ?? null) : null }
    },

    /** The oldest first, for a file. */
    all(filter: AuditFilter) {
      const rows = database
        .select()
        .from(audit)
        .where(and(...conditionsOf(filter)))
        .orderBy(asc(audit.seq))
        .limit(mostExported + 1)
        .all()
      return { entries: rows.slice(0, mostExported).map(entryOf), isCut: rows.length > mostExported }
    },

    known() {
      const actors = database
        .selectDistinct({ name: audit.actorName })
        .from(audit)
        .orderBy(asc(audit.actorName))
        .all()
      const actions = database
        .selectDistinct({ name: audit.action })
        .from(audit)
        .orderBy(asc(audit.action))
        .all()
      return { actors: actors.map(({ name }) => name), actions: actions.map(({ name }) => name) }
    },
  }
}

function conditionsOf({ actor, action, outcome, text, from, to }: AuditFilter): (SQL | undefined)[] {
  return [
    actor ? eq(audit.actorName, actor) : undefined,
    action ? eq(audit.action, action) : undefined,
    outcome ? eq(audit.outcome, outcome) : undefined,
    from ? gte(audit.at, new Date(from)) : undefined,
    to ? lt(audit.at, new Date(to)) : undefined,
    text
      ? or(...[audit.subject, audit.actorName, audit.address].map((column) => like(column, `%${text}%`)))
      : undefined,
  ]
}

function entryOf({ at, details, ...entry }: typeof audit.$inferSelect) {
  return { ...entry, at: at.toISOString(), details: detailsOf(details) }
}

/** Of an entry that was altered it may be no JSON any more. */
function detailsOf(text: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
  } catch {
    return { unreadable: text }
  }
}

/** RFC 4180. What a spreadsheet would take for a formula has a quote before it. */
export function csvOfAudit(entries: readonly AuditEntry[]): string {
  const names = ['seq', 'at', 'actor', 'actorName', 'address', 'action', 'subject', 'outcome'] as const
  const head = [...names, 'details', 'previousHash', 'hash']
  const rows = entries.map((entry) => [
    ...names.map((name) => String(entry[name])),
    ...[JSON.stringify(entry.details), entry.previousHash, entry.hash],
  ])
  return [head, ...rows].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('')
}

function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
