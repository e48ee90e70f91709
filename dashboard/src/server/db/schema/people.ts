import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Who signs in. */
export const users = sqliteTable('users', {
  id: text().primaryKey(),
  /** As it is compared: lower case. */
  email: text().notNull().unique(),
  name: text().notNull(),
  role: text({ enum: ['viewer', 'operator', 'admin'] }).notNull(),
  /** Groups of projects that the role is narrowed to; null where it is for all projects. */
  groups: text({ mode: 'json' }).$type<string[]>(),
  /** scrypt with its parameters and salt, see auth/passwords.ts; empty until a link was used to choose one. */
  passwordHash: text().notNull(),
  passwordChangedAt: integer({ mode: 'timestamp_ms' }).notNull(),
  /** Sealed; set once a code has been given that only its holder could know. */
  totpSecret: text(),
  /** The time step of the code used last: none is taken twice. */
  totpLastStep: integer(),
  /** Digests of the codes that are left for who has lost the app. */
  recoveryCodes: text({ mode: 'json' }).$type<string[]>(),
  /** Set where they may not sign in any more. */
  deactivatedAt: integer({ mode: 'timestamp_ms' }),
  createdAt: integer({ mode: 'timestamp_ms' }).notNull(),
})

/** Browsers that are signed in. */
export const sessions = sqliteTable(
  'sessions',
  {
    /** SHA-256 of the cookie's value: who reads the database cannot sign in with it. */
    tokenHash: text().primaryKey(),
    /** Names the session on screens. */
    id: text().notNull().unique(),
    userId: text()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    createdAt: integer({ mode: 'timestamp_ms' }).notNull(),
    lastSeenAt: integer({ mode: 'timestamp_ms' }).notNull(),
    expiresAt: integer({ mode: 'timestamp_ms' }).notNull(),
    address: text().notNull(),
    userAgent: text().notNull(),
  },
  (table) => [index('sessions_user').on(table.userId)],
)

/** For programs: `Authorization: Bearer`. */
export const tokens = sqliteTable('tokens', {
  id: text().primaryKey(),
  name: text().notNull(),
  tokenHash: text().notNull().unique(),
  role: text({ enum: ['viewer', 'operator', 'admin'] }).notNull(),
  /** As with users. */
  groups: text({ mode: 'json' }).$type<string[]>(),
  createdAt: integer({ mode: 'timestamp_ms' }).notNull(),
  expiresAt: integer({ mode: 'timestamp_ms' }),
  lastUsedAt: integer({ mode: 'timestamp_ms' }),
  /** As people know them. */
  createdBy: text().notNull().default('command line'),
})

/** One-time links by which somebody chooses a password. */
export const passwordLinks = sqliteTable('password_links', {
  tokenHash: text().primaryKey(),
  userId: text()
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' }),
  expiresAt: integer({ mode: 'timestamp_ms' }).notNull(),
})

/** One-time links: the one of the first run. */
export const setUpLinks = sqliteTable('set_up_links', {
  tokenHash: text().primaryKey(),
  createdAt: integer({ mode: 'timestamp_ms' }).notNull(),
})

/** Failed attempts to sign in, by account and by address, as long as they count. */
export const failedSignIns = sqliteTable(
  'failed_sign_ins',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    /** `account:` with a digest of the address of mail, or `address:` with that of the network. */
    key: text().notNull(),
    at: integer({ mode: 'timestamp_ms' }).notNull(),
  },
  (table) => [index('failed_sign_ins_key').on(table.key, table.at)],
)
