import { index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { StartKind } from '../../runner/start-options.ts'

/** Projects: one env file each. What can be read again from the files is only kept for when they are gone. */
export const projects = sqliteTable('projects', {
  /** In addresses: the project's name, with a number where another env file has the same. */
  id: text().primaryKey(),
  name: text().notNull(),
  envFile: text().notNull().unique(),
  /** Where its runs leave what they say; empty until its configuration was read once. */
  stateDirectory: text().notNull(),
  logDirectory: text().notNull(),
  /** Which repository it has, as ingest/repository-identity.ts tells them apart; null until that is known. */
  repository: text(),
  /** Found in a configuration directory, or named by somebody. */
  origin: text({ enum: ['found', 'adopted'] }).notNull(),
  /** What it is for; null where nobody has said it. */
  environment: text({ enum: ['development', 'staging', 'production'] }),
  /** Since when no run of it is started from here; null where runs are. */
  inactiveSince: integer({ mode: 'timestamp_ms' }),
  addedAt: integer({ mode: 'timestamp_ms' }).notNull(),
})

/** Words on projects: groups, which say whose project it is and decide who sees it, and tags, which only help to find it. */
export const projectLabels = sqliteTable(
  'project_labels',
  {
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    kind: text({ enum: ['group', 'tag'] }).notNull(),
    label: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.projectId, table.kind, table.label] }),
    index('project_labels_by_label').on(table.kind, table.label),
  ],
)

/** The index of run reports, see ingest/: it can be made again from the files. */
export const runs = sqliteTable(
  'runs',
  {
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    runId: text().notNull(),
    /** Name of its report below runs/. */
    file: text().notNull(),
    /** `newer`: only a newer toolkit can read it; `damaged`: nobody can. Then only what its name tells is known. */
    state: text({ enum: ['read', 'newer', 'damaged'] }).notNull(),
    /** Why it could not be read, for people. */
    unreadable: text(),
    /** Of a report that could not be read: it is read again when these change. */
    fileBytes: integer(),
    fileModified: integer(),
    kind: text().notNull(),
    outcome: text(),
    startedAt: integer({ mode: 'timestamp_ms' }).notNull(),
    finishedAt: integer({ mode: 'timestamp_ms' }),
    seconds: real(),
    exitCode: integer(),
    archive: text(),
    target: text(),
    errorCode: text(),
    errorMessage: text(),
    /** Findings by severity. */
    degraded: integer().notNull().default(0),
    manual: integer().notNull().default(0),
    notes: integer().notNull().default(0),
    originalBytes: integer(),
    compressedBytes: integer(),
    newBytes: integer(),
    repositoryBytes: integer(),
    archiveSeconds: real(),
    bytesFetched: integer(),
    /** JSON: what was proved, see `proofSchema`. */
    proof: text(),
    indexVersion: integer().notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.projectId, table.file] }),
    index('runs_by_id').on(table.projectId, table.runId),
    index('runs_by_time').on(table.projectId, table.startedAt),
    index('runs_of_kind').on(table.kind, table.startedAt),
    index('runs_by_start').on(table.startedAt),
  ],
)

/** What was asked for here: runs that wait for their turn, what became of one that left no report, and answers that no file has. */
export const launches = sqliteTable(
  'launches',
  {
    runId: text().primaryKey(),
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    /** A kind of `StartOptions`. */
    kind: text().$type<StartKind>().notNull(),
    /** JSON of what was asked for; nothing in it is secret. */
    options: text().notNull().default('{}'),
    /** JSON of settings that go before the env file's for this run; nothing in it is secret. */
    settings: text(),
    /** Who asked for it, as people know them. */
    startedBy: text().notNull(),
    /** When it was asked for. */
    startedAt: integer({ mode: 'timestamp_ms' }).notNull(),
    /** When its turn came. */
    begunAt: integer({ mode: 'timestamp_ms' }),
    /** It is not to begin any more after this. */
    notAfter: integer({ mode: 'timestamp_ms' }),
    /** The schedule that asked for it. */
    scheduleId: text(),
    /** Whether what a schedule has to run after it was asked for. */
    isFollowed: integer({ mode: 'boolean' }).notNull().default(false),
    cancelledBy: text(),
    /**
     * `queued`; `started`; `ended` with a report; `answered`, with what is in `answer`; `refused` before it began, for the reason in
     * `problem`; `skipped` as ONLY_IF said, or for the reason in `problem`; `cancelled` before its turn came; `lost`: the dashboard ended
     * before it knew.
     */
    state: text({
      enum: ['queued', 'started', 'ended', 'answered', 'refused', 'skipped', 'cancelled', 'lost'],
    }).notNull(),
    /** JSON of the toolkit's error. */
    problem: text(),
    /** JSON of what a script answered that makes no report: a preview, a check of a backup's files. Only the newest are kept. */
    answer: text(),
  },
  (table) => [
    index('launches_of_project').on(table.projectId, table.startedAt),
    index('launches_by_state').on(table.state),
    index('launches_of_schedule').on(table.scheduleId, table.startedAt),
  ],
)
