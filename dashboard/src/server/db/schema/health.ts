import { index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { projects } from './projects.ts'

/** What checks of projects found, as `backup.sh --check` told it. */
export const healthChecks = sqliteTable(
  'health_checks',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    at: integer({ mode: 'timestamp_ms' }).notNull(),
    seconds: real().notNull(),
    /** Who asked for it, as people know them. */
    by: text().notNull(),
    failures: integer().notNull(),
    warnings: integer().notNull(),
    /** What was measured, where it could be. */
    databaseBytes: integer(),
    serverVersion: text(),
    /** JSON: each condition with status, subject, text, remedy. */
    conditions: text().notNull(),
  },
  (table) => [index('health_checks_of_project').on(table.projectId, table.id)],
)
