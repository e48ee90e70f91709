import { type ContentsEntry, nameOf } from '../rules/contents.ts'
import { partitionOf, relationTypes } from '../rules/selection.ts'

/** What an entry says of a partition. */
export interface PartOfPartition {
  /** The entry's type: `TABLE`, `ACL`, `INDEX`. */
  type: string
  /** The table at the root, `schema.table`. */
  root: string
}

/** The types of entries that belong to the table or index they depend on. */
const parts = ['ACL', 'COMMENT', 'CONSTRAINT', 'DEFAULT', 'INDEX', 'INDEX ATTACH', 'POLICY', 'ROW SECURITY']

interface Named {
  tables: { schema: string; name: string; root?: string | undefined }[]
  /** By `nameOf`. */
  objects: { name: string; partition?: PartOfPartition | undefined }[]
}

/** Says of tables and objects, where they are a partition's, which table is at its root. */
export function withPartitions<Found extends Named>(
  found: Found,
  ...contents: readonly (readonly ContentsEntry[])[]
): Found {
  const parts = new Map(contents.flatMap((entries) => [...partsOfPartitions(entries)]))
  return {
    ...found,
    tables: found.tables.map((table) => {
      const root = parts.get(`TABLE ${table.schema} ${table.name}`)?.root
      return root === undefined ? table : { ...table, root }
    }),
    objects: found.objects.map((object) => {
      const partition = parts.get(object.name)
      return partition === undefined ? object : { ...object, partition }
    }),
  }
}

/** What a dump has of partitions, by the entry's name as `nameOf` spells it. */
function partsOfPartitions(entries: readonly ContentsEntry[]): ReadonlyMap<string, PartOfPartition> {
  const tables = new Map(
    entries.filter(({ desc }) => relationTypes.includes(desc)).map((entry) => [entry.dumpId, entry]),
  )
  const parents = new Map<ContentsEntry, ContentsEntry>()
  const found = new Map<number, PartOfPartition>()
  const attached = entries.filter(({ desc }) => desc === 'TABLE ATTACH')
  for (const entry of attached) {
    const { child, parent } = partitionOf(entry, tables)
    if (child && parent) parents.set(child, parent)
  }
  const rootOf = (table: ContentsEntry): ContentsEntry => {
    const parent = parents.get(table)
    return parent ? rootOf(parent) : table
  }
  for (const child of parents.keys()) {
    const { namespace, tag } = rootOf(child)
    found.set(child.dumpId, { type: child.desc, root: `${namespace}.${tag}` })
  }
  const ofAnother = (entry: ContentsEntry) =>
    entry.dependencies.flatMap((id) => found.get(id) ?? []).at(0)?.root
  // What belongs to the index of a partition stands behind it.
  for (const entry of entries) {
    const root = parts.includes(entry.desc) || attached.includes(entry) ? ofAnother(entry) : undefined
    if (root !== undefined) found.set(entry.dumpId, { type: entry.desc, root })
  }
  return new Map(
    entries.flatMap((entry) => {
      const part = found.get(entry.dumpId)
      return part ? [[nameOf(entry), part]] : []
    }),
  )
}
