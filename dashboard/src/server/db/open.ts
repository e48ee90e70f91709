import { chmodSync, existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'

export type Database = BetterSQLite3Database & { $client: Sqlite.Database }

const migrationsFolder = join(import.meta.dirname, 'migrations')

/** Opens the dashboard's database in its directory, both made where they are not there, and brings it up to date. */
export function openDatabase(directory: string): Database {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, 'dashboard.sqlite')
  const isNew = !existsSync(path)
  const client = new Sqlite(path)
  // Before anything is in it; its journal takes over the mode.
  if (isNew) chmodSync(path, 0o600)
  return prepare(client)
}

/** Opens the database to look into, as it is, beside a dashboard that runs. */
export function openToRead(directory: string): Database {
  const client = new Sqlite(join(directory, 'dashboard.sqlite'), { readonly: true, fileMustExist: true })
  client.pragma('busy_timeout = 5000')
  return drizzle(client, { casing: 'snake_case' })
}

/**
 * Puts a database that is damaged aside, where it can be looked at, before it is opened: what the files of projects say is then read
 * again, and all else is lost unless a backup of the dashboard is there.
 * @returns where it is now; undefined where it is whole, or not there
 */
export function putDamagedAside(directory: string, now = new Date()): string | undefined {
  const path = join(directory, 'dashboard.sqlite')
  if (!existsSync(path) || isWhole(path)) return undefined
  const aside = `${path}.damaged-${now.toISOString().replaceAll(/[-:]|\.\d+/g, '')}`
  for (const end of ['', '-wal', '-shm']) if (existsSync(path + end)) renameSync(path + end, aside + end)
  return aside
}

function isWhole(path: string): boolean {
  try {
    const client = new Sqlite(path)
    try {
      return client.pragma('quick_check(1)', { simple: true }) === 'ok'
    } finally {
      client.close()
    }
  } catch (error) {
    if (error instanceof Sqlite.SqliteError && /^SQLITE_(?:CORRUPT|NOTADB)/.test(error.code)) return false
    throw error
  }
}

function prepare(client: Sqlite.Database): Database {
  client.pragma('journal_mode = WAL')
  client.pragma('synchronous = NORMAL')
  client.pragma('foreign_keys = ON')
  // KiB of pages that it keeps for itself, beside the system's own cache: with the 16 MB that it would take nothing is answered sooner.
  client.pragma('cache_size = -6000')
  client.pragma('busy_timeout = 5000')
  const database = drizzle(client, { casing: 'snake_case' })
  migrate(database, { migrationsFolder })
  return database
}
