import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Finding, finding } from '../common/findings.ts'
import { writeJsonl } from '../common/jsonl.ts'
import type { Log } from '../common/log.ts'
import { createProgress } from '../common/progress.ts'
import { largeObjects, readLargeObject, readLargeObjects } from './facts/large-objects.ts'
import { readSequences, sequences } from './facts/sequences.ts'
import { hashTables, type ListedTable, type Table, tables } from './facts/tables.ts'
import type { Snapshot } from './snapshot.ts'

/** Connections that hash rows: two use two cores of the server, and leave the pool to the application. */
const hashConnections = 2

export interface CapturedContents {
  counts: Record<string, number>
  findings: Finding[]
}

/** Counts and hashes tables in the snapshot, into `tables.jsonl`. */
export async function captureTables(
  snapshot: Snapshot,
  list: readonly ListedTable[],
  directory: string,
  log: Log,
): Promise<CapturedContents> {
  const totalBytes = list.reduce((sum, { bytes }) => sum + bytes, 0)
  const progress = createProgress(log, 'hashing rows', { unit: 'tables', total: list.length, totalBytes })
  const others = await Promise.all(Array.from({ length: hashConnections - 1 }, () => snapshot.connect()))
  const hashed = await hashTables({
    tables: list,
    clients: [snapshot.lead, ...others],
    renew: snapshot.renew,
    onHashed: (count, bytes) => progress.add(count, bytes),
  }).finally(() => progress.end())
  await Promise.all(others.map((client) => client.end()))
  const rows = list.map(({ populated: _, ...table }): Table => {
    const { rows = 0, hash = null } = hashed.get(table.oid) ?? {}
    return { ...table, rows, hash }
  })
  await writeJsonl(join(directory, tables.file), rows)
  const unhashed = list.filter(({ oid, populated }) => populated && hashed.get(oid)?.hash === null)
  return {
    counts: { tables: rows.length, rows: rows.reduce((sum, table) => sum + table.rows, 0) },
    findings:
      unhashed.length === 0
        ? []
        : [
            finding({
              component: 'database',
              severity: 'note',
              kind: 'table-unhashed',
              message:
                'A row of these tables is longer than 1 GB as text: they are in the dump, but a restore can only compare their row counts.',
              names: unhashed.map(({ schema, name }) => `${schema}.${name}`),
            }),
          ],
  }
}

/** Reads the state of every sequence, into `sequences.jsonl`. */
export async function captureSequences(snapshot: Snapshot, directory: string): Promise<CapturedContents> {
  const rows = await Array.fromAsync(readSequences(snapshot.lead))
  await writeJsonl(join(directory, sequences.file), rows)
  return { counts: { sequences: rows.length }, findings: [] }
}

/**
 * Hashes every large object the role can read, into `large-objects.jsonl`; with `copy` also their bytes, to
 * `large-objects/<oid>`, for a dump that had to leave large objects out.
 */
export async function captureLargeObjects(
  snapshot: Snapshot,
  directory: string,
  options: { copy: boolean },
): Promise<CapturedContents> {
  const counts = { largeObjects: 0, largeObjectBytes: 0 }
  const oids: number[] = []
  await writeJsonl(
    join(directory, largeObjects.file),
    (async function* () {
      for await (const row of readLargeObjects(snapshot.lead)) {
        counts.largeObjects += 1
        counts.largeObjectBytes += row.bytes
        if (options.copy) oids.push(row.oid)
        yield row
      }
    })(),
  )
  if (options.copy) {
    await mkdir(join(directory, 'large-objects'), { mode: 0o700 })
    for (const oid of oids)
      await pipeline(
        readLargeObject(snapshot.lead, oid),
        createWriteStream(join(directory, 'large-objects', String(oid)), { mode: 0o600, flush: true }),
      )
  }
  return { counts, findings: [] }
}
