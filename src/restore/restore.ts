import { ExitCode } from '../common/errors.ts'
import { type Manifest, readManifest } from '../common/manifest.ts'
import { formatBytes, plural } from '../common/units.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import { sameProject, type TargetSettings } from '../interactive/target.ts'
import { restoreClients } from './clients.ts'
import type { RestoreCommand } from './command.ts'
import { notConfirmed, requireConfirmation } from './confirmation.ts'
import { verifyGeneration } from './generation.ts'
import { restoreAndProve } from './prove.ts'
import { refuseSource } from './source.ts'
import { chosenSettings, openTarget, type RestoreTarget } from './target.ts'

/**
 * The first half of `restore.sh` over a project of the operator's choice, which writes nothing: verifies the backup and
 * the way to the target, shows what will be replaced by what, and has the target's reference typed, unless it is given.
 */
export async function confirm(command: RestoreCommand): Promise<WorkerOutcome> {
  const { config, generation, log } = command
  const target = chosenTarget(command)
  const manifest = await verifyGeneration(command)
  const clients = await restoreClients({ config, generation, target: target.database, log })
  await clients.close()
  await requireConfirmation(command, target, describe(command, manifest, target))
  return { document: { status: 'confirmed', target: target.reference }, exitCode: ExitCode.success }
}

/** The second half: restores, and proves the result. The reference must be given; `confirm` verified the backup. */
export async function restore(command: RestoreCommand): Promise<WorkerOutcome> {
  const { config, generation, log } = command
  const target = chosenTarget(command)
  if (command.confirm !== target.reference) throw notConfirmed(command.confirm, target.reference)
  const clients = await restoreClients({ config, generation, target: target.database, log })
  try {
    // Jobs and webhooks that act on the world stay quiet in a copy, and come back with the project they belong to.
    const arm = command.arm || isOfProject(await readManifest(generation), chosenSettings(process.env))
    return await restoreAndProve({ ...command, target, clients, arm, disposable: false })
  } finally {
    await clients.close()
  }
}

/** Whether a backup is of the very project that the settings describe. */
function isOfProject({ project }: Manifest, settings: TargetSettings): boolean {
  const own = { ...(project.ref && { PROJECT_REF: project.ref }), ...(project.url && { URL: project.url }) }
  return sameProject(own, settings)
}

/** The target that the operator chose. @throws BackupError TARGET_IS_SOURCE unless that was said to be meant */
export function chosenTarget({ config, overSource }: RestoreCommand): RestoreTarget {
  const settings = chosenSettings(process.env)
  if (!overSource) refuseSource(settings, config)
  return openTarget(settings)
}

/** What is about to happen, in lines. */
function describe({ components }: RestoreCommand, manifest: Manifest, target: RestoreTarget): string[] {
  const { project, snapshotAt, startedAt, status } = manifest
  const lines = [
    `From   ${project.name}${project.ref ? ` (${project.ref})` : ''}, as it was on ${snapshotAt ?? startedAt}${status === 'degraded' ? ', a DEGRADED backup' : ''}`,
    `To     ${target.reference}, database ${target.database.host}:${target.database.port}`,
  ]
  for (const { component, counts } of manifest.components.filter((held) =>
    components.includes(held.component),
  ))
    lines.push(
      component === 'database'
        ? `       the whole database is replaced: ${plural(counts['tables'] ?? 0, 'table')}, ${plural(counts['rows'] ?? 0, 'row')}, with all users`
        : `       Storage is made equal: ${plural(counts['buckets'] ?? 0, 'bucket')}, ${plural(counts['objects'] ?? 0, 'object')}, ${formatBytes(counts['bytes'] ?? 0)}; other objects are deleted`,
    )
  return lines
}
