import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { projects } from './projects.ts'

/** Secrets of projects, sealed; see services/credentials.ts. */
export const credentials = sqliteTable(
  'credentials',
  {
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    /** The variable of the toolkit. */
    name: text().notNull(),
    sealed: text().notNull(),
    setAt: integer({ mode: 'timestamp_ms' }).notNull(),
    /** As people know them. */
    setBy: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.projectId, table.name] })],
)
