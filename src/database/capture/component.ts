import { finding } from '../../common/findings.ts'
import type { BackupContext, ComponentBackup } from '../../components/component.ts'
import { noteOfDrill } from '../../drill/drillable.ts'
import { databaseOf, openOrigin } from '../../project/project.ts'
import { findClients } from '../connect/clients.ts'
import { openSnapshot } from '../connect/snapshot.ts'
import { backupDatabase } from './backup.ts'
import { backupRoles } from './roles.ts'
import { readScope } from './scope.ts'
import { vaultCapture } from './vault.ts'

/**
 * Backs up the database, or the part of it that the flags choose, from one snapshot, in which what other components read of the same moment comes first: they need
 * not wait for the dump.
 */
export async function backUpDatabase(context: BackupContext): Promise<ComponentBackup> {
  const { config, generation, log, signal } = context
  const origin = openOrigin(config)
  const connection = databaseOf(origin)
  const vault = await vaultCapture(config, origin, signal)
  const snapshot = await openSnapshot(connection)
  try {
    const scope = await readScope(snapshot.lead, context.flags)
    await context.fillSnapshot(snapshot.lead, snapshot.takenAt)
    if (scope.partial?.type === 'roles') {
      const { versions, ...result } = await backupRoles({ snapshot, generation })
      return { result, versions, snapshotAt: snapshot.takenAt, partial: scope.partial }
    }
    const clients = await findClients({
      serverMajor: Math.floor(snapshot.serverVersion / 10_000),
      pgBinDir: config.PG_BIN_DIR,
      pgImage: config.PG_IMAGE,
      runDirectory: config.RUN_DIRECTORY,
      log,
      phase: 'database/clients',
    })
    try {
      const options = {
        ...{ snapshot, connection, clients, generation, jobs: config.DUMP_JOBS, log, signal },
        ...{ vault, scope },
      }
      const { versions, ...result } = await backupDatabase(options)
      const { partial } = scope
      const note =
        partial === undefined
          ? await noteOfDrill({ config, generation, clientMajor: clients.major, log })
          : undefined
      if (note) result.findings.push(finding({ component: 'database', severity: 'note', count: 1, ...note }))
      return { result, versions, snapshotAt: snapshot.takenAt, partial }
    } finally {
      await clients.close()
    }
  } finally {
    await snapshot.close()
  }
}
