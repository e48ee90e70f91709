import { z } from 'zod'
import type { Query } from './orphans.ts'

const rootRow = z.object({ schema: z.string(), name: z.string(), partition: z.string() })

/** The partitioned table at the root of each partition that holds rows, by the partition's `schema.table`. */
export async function partitionRoots(
  query: Query,
): Promise<ReadonlyMap<string, { schema: string; name: string }>> {
  const rows = await query(
    `SELECT n.nspname || '.' || c.relname AS partition, rn.nspname::text AS schema, r.relname::text AS name
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_class r ON r.oid = pg_catalog.pg_partition_root(c.oid)
      JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
      WHERE c.relispartition AND c.relkind = 'r'`,
  )
  return new Map(
    rows.map((row) => {
      const { partition, ...root } = rootRow.parse(row)
      return [partition, root]
    }),
  )
}

/** Rows and hash of a table, which are sums over its rows. */
export interface Measured {
  rows: number
  /** In decimal; null where it is not known, or not compared. */
  hash: string | null
  /** Without the columns that PostgreSQL computes; where there are some, and it is known. */
  givenHash?: string | undefined
  /** With the columns in another order than the table's own; see `orderedColumns`. */
  orderedHash?: string | undefined
}

/** Whether two tables hold the same rows but for the values of columns that PostgreSQL computes itself. */
export function equalAsGiven(left: Measured, right: Measured | undefined): boolean {
  return left.givenHash !== undefined && left.givenHash === right?.givenHash && left.rows === right.rows
}

/** Whether two tables hold the same rows but for the order of their columns. */
export function equalReordered(left: Measured, right: Measured | undefined): boolean {
  return left.orderedHash !== undefined && left.orderedHash === right?.orderedHash && left.rows === right.rows
}

/**
 * Partitions that differ although all partitions of their root hold the same rows together. In which of them a row
 * belongs may depend on the server (a hash of an enum's value is one of its identifier), and PostgreSQL itself sees to it
 * that each is where it belongs.
 * @param differing names of tables, `schema.table`
 */
export function equalAtRoot(
  differing: readonly string[],
  roots: ReadonlyMap<string, { schema: string; name: string }>,
  expected: ReadonlyMap<string, Measured>,
  actual: ReadonlyMap<string, Measured>,
): ReadonlySet<string> {
  const rootOf = (name: string) => {
    const root = roots.get(name)
    return root && JSON.stringify([root.schema, root.name])
  }
  const equal = new Set<string>()
  for (const [root, names] of Map.groupBy(differing, rootOf)) {
    if (root === undefined) continue
    const ofRoot = (tables: ReadonlyMap<string, Measured>) =>
      sum([...tables].filter(([name]) => rootOf(name) === root).map(([, measured]) => measured))
    if (ofRoot(expected) === ofRoot(actual)) for (const name of names) equal.add(name)
  }
  return equal
}

function sum(tables: readonly Measured[]): string {
  const rows = tables.reduce((total, table) => total + table.rows, 0)
  const hashes = tables.flatMap(({ hash, orderedHash }) =>
    hash === null ? [] : [BigInt(orderedHash ?? hash)],
  )
  if (hashes.length < tables.length) return `${rows}`
  return `${rows} ${hashes.reduce((total, hash) => total + hash, 0n)}`
}
