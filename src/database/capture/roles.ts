import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { syncDirectory, writeFileAtomic } from '../../common/files.ts'
import { statusOf } from '../../common/findings.ts'
import { writeJsonl } from '../../common/jsonl.ts'
import { databaseError } from '../connect/query-errors.ts'
import type { Snapshot } from '../connect/snapshot.ts'
import { largeObjects } from '../facts/large-objects.ts'
import { sequences } from '../facts/sequences.ts'
import { tables } from '../facts/tables.ts'
import { type DatabaseBackup, serverVersion } from './backup.ts'
import { captureCatalog, roleFiles } from './catalog.ts'
import { leftOutFile, recordLeftOut } from './left-out.ts'

/**
 * Writes the roles of the project's own, their memberships and settings, to `<generation>/database`: `roles.sql` and the facts that a
 * restore is verified against. There is no dump, and the files of everything else are empty.
 * @throws BackupError when any of it cannot be had
 */
export async function backupRoles(options: {
  snapshot: Snapshot
  generation: string
}): Promise<DatabaseBackup> {
  const { snapshot, generation } = options
  const started = performance.now()
  const directory = join(generation, 'database')
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const catalog = await captureCatalog(snapshot.lead, directory, 'skip', (file) => roleFiles.includes(file))
    for (const { file } of [tables, sequences, largeObjects]) await writeJsonl(join(directory, file), [])
    await recordLeftOut(generation, undefined)
    await writeFileAtomic(join(directory, '.timestamp'), `${snapshot.takenAt}\n`)
    await syncDirectory(directory)
    const { roles = 0, memberships = 0 } = catalog.counts
    return {
      component: 'database',
      status: statusOf(catalog.findings),
      seconds: (performance.now() - started) / 1000,
      counts: { roles, memberships, leftOut: 0 },
      lists: { leftOut: leftOutFile },
      findings: catalog.findings,
      versions: { server: serverVersion(snapshot.serverVersion), ...catalog.versions },
    }
  } catch (error) {
    throw databaseError(error, 'database/backup')
  }
}
