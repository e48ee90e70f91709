import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { AlertEvent, RuleInput } from '../../services/alerts/rules.ts'

/** Where alerts are told. */
export const alertChannels = sqliteTable('alert_channels', {
  id: text().primaryKey(),
  name: text().notNull(),
  kind: text({
    enum: ['mail', 'webhook', 'slack', 'discord', 'teams', 'ntfy', 'pagerduty', 'healthchecks'],
  }).notNull(),
  /** What of it is no secret, see services/alerts/channel-kinds.ts. */
  settings: text({ mode: 'json' }).$type<Record<string, unknown>>().notNull(),
  /** Host or addresses that it leads to, which may be shown. */
  goesTo: text().notNull(),
  /** JSON of its secrets, sealed; null where the key that opens them was lost. */
  secrets: text(),
  secretNames: text({ mode: 'json' }).$type<string[]>().notNull(),
  secretsSetAt: integer({ mode: 'timestamp_ms' }).notNull(),
  createdAt: integer({ mode: 'timestamp_ms' }).notNull(),
})

/** What is told of, of which projects, and where. */
export const alertRules = sqliteTable('alert_rules', {
  id: text().primaryKey(),
  rule: text({ mode: 'json' }).$type<RuleInput>().notNull(),
  createdAt: integer({ mode: 'timestamp_ms' }).notNull(),
})

/** What rules have found: open until its cause is gone. */
export const alerts = sqliteTable(
  'alerts',
  {
    id: text().primaryKey(),
    ruleId: text().references(() => alertRules.id, { onDelete: 'set null' }),
    ruleName: text().notNull(),
    event: text().$type<AlertEvent>().notNull(),
    /** Of a project that may be gone since; null where it is of the machine. */
    projectId: text(),
    projectName: text(),
    /** Rule, project and what it is about: of what is open there is one. Null once it is over. */
    openKey: text(),
    subject: text().notNull(),
    text: text().notNull(),
    severity: text({ enum: ['critical', 'warning'] }).notNull(),
    openedAt: integer({ mode: 'timestamp_ms' }).notNull(),
    resolvedAt: integer({ mode: 'timestamp_ms' }),
    acknowledgedAt: integer({ mode: 'timestamp_ms' }),
    /** As people know them. */
    acknowledgedBy: text(),
    /** When it was told last, or is to be after quiet hours: from then on its rule counts until it is told again. */
    toldAt: integer({ mode: 'timestamp_ms' }).notNull(),
    /** What its `openKey` is or was; null of one that an earlier version wrote. */
    cause: text(),
    /** When its cause came, also that of the alerts before it: the last times only, milliseconds since 1970, the newest last. */
    cameAt: text({ mode: 'json' }).$type<number[]>().notNull().default([]),
    /** Since when its cause comes and goes again and again; null where it does not, see services/alerts/flapping.ts. */
    flappingSince: integer({ mode: 'timestamp_ms' }),
    /** Of one that flaps, whose cause is not there just now: since when. */
    goneAt: integer({ mode: 'timestamp_ms' }),
  },
  (table) => [
    uniqueIndex('alerts_open').on(table.openKey),
    index('alerts_of_cause').on(table.cause, table.openedAt),
    index('alerts_of_rule').on(table.ruleId),
    index('alerts_by_time').on(table.openedAt),
  ],
)

/** Each message to a channel, with what was answered. */
export const alertDeliveries = sqliteTable(
  'alert_deliveries',
  {
    /** The same each time it is tried, so that a receiver knows it again. */
    id: text().primaryKey(),
    /** Null of a test. */
    alertId: text().references(() => alerts.id, { onDelete: 'cascade' }),
    channelId: text().references(() => alertChannels.id, { onDelete: 'set null' }),
    channelName: text().notNull(),
    what: text({ enum: ['opened', 'repeated', 'acknowledged', 'resolved', 'test'] }).notNull(),
    /**
     * `sending`: an attempt is under way, or was when the dashboard ended; `dropped`: before its time came there was nothing to be told
     * any more.
     */
    state: text({ enum: ['waiting', 'sending', 'delivered', 'failed', 'dropped'] }).notNull(),
    /** Also the one under way. */
    attempts: integer().notNull(),
    /** An attempt before the last, or that, may have arrived although nobody said so. */
    mayHaveArrived: integer({ mode: 'boolean' }).notNull().default(false),
    /** When it is tried next: later after a failure, and after quiet hours. */
    nextAt: integer({ mode: 'timestamp_ms' }).notNull(),
    /** Of the last attempt: the status and the beginning of the answer, or why there was none; secrets masked. */
    answer: text(),
    createdAt: integer({ mode: 'timestamp_ms' }).notNull(),
    deliveredAt: integer({ mode: 'timestamp_ms' }),
  },
  (table) => [
    index('alert_deliveries_by_state').on(table.state, table.nextAt),
    index('alert_deliveries_of_alert').on(table.alertId),
    index('alert_deliveries_of_channel').on(table.channelId, table.createdAt),
    index('alert_deliveries_by_time').on(table.createdAt),
  ],
)
