import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { eq, getTableColumns, sql } from 'drizzle-orm'
import { toSnakeCase } from 'drizzle-orm/casing'
import type { Database } from '../db/open.ts'
import { runSums, runs } from '../db/schema/index.ts'
import { indexVersion, type RunRow, readReportRow } from './reports.ts'
import { sumRuns } from './sum-runs.ts'

/** So many reports are read before they are written to the index: what is in memory at once. */
const atOnce = 200

/** A directory that was changed so lately may be changed again without its time showing it. */
const settledMs = 2000

/** Where a project's reports lie, and what was seen of it last. */
export interface Indexed {
  projectId: string
  /** `runs/` in its state directory. */
  directory: string
  /** Time of the directory when everything in it was in the index; 0 at first. */
  seen: number
}

/**
 * Takes in what is new in a project's directory of reports. Where nothing is, that costs one look at the directory.
 * @returns the ids of the runs that were taken in
 */
export async function indexRuns(database: Database, indexed: Indexed, now = Date.now()): Promise<string[]> {
  const found = await stat(indexed.directory).catch(() => undefined)
  if (found === undefined || found.mtimeMs === indexed.seen) return []
  const names = await readdir(indexed.directory)
  const fresh = await unknownFiles(database, indexed, names)
  const taken: string[] = []
  for (let from = 0; from < fresh.length; from += atOnce) {
    const rows: RunRow[] = []
    for (const file of fresh.slice(from, from + atOnce)) {
      const row = await readReportRow({ ...indexed, file })
      if (row !== undefined) rows.push(row)
    }
    taken.push(...rows.map(({ runId }) => runId))
    const isLast = from + atOnce >= fresh.length
    // With the last of them, or else sums that a sudden end has kept from being made would be missed until the next run.
    database.$client.transaction(() => {
      write(database, rows)
      if (isLast && taken.length > 0) sumRuns(database, indexed.projectId, now)
    })()
    // Whoever asks in between is answered.
    await setImmediate()
  }
  if (now - found.mtimeMs > settledMs) indexed.seen = found.mtimeMs
  return taken
}

/** Files that are not in the index, and those that could not be read and have changed since. */
async function unknownFiles(database: Database, { projectId, directory }: Indexed, names: string[]) {
  const known = new Map(
    database
      .select({
        ...{ file: runs.file, state: runs.state, version: runs.indexVersion },
        ...{ bytes: runs.fileBytes, modified: runs.fileModified },
      })
      .from(runs)
      .where(eq(runs.projectId, projectId))
      .all()
      .map((row) => [row.file, row] as const),
  )
  const fresh: string[] = []
  for (const name of names.filter((file) => file.endsWith('.json')).sort()) {
    const row = known.get(name)
    if (row === undefined || row.version < indexVersion) fresh.push(name)
    else if (row.state !== 'read') {
      const found = await stat(join(directory, name)).catch(() => undefined)
      if (found && (found.size !== row.bytes || Math.trunc(found.mtimeMs) !== row.modified)) fresh.push(name)
    }
  }
  return fresh
}

/** One statement for all of them: to make and to read that of many rows takes longer than to run it. */
function write(database: Database, rows: RunRow[]): void {
  const columns = Object.entries(getTableColumns(runs))
  const names = columns.map(([key]) => toSnakeCase(key)).join(', ')
  const client = database.$client
  const insert = client.prepare(
    `insert or replace into runs (${names}) values (${columns.map(() => '?').join(', ')})`,
  )
  client.transaction(() => {
    for (const row of rows) {
      const values = new Map<string, unknown>(Object.entries(row))
      insert.run(
        columns.map(([key, column]) => {
          const value = values.get(key) ?? column.default ?? null
          return value === null ? null : column.mapToDriverValue(value)
        }),
      )
    }
  })()
}

/** Forgets the index of runs: the files say it all again. */
export function clearIndex(database: Database): number {
  database.delete(runSums).run()
  return database.delete(runs).where(sql`true`).run().changes
}
