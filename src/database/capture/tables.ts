import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { type Finding, finding } from '../../common/findings.ts'
import { writeJsonl } from '../../common/jsonl.ts'
import type { Log } from '../../common/log.ts'
import { createProgress } from '../../common/progress.ts'
import type { Snapshot } from '../connect/snapshot.ts'
import { hashTables } from '../facts/row-hashes.ts'
import { alteredTables, type ListedTable, rewrittenTables, type Table, tables } from '../facts/tables.ts'
import type { Dump } from './dump.ts'

/** Connections that hash rows. */
const hashConnections = 2

export interface MeasuredTables {
  tables: Table[]
  /** Those of which no query can be planned, since an index of theirs calls a function that fails. */
  uncounted: ReadonlySet<number>
}

/** Counts and hashes every table of the list in the snapshot. */
export async function measureTables(
  snapshot: Snapshot,
  list: readonly ListedTable[],
  log: Log,
): Promise<MeasuredTables> {
  const totalBytes = list.reduce((sum, { bytes }) => sum + bytes, 0)
  const progress = createProgress(log, 'hashing rows', {
    component: 'database',
    unit: 'tables',
    total: list.length,
    totalBytes,
  })
  const others = await Promise.all(Array.from({ length: hashConnections - 1 }, () => snapshot.connect()))
  const hashed = await hashTables({
    tables: list,
    clients: [snapshot.lead, ...others],
    renew: snapshot.renew,
    onHashed: (count, bytes) => progress.add(count, bytes),
  }).finally(() => progress.end())
  await Promise.all(others.map((client) => client.end()))
  return {
    tables: list.map((table) => ({ ...table, rows: 0, hash: null, ...hashed.get(table.oid) })),
    uncounted: new Set(
      list.filter(({ oid, populated }) => populated && !hashed.has(oid)).map(({ oid }) => oid),
    ),
  }
}

/**
 * Writes `tables.jsonl`, once the dump has ended. A table that was truncated or rewritten meanwhile is recorded as it
 * stands in the dump, and without a hash: dump and hash may have seen it at different times. So is one with other columns now.
 */
export async function recordTables(
  snapshot: Snapshot,
  directory: string,
  { tables: measured, uncounted }: MeasuredTables,
  dump: Dump,
): Promise<{ counts: Record<string, number>; findings: Finding[] }> {
  const rewritten = await rewrittenTables(snapshot.lead)
  const changedSince = rewritten.union(await alteredTables(snapshot.lead))
  const recorded: Table[] = []
  for (const table of measured) {
    const file = dump.tableFiles.get(table.oid)
    if (!changedSince.has(table.oid) && !uncounted.has(table.oid)) recorded.push(table)
    else
      recorded.push({
        ...table,
        hash: null,
        givenHash: undefined,
        orderedHash: undefined,
        rows: file ? await countRows(join(directory, 'dump', file)) : 0,
      })
  }
  await writeJsonl(
    join(directory, tables.file),
    recorded.map((table) => tables.row.parse(table)),
  )
  return {
    counts: { tables: recorded.length, rows: recorded.reduce((sum, { rows }) => sum + rows, 0) },
    findings: tableFindings(recorded, { rewritten, changedSince, uncounted }),
  }
}

/** @param known oids: of tables that were emptied or rewritten meanwhile, of all that were changed, of those whose rows cannot be read */
function tableFindings(
  recorded: readonly Table[],
  known: Record<'rewritten' | 'changedSince' | 'uncounted', ReadonlySet<number>>,
): Finding[] {
  const { rewritten, changedSince, uncounted } = known
  const changed = recorded.filter(({ oid, kind }) => changedSince.has(oid) && kind !== 'materialized view')
  const note = (severity: Finding['severity'], kind: string, message: string, about: readonly Table[]) => {
    if (about.length === 0) return []
    const names = about.map(({ schema, name }) => `${schema}.${name}`)
    return [finding({ component: 'database', severity, kind, message, names })]
  }
  return [
    ...note(
      'degraded',
      'table-emptied',
      'These tables were truncated, or rewritten by an ALTER TABLE, when the dump began: they are empty in it.',
      changed.filter(({ oid, rows }) => rows === 0 && rewritten.has(oid)),
    ),
    ...note(
      'note',
      'table-rewritten',
      'These tables were truncated, rewritten, or given other columns during the backup: a restore compares their row counts only.',
      changed.filter(({ rows }) => rows > 0),
    ),
    ...note(
      'note',
      'table-unhashed',
      'A row of these tables is longer than 1 GB as text: a restore compares their row counts only.',
      recorded.filter(
        ({ oid, rows, hash }) => hash === null && rows > 0 && !changedSince.has(oid) && !uncounted.has(oid),
      ),
    ),
    ...note(
      'degraded',
      'index-broken',
      'An index of these tables calls a function that fails, and with it every query of the table. The rows are in the backup; a restore compares their counts only, and has to leave that index out. Correct the function, or drop the index.',
      recorded.filter(({ oid }) => uncounted.has(oid)),
    ),
  ]
}

/** Rows of a data file: COPY writes each on one line, then a line `\\.` and two empty ones. */
async function countRows(path: string): Promise<number> {
  const newline = '\n'.charCodeAt(0)
  let lines = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes: Buffer = chunk
    for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) lines += 1
  }
  return lines - 3
}
