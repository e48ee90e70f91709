import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** What admins set for the whole dashboard; what is not in it is as services/settings.ts has it. */
export const settings = sqliteTable('settings', {
  name: text().primaryKey(),
  /** JSON. */
  value: text().notNull(),
  setAt: integer({ mode: 'timestamp_ms' }).notNull(),
})
