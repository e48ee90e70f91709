import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import pRetry from 'p-retry'
import { BackupError } from '../../common/errors.ts'
import { finding } from '../../common/findings.ts'
import type { BackupContext, ComponentBackup } from '../../components/component.ts'
import { noteOfDrill } from '../../drill/drillable.ts'
import { databaseOf, openOrigin } from '../../project/project.ts'
import { findClients } from '../connect/clients.ts'
import type { DatabaseConnection } from '../connect/connection.ts'
import { openSnapshot, type Snapshot } from '../connect/snapshot.ts'
import { backupDatabase } from './backup.ts'
import { backupRoles } from './roles.ts'
import { readScope } from './scope.ts'
import { type VaultCapture, vaultCapture } from './vault.ts'

/** A migration takes seconds: then the database is read again after 3, and after 12 more. */
const retries = { retries: 2, minTimeout: 3000, factor: 4 }

/**
 * Backs up the database, or the part of it that the flags choose, from one snapshot, in which what other components read of the same moment comes first: they need
 * not wait for the dump.
 *
 * What a snapshot has can be dropped before pg_dump has locked it, and what is rewritten then is empty in it. Who waits to change a table
 * while it is dumped over several connections gets it when pg_dump gives up. Each time all of it is read again in another snapshot, which
 * has seen the change; the others go on with what they have of the first, which is said.
 */
export async function backUpDatabase(context: BackupContext): Promise<ComponentBackup> {
  const { config, generation, log, signal } = context
  const origin = openOrigin(config)
  const connection = databaseOf(origin)
  const vault = await vaultCapture(config, origin, signal)
  let filled: { takenAt: string; names: string[] } | undefined
  let jobs = config.DUMP_JOBS
  const read = async (attempt: number) => {
    const snapshot = await openSnapshot(connection)
    try {
      const { takenAt } = snapshot
      filled ??= { takenAt, names: await context.fillSnapshot(snapshot.lead, takenAt) }
      const backup = await backUpSnapshot(context, { snapshot, connection, vault, jobs })
      if (attempt <= retries.retries) refuseEmptied(backup)
      return backup
    } finally {
      await snapshot.close()
    }
  }
  const backup = await pRetry(read, {
    ...retries,
    signal,
    shouldRetry: ({ error }) => isSchemaChange(error),
    async onFailedAttempt({ error, retriesLeft }) {
      if (!isSchemaChange(error) || retriesLeft === 0) return
      // Over one connection whoever wants to change a table waits until it is dumped.
      if (error.code === 'DB_LOCK_WANTED') jobs = 1
      log.warn(
        `the database was changed while it was read, so it is read again: ${(error.detail ?? error.message).split('\n')[0]}`,
      )
      await rm(join(generation, 'database'), { recursive: true, force: true })
    },
  })
  noteLaterSnapshot(backup, filled)
  return backup
}

function isSchemaChange(error: unknown): error is BackupError {
  return error instanceof BackupError && ['DB_SCHEMA_CHANGED', 'DB_LOCK_WANTED'].includes(error.code)
}

/** Tables that were rewritten between snapshot and dump have rows, which a later snapshot sees. @throws BackupError DB_SCHEMA_CHANGED */
function refuseEmptied({ result }: ComponentBackup): void {
  const emptied = result.findings.find(({ kind }) => kind === 'table-emptied')
  if (emptied === undefined) return
  throw new BackupError({
    code: 'DB_SCHEMA_CHANGED',
    message: 'Tables were truncated or rewritten while the backup began.',
    detail: emptied.names?.join(', '),
    suggestion: 'Run again; a migration must not run at the same moment.',
    phase: 'database/dump',
  })
}

async function backUpSnapshot(
  { config, generation, flags, log, signal }: BackupContext,
  {
    snapshot,
    connection,
    vault,
    jobs,
  }: { snapshot: Snapshot; connection: DatabaseConnection; vault: VaultCapture; jobs: number },
): Promise<ComponentBackup> {
  const { takenAt: snapshotAt } = snapshot
  const scope = await readScope(snapshot.lead, flags)
  const { partial } = scope
  if (partial?.type === 'roles') {
    const { versions, ...result } = await backupRoles({ snapshot, generation })
    return { result, versions, snapshotAt, partial }
  }
  const clients = await findClients({
    serverMajor: Math.floor(snapshot.serverVersion / 10_000),
    pgBinDir: config.PG_BIN_DIR,
    pgImage: config.PG_IMAGE,
    runDirectory: config.RUN_DIRECTORY,
    environment: config.environment,
    log,
    phase: 'database/clients',
  })
  try {
    const { versions, ...result } = await backupDatabase({
      ...{ snapshot, connection, clients, generation, jobs, log, signal },
      ...{ vault, scope },
    })
    const note =
      partial === undefined
        ? await noteOfDrill({ config, generation, clientMajor: clients.major, log })
        : undefined
    if (note) result.findings.push(finding({ component: 'database', severity: 'note', count: 1, ...note }))
    return { result, versions, snapshotAt, partial }
  } finally {
    await clients.close()
  }
}

/** Where the database was read in a later snapshot than what others read in the first: what lies between is in one of the two alone. */
function noteLaterSnapshot(
  { result, snapshotAt }: ComponentBackup,
  filled: { takenAt: string; names: readonly string[] } | undefined,
): void {
  if (!filled || filled.names.length === 0 || filled.takenAt === snapshotAt) return
  const others = filled.names.join(' and ')
  result.findings.push(
    finding({
      component: 'database',
      severity: 'note',
      kind: 'snapshot-later',
      message: `The database was changed while it was first read, and so was read again, as of ${snapshotAt}; ${others} as of ${filled.takenAt}. What was uploaded or deleted in between is right in one of them alone; the next backup has both of one moment.`,
      count: 1,
    }),
  )
}
