import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { Problem } from '../problem.ts'

/**
 * Takes a dashboard's directory for this process, so that no second one runs on it. The lock is the kernel's, held by SQLite on a
 * file of its own: it goes with the process, however that ends.
 * @returns lets go of it
 * @throws Problem DASHBOARD_RUNNING
 */
export function lockDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, 'lock')
  const client = new Sqlite(path, { timeout: 0 })
  chmodSync(path, 0o600)
  try {
    client.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    client.close()
    if (!(error instanceof Sqlite.SqliteError) || error.code !== 'SQLITE_BUSY') throw error
    throw new Problem({
      status: 409,
      code: 'DASHBOARD_RUNNING',
      message: `Another dashboard runs on ${directory}.`,
      suggestion: 'Use that one, or end it; a second one needs a directory of its own: --directory DIR.',
    })
  }
  return () => client.close()
}
