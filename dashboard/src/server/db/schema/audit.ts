import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Who did what, in order; each entry carries the hash of the one before, so that a gap shows. */
export const audit = sqliteTable('audit', {
  seq: integer().primaryKey(),
  at: integer({ mode: 'timestamp_ms' }).notNull(),
  /** `user:<id>`, `token:<id>`, `command line`, or `nobody`. */
  actor: text().notNull(),
  /** As a person knows the actor: an address of mail, a token's name. */
  actorName: text().notNull(),
  address: text().notNull(),
  action: text().notNull(),
  /** What it was done to. */
  subject: text().notNull(),
  outcome: text({ enum: ['done', 'denied', 'failed'] }).notNull(),
  /** JSON, without secrets. */
  details: text().notNull(),
  previousHash: text().notNull(),
  hash: text().notNull(),
})
