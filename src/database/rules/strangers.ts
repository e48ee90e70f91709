import { type Finding, finding } from '../../common/findings.ts'
import { describeManagedObject } from '../capture/foreseen.ts'
import type { ManagedObject } from '../facts/all.ts'
import type { CatalogFacts } from '../facts/catalog-facts.ts'
import type { Weakening } from '../restore/weakened.ts'
import { canBeWithout } from './can-be-without.ts'
import { type ContentsEntry, nameOf } from './contents.ts'
import { isManagedSchema } from './platform.ts'

/**
 * Objects of the user's among the platform's that the target does not have: role `postgres` may not create there, so that
 * they, and their rows, have no place.
 * @param present names of such objects at the target
 */
export function strangersOf(
  { managedObjects }: Pick<CatalogFacts, 'managedObjects'>,
  present: ReadonlySet<string>,
): ManagedObject[] {
  return managedObjects.filter(({ name }) => !present.has(name))
}

/**
 * What is made of the strangers, directly or not, and cannot be without them, in the order of the dump. A table or domain that
 * only calls them can: the restore makes it without what calls them.
 */
export function madeOfStrangers(
  strangers: readonly ManagedObject[],
  entries: readonly ContentsEntry[],
): ContentsEntry[] {
  const oids = new Map(strangers.map(({ catalog, oid }) => [`${catalog} ${oid}`, oid]))
  const isStranger = ({ catalog, desc }: ContentsEntry) =>
    oids.has(`${catalog.tableOid} ${catalog.oid}`) && desc !== 'TABLE DATA'
  const gone = new Set(entries.filter(isStranger).map(({ dumpId }) => dumpId))
  if (gone.size === 0) return []
  const dependents: ContentsEntry[] = []
  const byId = new Map(entries.map((entry) => [entry.dumpId, entry]))
  const goneOf = ({ dependencies }: ContentsEntry) =>
    dependencies.filter((id) => gone.has(id)).flatMap((id) => byId.get(id) ?? [])
  // Entries stand after what they are made of, but for a few that a second look finds.
  for (let before = -1; before < gone.size; ) {
    before = gone.size
    for (const entry of entries) {
      if (gone.has(entry.dumpId) || !entry.dependencies.some((id) => gone.has(id))) continue
      if (keepsRowsFromSomebody(entry) && !isOfTableGone(entry, gone, entries)) continue
      if (goneOf(entry).every((on) => canBeWithout(entry, on))) continue
      gone.add(entry.dumpId)
      dependents.push(entry)
    }
  }
  return dependents
}

/** Without a restrictive policy people would see more than before: that is nothing to leave out unasked. */
function keepsRowsFromSomebody({ desc, defn }: ContentsEntry): boolean {
  return desc === 'POLICY' && defn.includes('AS RESTRICTIVE')
}

function isOfTableGone(
  { dependencies }: ContentsEntry,
  gone: ReadonlySet<number>,
  entries: readonly ContentsEntry[],
): boolean {
  return entries.some(
    ({ dumpId, desc }) => desc === 'TABLE' && gone.has(dumpId) && dependencies.includes(dumpId),
  )
}

/** What is recorded, without rows and values of tables and sequences that are left out. */
export function withoutContentsOf<Facts extends Pick<CatalogFacts, 'tables' | 'sequences'>>(
  recorded: Facts,
  strangers: readonly ManagedObject[],
  leftOut: readonly ContentsEntry[],
): Facts {
  const named = (type: string) =>
    new Set(leftOut.filter(({ desc }) => desc === type).map(({ namespace, tag }) => `${namespace}.${tag}`))
  const sequences = named('SEQUENCE')
  const tables = new Set([
    ...strangers.map(({ oid }) => oid),
    ...leftOut.filter(({ desc }) => /TABLE$|VIEW$/.test(desc)).map(({ catalog }) => catalog.oid),
  ])
  return {
    ...recorded,
    tables: recorded.tables.filter(({ oid }) => !tables.has(oid)),
    sequences: recorded.sequences.filter(({ schema, name }) => !sequences.has(`${schema}.${name}`)),
  }
}

/** What was left out for the lack of strangers, for the report and the verification. */
export function strangerWeakenings(leftOut: readonly ContentsEntry[]): Weakening[] {
  return leftOut
    .filter(
      ({ namespace, section, desc }) =>
        !(isManagedSchema(namespace) && desc !== 'POLICY' && desc !== 'TRIGGER') && section !== 'data',
    )
    .map((entry) => ({
      kind: 'left-out',
      name: nameOf(entry),
      reason: 'made of an object in a schema of the platform that the target lacks',
    }))
}

/** What a restore leaves out of them. */
export function strangerFindings(strangers: readonly ManagedObject[]): Finding[] {
  if (strangers.length === 0) return []
  const message =
    'These objects of your own stood in schemas of the platform, where the target lets nobody create any: they are left out, with what is made of them. Have them made there by a superuser before the restore, or move them into a schema of your own.'
  return [
    finding({
      ...{ component: 'database', severity: 'degraded', kind: 'objects-among-the-platforms', message },
      names: strangers.map(describeManagedObject),
    }),
  ]
}
