import type { PartialBackup } from '../../common/partial.ts'
import { type ContentsEntry, nameOf } from '../rules/contents.ts'
import { isManagedSchema } from '../rules/platform.ts'
import { isContents, requiredBy, type Selection, selectEntries } from '../rules/selection.ts'
import { leaveOutAsked } from './left-out.ts'

/** The schemas that a backup of chosen ones, or of rows alone, is of; undefined where it is of the whole database. */
function selectionOf(
  { type, schemas }: Pick<PartialBackup, 'type' | 'schemas'>,
  entries: readonly ContentsEntry[],
): Selection | undefined {
  if (schemas.length > 0) return { schemas, tables: [] }
  if (type !== 'data') return undefined
  const filled = entries.filter(({ desc }) => desc === 'TABLE DATA').map(({ namespace }) => namespace)
  return { schemas: [...new Set(filled)].filter((name) => !isManagedSchema(name)).sort(), tables: [] }
}

/** The entries of tables, views and sequences that were left out of a backup, as `nameOf` spells them. Tables of the platform are there without them. */
function notHeld(
  { excludedTables }: Pick<PartialBackup, 'excludedTables'>,
  entries: readonly ContentsEntry[],
): string[] {
  const excluded = new Set(
    excludedTables
      .filter(({ schema }) => !isManagedSchema(schema))
      .map(({ schema, name }) => JSON.stringify([schema, name])),
  )
  return entries
    .filter(
      ({ desc, namespace, tag }) =>
        relationTypes.includes(desc) && excluded.has(JSON.stringify([namespace, tag])),
    )
    .map(nameOf)
}

const relationTypes = ['TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW', 'SEQUENCE']

/** What of its dump a partial backup is of, with what that is made of. */
export async function entriesOfPart(
  partial: PartialBackup,
  entries: readonly ContentsEntry[],
): Promise<ReadonlySet<ContentsEntry>> {
  const left = leaveOutAsked(notHeld(partial, entries), entries).entries
  const selection = selectionOf(partial, entries)
  const selected = selection === undefined ? new Set(entries) : await selectEntries(entries, selection)
  const wanted = selected.union(requiredBy(selected, entries)).difference(left)
  if (partial.type !== 'data') return wanted
  return new Set([...wanted].filter((entry) => selected.has(entry) && isContents(entry)))
}
