import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import { type Finding, finding } from '../../common/findings.ts'
import type { PsqlSession } from '../connect/psql.ts'
import { type SearchPath, withSearchPath } from '../connect/search-path.ts'
import {
  callsFunctions,
  givenColumns,
  hashedRow,
  hashQuery,
  literals,
  orderedColumns,
  type Table,
} from '../facts/all.ts'
import { differentlyBuilt, restoredTables, staysAsRestored, withoutUnused } from '../rules/restored-tables.ts'
import { quoteName } from '../sql/statements.ts'
import { compareByName, type Difference } from '../verify/difference.ts'
import { findOrphans } from '../verify/orphans.ts'
import {
  equalAsGiven,
  equalAtRoot,
  equalReordered,
  type Measured,
  partitionRoots,
} from '../verify/partition-roots.ts'
import { withoutLeftOut } from '../verify/weakened.ts'
import { findReordered } from './column-order.ts'
import type { Preparation } from './prepare.ts'
import { recomputedName, reorderedWeakening, type Weakening } from './weakened.ts'

const tablesPerQuery = 200
const differencesShown = 20

const relationRow = z.object({
  oid: z.coerce.number(),
  schema: z.string(),
  name: z.string(),
  callsFunctions: z.boolean(),
  given: z.string().nullable(),
  ordered: z.string().nullable(),
})

async function measure(
  session: PsqlSession,
  tables: readonly Table[],
  hashed: (name: string) => boolean,
  searchPath: SearchPath,
): Promise<Map<string, Measured>> {
  const measured = new Map<string, Measured>()
  for (let from = 0; from < tables.length; from += tablesPerQuery) {
    const part = tables.slice(from, from + tablesPerQuery)
    const relations = await session.rows(
      `SELECT c.oid, nspname::text AS schema, relname::text AS name,
          ${callsFunctions('c.oid')} AS "callsFunctions", ${givenColumns('c.oid')} AS given,
          ${orderedColumns('c.oid')} AS "ordered"
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
        WHERE (nspname, relname) IN (${part.map(({ schema, name }) => `(${literals([schema])}, ${literals([name])})`).join(', ')})`,
      relationRow,
    )
    const byOid = new Map(relations.map((relation) => [relation.oid, `${relation.schema}.${relation.name}`]))
    for (const hash of [true, false])
      for (const underUsersPath of [false, true]) {
        const list = relations.filter(
          (table) =>
            hashed(`${table.schema}.${table.name}`) === hash && table.callsFunctions === underUsersPath,
        )
        if (list.length === 0) continue
        const query = () => session.rows(hashQuery(list, { hash, underUsersPath }), hashedRow)
        const rows = underUsersPath
          ? await withSearchPath(session, searchPath.definitions, query)
          : await query()
        for (const { oid, ...row } of rows) measured.set(byOid.get(oid) ?? '', row)
      }
  }
  return measured
}

function describe({ rows, hash }: Measured): string {
  return `${rows} rows${hash === null ? '' : `, hash ${hash}`}`
}

/**
 * Compares every restored table with the recorded count and hash, inside the transaction: a difference means that
 * nothing is committed.
 * @param options.hash false only counts most tables, for a target that is verified as a whole right afterwards
 * @returns findings about what is no fault of the restore, and tables whose generated columns hold other values, or whose
 *   columns stand in another order
 * @throws BackupError RESTORE_DIFFERS
 */
export async function checkRows(
  session: PsqlSession,
  { recorded, target, contents, searchPath, weakened }: Preparation,
  options: { hash: boolean },
): Promise<{ findings: Finding[]; weakened: Weakening[] }> {
  // A materialized view is filled anew, and the origin's may have been stale.
  const entries = withoutLeftOut(contents.entries, weakened)
  const tables = withoutUnused(restoredTables(recorded, entries), target.columns).filter(
    ({ kind }) => kind !== 'materialized view',
  )
  const countedOnly = differentlyBuilt(recorded.columns, target.columns)
  const byName = new Map(tables.map((table) => [`${table.schema}.${table.name}`, table]))
  const hashed = (name: string) => {
    const table = byName.get(name)
    if (table === undefined || table.hash === null || countedOnly.has(name)) return false
    return (
      options.hash ||
      !staysAsRestored(table) ||
      table.givenHash !== undefined ||
      table.orderedHash !== undefined
    )
  }
  const other = await checkTables(session, tables, hashed, searchPath)
  const reordered = await findReordered(session, entries, other)
  const orphans = await findOrphans((sql) => session.rows(sql, z.unknown()))
  return { findings: orphanFindings(orphans), weakened: [...other, ...reordered] }
}

/**
 * Compares tables with their recorded counts, and hashes where there is one and `isHashed` says so.
 * @returns those that differ in nothing but what PostgreSQL computed for its generated columns, or the order of all
 * @throws BackupError RESTORE_DIFFERS
 */
export async function checkTables(
  session: PsqlSession,
  tables: readonly Table[],
  isHashed: (name: string) => boolean,
  searchPath: SearchPath,
): Promise<Weakening[]> {
  const unknown = new Set(
    tables.filter(({ hash }) => hash === null).map(({ schema, name }) => `${schema}.${name}`),
  )
  const hashed = (name: string) => isHashed(name) && !unknown.has(name)
  const expected = new Map(
    tables.map(({ schema, name, rows, hash, givenHash, orderedHash }) => {
      const full = `${schema}.${name}`
      return [full, { rows, hash: hashed(full) ? hash : null, givenHash, orderedHash }] as const
    }),
  )
  const actual = await measure(session, tables, hashed, searchPath)
  const described = (all: ReadonlyMap<string, Measured>) =>
    [...all].map(([name, measured]) => [name, describe(measured)] as const)
  const differences = compareByName('table', described(expected), described(actual))
  const differing = new Set(differences.map(({ name }) => name))
  const differingBut = (isEqual: typeof equalAsGiven) =>
    tables.filter(({ schema, name }) => {
      const full = `${schema}.${name}`
      const wanted = expected.get(full)
      return differing.has(full) && wanted !== undefined && isEqual(wanted, actual.get(full))
    })
  const recomputed = differingBut(equalAsGiven)
  const reordered = differingBut(equalReordered).filter((table) => !recomputed.includes(table))
  const explained = [...recomputed, ...reordered]
  if (differences.length > explained.length)
    await refuseDifferent(session, differences, { explained, expected, actual })
  return [...(await recomputedWeakenings(session, recomputed)), ...reordered.map(reorderedWeakening)]
}

/** Compares partitions at their root, where they differ by themselves. @throws BackupError RESTORE_DIFFERS */
async function refuseDifferent(
  session: PsqlSession,
  all: readonly Difference[],
  about: {
    explained: readonly Table[]
    expected: ReadonlyMap<string, Measured>
    actual: ReadonlyMap<string, Measured>
  },
): Promise<void> {
  const { expected, actual } = about
  const explained = new Set(about.explained.map(({ schema, name }) => `${schema}.${name}`))
  const differences = all.filter(({ name }) => !explained.has(name))
  const roots = await partitionRoots((sql) => session.rows(sql, z.unknown()))
  const differing = differences.map(({ name }) => name)
  const moved = equalAtRoot(differing, roots, expected, actual)
  if (moved.size < differences.length) throw rowsDiffer(differences.filter(({ name }) => !moved.has(name)))
}

const generatedRow = z.object({
  schema: z.string(),
  name: z.string(),
  computed: z.array(z.string()),
  /** Those that were restored without what computes them. */
  leftOut: z.array(z.string()),
})

/** Names the generated columns of tables that came out with other values in them, and what settles it at the origin. */
async function recomputedWeakenings(session: PsqlSession, tables: readonly Table[]): Promise<Weakening[]> {
  if (tables.length === 0) return []
  const columns = (isMeant: string) =>
    `coalesce(json_agg(attname ORDER BY attnum) FILTER (WHERE ${isMeant}), '[]')`
  const isNull = `pg_catalog.pg_get_expr(adbin, adrelid) ~ '^\\(*NULL'`
  const rows = await session.rows(
    `SELECT nspname::text AS schema, relname::text AS name, ${columns(`NOT ${isNull}`)} AS computed, ${columns(isNull)} AS "leftOut"
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = attrelid
      JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum
      JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
      WHERE attgenerated <> '' AND NOT attisdropped
        AND (nspname, relname) IN (${tables.map(({ schema, name }) => `(${literals([schema])}, ${literals([name])})`).join(', ')})
      GROUP BY 1, 2 ORDER BY 1, 2`,
    generatedRow,
  )
  return rows.map(recomputedWeakening)
}

/** Where some of them were left out, these are why, and no statement gives them values before they are computed again. */
function recomputedWeakening({ schema, name, computed, leftOut }: z.infer<typeof generatedRow>): Weakening {
  const about = { kind: 'recomputed' as const, name: recomputedName({ schema, name }) }
  if (leftOut.length > 0)
    return { ...about, reason: `nulls in ${leftOut.join(', ')}, which was left out and is computed no more` }
  const set = computed.map((column) => `${quoteName(column)} = DEFAULT`).join(', ')
  const sql = `UPDATE ${quoteName(schema, name)} SET ${set}`
  return { ...about, sql, reason: `generated ${computed.join(', ')}; at the origin: ${sql}` }
}

/** Hashes say nothing to who reads it but that some value is another. */
function describeDifference({ name, expected, actual }: Difference): string {
  const [inBackup, restored] = [expected, actual].map((side) => side?.split(', hash ')[0] ?? 'no table')
  return inBackup === restored
    ? `${name}: ${inBackup}, as in the backup, but with other values`
    : `${name}: ${inBackup} in the backup, ${restored} restored`
}

function rowsDiffer(differences: readonly Difference[]): BackupError {
  return new BackupError({
    code: 'RESTORE_DIFFERS',
    message: `${differences.length} tables did not come out as the backup recorded them, so nothing was committed.`,
    detail: differences.slice(0, differencesShown).map(describeDifference).join('\n'),
    suggestion:
      'Check the backup with restore.sh --verify. If it is sound, triggers or defaults on the target changed the rows: please report this.',
    phase: 'database/check',
  })
}

/** Since every table equals its record, rows without their parent were so at the origin. */
function orphanFindings(orphans: readonly { name: string; rows: number }[]): Finding[] {
  if (orphans.length === 0) return []
  return [
    finding({
      component: 'database',
      severity: 'degraded',
      kind: 'orphans',
      message:
        'Rows of these foreign keys have no parent, as at the origin: account or object records there are damaged.',
      count: orphans.reduce((sum, { rows }) => sum + rows, 0),
      names: orphans.map(({ name, rows }) => `${name} (${rows})`),
    }),
  ]
}
