import { type AnySQLiteColumn, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { projects } from './projects.ts'

/** What is to be run when. */
export const schedules = sqliteTable(
  'schedules',
  {
    id: text().primaryKey(),
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    /** What it runs, and how: JSON, see services/schedules/plan.ts. */
    plan: text().notNull(),
    /** Null where it runs after another. */
    cron: text(),
    timeZone: text().notNull(),
    /** Runs when a run of this one has ended; with neither this nor `cron`, what it ran after was removed. */
    afterId: text().references((): AnySQLiteColumn => schedules.id, { onDelete: 'set null' }),
    afterOutcome: text({ enum: ['success', 'any'] })
      .notNull()
      .default('success'),
    /** `22:00`: a run begins in this part of a day only; null for any time. */
    windowFrom: text(),
    windowTo: text(),
    isPaused: integer({ mode: 'boolean' }).notNull(),
    /** When it is due next: kept, so that what was missed is caught up. */
    nextAt: integer({ mode: 'timestamp_ms' }),
    /** What the clock said when `nextAt` was worked out: by it a clock that was put back shows. */
    workedOutAt: integer({ mode: 'timestamp_ms' }).notNull(),
    /** It was due outside of its window, which opens then. */
    heldUntil: integer({ mode: 'timestamp_ms' }),
    lastDueAt: integer({ mode: 'timestamp_ms' }),
    createdAt: integer({ mode: 'timestamp_ms' }).notNull(),
    /** As people know them. */
    createdBy: text().notNull(),
  },
  (table) => [
    index('schedules_of_project').on(table.projectId),
    index('schedules_by_time').on(table.nextAt),
    index('schedules_after').on(table.afterId),
  ],
)
