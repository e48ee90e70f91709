import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Projects that were taken out, as long as something of them can be put back: their env file, or secrets of theirs. */
export const removedProjects = sqliteTable('removed_projects', {
  /** As it was: no other project gets it meanwhile, so that what was sealed for it stays its own. */
  id: text().primaryKey(),
  name: text().notNull(),
  /** Where its env file was. */
  envFile: text().notNull(),
  /** Where it is now; null where it is gone. */
  keptAs: text(),
  removedAt: integer({ mode: 'timestamp_ms' }).notNull(),
  /** As people know them. */
  removedBy: text().notNull(),
})

/** Secrets, sealed as they were, that are not used any more: of removed projects all, of others those that archives may still need. */
export const formerCredentials = sqliteTable(
  'former_credentials',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    projectId: text().notNull(),
    /** The variable of the toolkit. */
    name: text().notNull(),
    sealed: text().notNull(),
    setAt: integer({ mode: 'timestamp_ms' }).notNull(),
    /** As people know them. */
    setBy: text().notNull(),
    /** Until when it was used. */
    keptAt: integer({ mode: 'timestamp_ms' }).notNull(),
  },
  (table) => [index('former_credentials_of_project').on(table.projectId)],
)
