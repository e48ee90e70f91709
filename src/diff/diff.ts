import type { Manifest } from '../common/manifest.ts'
import { compareCatalogs } from './catalog.ts'
import type { Change } from './changes.ts'
import { compareDefinitions } from './definitions.ts'
import { compareObjects, type StorageChanges } from './objects.ts'
import { compareRows, type RowChanges } from './rows.ts'

/** One of two backups that are compared. */
export interface DiffSide {
  /** Directory with its manifest and recorded facts; neither rows nor bytes of objects are needed. */
  generation: string
  manifest: Manifest
  /** What it is called: an archive's name, `Local` or `Extract`. */
  source: string
}

/** What changed from one backup to another, by what they recorded. */
export interface BackupDiff {
  from: { source: string; snapshotAt: string | null }
  to: { source: string; snapshotAt: string | null }
  equal: boolean
  /** Null where one of the two has no database. */
  database: ({ definitions: Change[]; catalog: Change[] } & RowChanges) | null
  /** Null where one of the two has no Storage. */
  storage: StorageChanges | null
}

/** Compares two backups of one project, or of two. */
export async function diffBackups(from: DiffSide, to: DiffSide): Promise<BackupDiff> {
  const [before, after] = [from.generation, to.generation]
  const bothHold = (component: string) =>
    [from, to].every(({ manifest }) =>
      manifest.components.some((result) => result.component === component && result.status !== 'skipped'),
    )
  const database = bothHold('database')
    ? {
        definitions: await compareDefinitions(before, after),
        catalog: await compareCatalogs(before, after),
        ...(await compareRows(before, after)),
      }
    : null
  const storage = bothHold('storage') ? await compareObjects(before, after) : null
  return { from: sideOf(from), to: sideOf(to), equal: isEqual(database, storage), database, storage }
}

function sideOf({ source, manifest }: DiffSide): BackupDiff['from'] {
  return { source, snapshotAt: manifest.snapshotAt }
}

function isEqual(database: BackupDiff['database'], storage: BackupDiff['storage']): boolean {
  const changes = [
    ...(database ? [database.definitions, database.catalog, database.tables] : []),
    ...(storage ? [storage.buckets, storage.objects] : []),
  ]
  return changes.every((list) => list.length === 0) && (database?.sequences ?? 0) === 0
}
