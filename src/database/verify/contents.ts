import type pg from 'pg'
import type { Snapshot } from '../connect/snapshot.ts'
import {
  hashTables,
  type LargeObject,
  listTables,
  readLargeObjects,
  readSequences,
  type Sequence,
  type Table,
} from '../facts/all.ts'
import { settableOfServices, settableRow } from '../restore/sequence-values.ts'
import {
  leftOutNames,
  recomputedName,
  recomputedNames,
  reorderedName,
  reorderedNames,
  type Weakening,
} from '../restore/weakened.ts'
import { isManagedSchema } from '../rules/platform.ts'
import { compareByName, type Difference } from './difference.ts'
import {
  equalAsGiven,
  equalAtRoot,
  equalReordered,
  type Measured,
  partitionRoots,
} from './partition-roots.ts'

/** Connections that hash rows at once, as at backup time. */
const hashConnections = 2

export interface TableComparison {
  differences: Difference[]
  /** Tables proven by their hash to hold what was recorded. */
  equal: Set<string>
  /** Materialized views that hold other rows: they were filled anew, and the origin's may have been stale. */
  refreshed: string[]
}

/** Of a restore without rows. */
export const noTables: TableComparison = { differences: [], equal: new Set(), refreshed: [] }

const nameOf = (table: { schema: string; name: string }) => `${table.schema}.${table.name}`

function rowsAndHash(rows: number, hash: string | null | undefined): string {
  return `${rows} rows${hash === null || hash === undefined ? '' : `, hash ${hash}`}`
}

/**
 * Compares tables by row count and hash.
 * @param expected the recorded tables that are restored
 * @param countedOnly tables whose columns differ on the target, so that the hash of a row cannot be the same
 * @param weakened what the restore named: of this, rows that were left out, and those that may differ in their generated columns or in
 *   the order of all
 */
export async function compareTables(
  snapshot: Snapshot,
  expected: readonly Table[],
  countedOnly: ReadonlySet<string>,
  weakened: readonly Weakening[] = [],
): Promise<TableComparison> {
  const [recomputed, reordered] = [recomputedNames(weakened), reorderedNames(weakened)]
  const wanted = new Map(expected.map((table) => [nameOf(table), table]))
  const listed = await listTables(snapshot.lead)
  const ours = listed.filter((table) => wanted.has(nameOf(table)) || !isManagedSchema(table.schema))
  const others = await Promise.all(Array.from({ length: hashConnections - 1 }, () => snapshot.connect()))
  const hashed = await hashTables({
    tables: ours,
    clients: [snapshot.lead, ...others],
    renew: snapshot.renew,
  })
  await Promise.all(others.map((client) => client.end()))
  const comparison: TableComparison = {
    differences: [],
    equal: new Set(),
    refreshed: [],
  }
  const actual = new Map(ours.map((table) => [nameOf(table), hashed.get(table.oid)]))
  const left = leftOutNames(weakened)
  const withoutRows = new Set(ours.filter((table) => left.has(recomputedName(table))).map(nameOf))
  for (const name of new Set([...wanted.keys(), ...actual.keys()])) {
    const table = wanted.get(name)
    const found = actual.has(name) ? (actual.get(name) ?? { rows: 0, hash: null }) : undefined
    if (table === undefined && found?.rows === 0 && withoutRows.has(name)) continue
    const byHash = table?.hash !== null && found?.hash !== null && !countedOnly.has(name)
    const left = table ? rowsAndHash(table.rows, byHash ? table.hash : null) : null
    const right = found ? rowsAndHash(found.rows, byHash ? found.hash : null) : null
    if (left === right) {
      if (byHash) comparison.equal.add(name)
      continue
    }
    if (table && recomputed.has(recomputedName(table)) && equalAsGiven(table, found)) continue
    if (table && reordered.has(reorderedName(table)) && equalReordered(table, found)) continue
    if (table?.kind === 'materialized view' && found) comparison.refreshed.push(name)
    else comparison.differences.push({ kind: 'table', name, expected: left, actual: right })
  }
  return { ...comparison, differences: await withoutMoved(snapshot, comparison.differences, wanted, actual) }
}

/** Rows of a partitioned table are compared at its root: in which partition one belongs may depend on the server. */
async function withoutMoved(
  snapshot: Snapshot,
  differences: readonly Difference[],
  expected: ReadonlyMap<string, Measured>,
  actual: ReadonlyMap<string, Measured | undefined>,
): Promise<Difference[]> {
  const roots =
    differences.length === 0
      ? new Map()
      : await partitionRoots((sql) => snapshot.lead.query(sql).then(({ rows }) => rows))
  const found = [...actual].flatMap(([name, measured]) => (measured ? [[name, measured] as const] : []))
  const differing = differences.map(({ name }) => name)
  const moved = equalAtRoot(differing, roots, expected, new Map(found))
  return differences.filter(({ name }) => !moved.has(name))
}

/**
 * Compares sequences. Those of the platform may be ahead, for they are never moved back; and of these only the ones count
 * that a restore may set.
 */
export async function compareSequences(
  client: pg.Client,
  expected: readonly Sequence[],
): Promise<Difference[]> {
  const actual = await Array.fromAsync(readSequences(client))
  const text = ({ lastValue, isCalled }: Sequence) => `${lastValue}${isCalled ? '' : ', not called yet'}`
  const users = (list: readonly Sequence[]) =>
    list
      .filter(({ schema }) => !isManagedSchema(schema))
      .map((sequence) => [nameOf(sequence), text(sequence)] as const)
  const byName = new Map(actual.map((sequence) => [nameOf(sequence), sequence]))
  const { rows } = await client.query(settableOfServices)
  const settable = new Set(rows.map((row) => settableRow.parse(row).name))
  const behind = expected.flatMap((sequence): Difference[] => {
    const found = byName.get(nameOf(sequence))
    if (!settable.has(nameOf(sequence)) || found === undefined) return []
    if (BigInt(found.lastValue) >= BigInt(sequence.lastValue)) return []
    return [{ kind: 'sequence', name: nameOf(sequence), expected: text(sequence), actual: text(found) }]
  })
  return [...compareByName('sequence', users(expected), users(actual)), ...behind]
}

/** Compares large objects by size, contents, owner, privileges and comment. */
export async function compareLargeObjects(
  client: pg.Client,
  expected: readonly LargeObject[],
): Promise<Difference[]> {
  const actual = await Array.fromAsync(readLargeObjects(client))
  const described = (list: readonly LargeObject[]) =>
    list.map(({ oid, owner, bytes, hash, acl, comment }) => {
      // The owner's own entry appears once anything is granted.
      const grants = acl ?? []
      const lines = [
        `${bytes} bytes, hash ${hash}`,
        `owner ${owner}`,
        `grants ${grants.join(', ')}`,
        `comment ${comment ?? ''}`,
      ]
      return [String(oid), lines.join('\n')] as const
    })
  return compareByName('large object', described(expected), described(actual))
}
