import { index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { projects } from './projects.ts'

/** What the runs of each project came to, by day and by week: made of `runs`, so that a year of many projects is summed at once. */
export const runSums = sqliteTable(
  'run_sums',
  {
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    /** Days are kept as long as they are shown as such. */
    unit: text({ enum: ['day', 'week'] }).notNull(),
    /** Milliseconds of its beginning, UTC; weeks begin on Mondays. */
    start: integer().notNull(),
    kind: text().notNull(),
    good: integer().notNull(),
    degraded: integer().notNull(),
    failed: integer().notNull(),
    unreadable: integer().notNull(),
    /** Of those that ended with what they are for, good or degraded. */
    seconds: real().notNull(),
    longestSeconds: real().notNull(),
    /** Of backups that made an archive: how many, their time, and what they held. */
    archives: integer().notNull(),
    archiveRunSeconds: real().notNull(),
    originalBytes: integer().notNull(),
    compressedBytes: integer().notNull(),
    newBytes: integer().notNull(),
    bytesFetched: integer().notNull(),
    /** How much larger the repository was at its end than at that of the one before: summed up, they are its size. */
    repositoryDelta: integer().notNull(),
    /** Of the last backup in it that told the size of its repository: that size, and when it began; null where none did. */
    repositoryBytes: integer(),
    sizedAt: integer(),
    lastAt: integer().notNull(),
    lastGoodAt: integer(),
  },
  (table) => {
    // With what is summed, in the order in which it is: then neither the table is read nor anything sorted.
    const summed = [
      ...[table.good, table.degraded, table.failed, table.unreadable, table.seconds, table.longestSeconds],
      ...[table.archiveRunSeconds, table.originalBytes, table.compressedBytes, table.newBytes],
      ...[table.bytesFetched, table.repositoryDelta, table.lastGoodAt],
    ]
    return [
      primaryKey({ columns: [table.unit, table.start, table.projectId, table.kind] }),
      index('run_sums_of_project').on(table.projectId),
      index('run_sums_by_start').on(table.unit, table.start, table.kind, ...summed),
      index('run_sums_by_project').on(
        ...([table.unit, table.projectId, table.kind, table.start] as const),
        ...summed,
        ...[table.repositoryBytes, table.sizedAt],
      ),
    ]
  },
)
