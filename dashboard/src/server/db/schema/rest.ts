import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Requests that came with an `Idempotency-Key`, and what they were answered with, for a day. */
export const idempotentRequests = sqliteTable(
  'idempotent_requests',
  {
    /** `token:<id>` or `user:<id>`: a key is of whoever chose it. */
    actor: text().notNull(),
    key: text().notNull(),
    /** SHA-256 of method, address and body. */
    requestHash: text().notNull(),
    /** Null as long as it is not known what came of it. */
    status: integer(),
    location: text(),
    /** Sealed: an answer may hold a token, which is shown once. */
    sealedBody: text(),
    at: integer({ mode: 'timestamp_ms' }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.actor, table.key] }),
    index('idempotent_requests_time').on(table.at),
  ],
)
