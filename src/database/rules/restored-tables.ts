import type { CatalogFacts } from '../facts/catalog-facts.ts'
import type { ManagedColumn } from '../restore/service-rows.ts'
import type { ContentsEntry } from './contents.ts'
import { dataSchemas } from './platform.ts'
import { decide } from './rules.ts'

/**
 * Tables whose rows go on changing after the restore of the database: an upload gives an object another version. They
 * are compared inside the restore's transaction; afterwards Storage's own verification compares what they say.
 */
const changedByStorage = ['objects', 'buckets']

/** Whether a table's rows are still as they were restored once Storage has been restored too. */
export function staysAsRestored({ schema, name }: { schema: string; name: string }): boolean {
  return schema !== 'storage' || !changedByStorage.includes(name)
}

/** The tables whose rows a restore brings: those with data entries the rules keep, and materialized views. */
export function restoredTables(
  recorded: CatalogFacts,
  entries: readonly ContentsEntry[],
): CatalogFacts['tables'] {
  const restored = new Set<number>()
  for (const { entry, action, rule } of decide(entries, recorded)) {
    // Secrets and cron jobs come back by calls of functions, and are compared as such.
    const byCalls = rule.id === 'vault-secrets' || rule.id === 'cron-jobs'
    const holdsRows = entry.desc === 'TABLE DATA' || entry.desc === 'MATERIALIZED VIEW'
    if (action !== 'drop' && holdsRows && !byCalls) restored.add(entry.catalog.oid)
  }
  return recorded.tables.filter(({ oid }) => restored.has(oid))
}

/**
 * Tables, materialized views included, and their rows as every report counts them: as the backup recorded them.
 * @param whole what the backup counted
 * @param part what of it was restored or compared
 * @param rest names the counts of the others, e.g. `NotCompared` for `tablesNotCompared`: both add up to the backup's
 */
export function countTables<Each extends { oid: number; rows: number }>(
  whole: readonly Each[],
  part: readonly Each[],
  rest: 'NotCopied' | 'NotCompared',
): Record<string, number> {
  const rowsOf = (tables: readonly Each[]) => tables.reduce((sum, { rows }) => sum + rows, 0)
  const done = new Set(part.map(({ oid }) => oid))
  const others = whole.filter(({ oid }) => !done.has(oid))
  return {
    tables: part.length,
    rows: rowsOf(part),
    [`tables${rest}`]: others.length,
    [`rows${rest}`]: rowsOf(others),
  }
}

/**
 * Leaves out empty tables of the services that the target does not have, or has closed to its role: those of a newer or
 * another version of a service, which nobody has used yet.
 */
export function withoutUnused<Each extends { schema: string; name: string; rows: number }>(
  tables: readonly Each[],
  targetColumns: readonly ManagedColumn[],
): Each[] {
  const there = new Set(targetColumns.map(({ schema, table }) => `${schema}.${table}`))
  return tables.filter(
    ({ schema, name, rows }) => rows > 0 || !dataSchemas.includes(schema) || there.has(`${schema}.${name}`),
  )
}

/** Tables of the services that have other columns, or in another order, than recorded: `schema.table`. */
export function differentlyBuilt(
  recorded: readonly ManagedColumn[],
  target: readonly ManagedColumn[],
): Set<string> {
  const layouts = (columns: readonly ManagedColumn[]) => {
    const layout = new Map<string, string>()
    for (const { schema, table, column, type } of columns) {
      const name = `${schema}.${table}`
      layout.set(name, `${layout.get(name) ?? ''}${JSON.stringify([column, type])}`)
    }
    return layout
  }
  const [left, right] = [layouts(recorded), layouts(target)]
  return new Set([...left.keys()].filter((name) => left.get(name) !== right.get(name)))
}
