import type { Manifest } from '../common/manifest.ts'
import type { Config } from '../config/config.ts'
import { connect, type DatabaseConnection } from '../database/connect/connection.ts'
import { type Cluster, cluster, readCluster, savedFact } from '../database/facts/all.ts'
import { openOrigin } from '../project/project.ts'
import { targetIsOrigin } from '../project/refuse-origin.ts'

/**
 * What a target is to the database that a backup is of, as the servers say it themselves:
 * - `same`: that very server, which answers at its own address as well
 * - `copy`: a physical copy, or what the origin was before it moved: the origin answers, and is another server
 * - `same or copy`: one of the two, for the origin does not answer
 * - `other`: made on its own
 * - `unknown`: the backup does not say, or the target may not tell
 */
export type TargetIdentity = 'same' | 'copy' | 'same or copy' | 'other' | 'unknown'

/** Whether a generation is of the configured project itself, and not of a target that was restored over. */
export function isOwn({ project }: Manifest, config: Config): boolean {
  return project.name === config.PROJECT_NAME
}

/** Finds out. The origin is asked only where the target might be it. */
export async function identifyTarget(options: {
  config: Config
  generation: string
  manifest: Manifest
  /** Where only the target's API is known, its servers cannot be asked. */
  target: DatabaseConnection | undefined
}): Promise<TargetIdentity> {
  const { config, generation, manifest } = options
  if (options.target === undefined) return 'unknown'
  const recorded = await recordedCluster(generation, manifest)
  if (recorded === undefined || recorded.systemIdentifier === null) return 'unknown'
  const target = await ask(options.target)
  if (target.systemIdentifier === null) return 'unknown'
  if (!isSame(recorded, target)) return 'other'
  const source = isOwn(manifest, config) ? openOrigin(config).database : undefined
  if (source === undefined) return 'same or copy'
  try {
    const asked = await ask(source)
    return isSame(asked, target) && asked.started === target.started ? 'same' : 'copy'
  } catch {
    // In a disaster it does not answer.
    return 'same or copy'
  }
}

/**
 * Refuses a target that is by what the servers say the very project the backups are of, whatever its address. A copy that cannot be told from the origin, because that does
 * not answer, is refused too: to be asked once too often does no harm.
 * @throws BackupError TARGET_IS_SOURCE
 */
export function refuseByIdentity(identity: TargetIdentity, reference: string): void {
  if (identity === 'same')
    throw targetIsOrigin(
      `The target, ${reference}, is the database that is backed up, under another address: restoring would replace everything in it.`,
    )
  if (identity === 'same or copy')
    throw targetIsOrigin(
      `The target, ${reference}, is the database that is backed up, under another address, or a physical copy of it: they have the same system identifier, and the origin does not answer at its own address.`,
    )
}

async function recordedCluster(generation: string, { files }: Manifest): Promise<Cluster | undefined> {
  if (files[`database/${cluster.file}`] === undefined) return undefined
  const [row] = await Array.fromAsync(savedFact(generation, cluster))
  return row
}

async function ask(connection: DatabaseConnection) {
  const client = await connect(connection, 'restore/target-identity')
  try {
    return await readCluster(client)
  } finally {
    await client.end()
  }
}

/** A database that was dropped and made again keeps its name, one that was renamed its number. */
function isSame(one: Cluster, other: Cluster): boolean {
  return (
    one.systemIdentifier === other.systemIdentifier &&
    (one.database.oid === other.database.oid || one.database.name === other.database.name)
  )
}
