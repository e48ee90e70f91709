import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { projects } from './projects.ts'

/** What scripts have said of archives, which never change: asked once. It can be asked again at any time. */
export const archiveAnswers = sqliteTable(
  'archive_answers',
  {
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    /** Of which archive, or which two, and what was asked. */
    question: text().notNull(),
    answer: text().notNull(),
    usedAt: integer({ mode: 'timestamp_ms' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.projectId, table.question] })],
)

/** Restores that somebody has begun to put together: each step can be gone back to, also after a reload. */
export const restoreDrafts = sqliteTable(
  'restore_drafts',
  {
    id: text().primaryKey(),
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    /** Id of the user or token; nobody else sees it. */
    ownerId: text().notNull(),
    updatedAt: integer({ mode: 'timestamp_ms' }).notNull(),
    /** JSON of `RestoreDraft`. */
    state: text().notNull(),
  },
  (table) => [index('restore_drafts_of_owner').on(table.projectId, table.ownerId)],
)
