import { BackupError, ExitCode } from '../common/errors.ts'
import type { Manifest } from '../common/manifest.ts'
import { formatBytes, plural } from '../common/units.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import { confirmByReference } from '../interactive/confirm.ts'
import { openTerminal } from '../interactive/terminal.ts'
import { restoreClients } from './clients.ts'
import type { RestoreCommand } from './command.ts'
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
  await requireConfirmation(command, manifest, target)
  return { document: { status: 'confirmed', target: target.reference }, exitCode: ExitCode.success }
}

/** The second half: restores, and proves the result. The reference must be given; `confirm` verified the backup. */
export async function restore(command: RestoreCommand): Promise<WorkerOutcome> {
  const { config, generation, log } = command
  const target = chosenTarget(command)
  if (command.confirm !== target.reference) throw notConfirmed(command.confirm, target.reference)
  const clients = await restoreClients({ config, generation, target: target.database, log })
  try {
    return await restoreAndProve({ ...command, target, clients, disposable: false })
  } finally {
    await clients.close()
  }
}

function chosenTarget({ config, overSource }: RestoreCommand): RestoreTarget {
  const settings = chosenSettings(process.env)
  if (!overSource) refuseSource(settings, config)
  return openTarget(settings)
}

/** @throws BackupError NOT_CONFIRMED unless the reference given, or typed, is the target's in full */
async function requireConfirmation(
  command: RestoreCommand,
  manifest: Manifest,
  target: RestoreTarget,
): Promise<void> {
  const { reference } = target
  if (command.confirm === reference) return
  if (command.confirm !== undefined || command.yes) throw notConfirmed(command.confirm, reference)
  const preview = describe(command, manifest, target)
  await confirmByReference({ reference, preview, terminal: openTerminal() })
}

function notConfirmed(given: string | undefined, reference: string): BackupError {
  return new BackupError({
    code: 'NOT_CONFIRMED',
    message:
      given === undefined
        ? 'The restore was not confirmed.'
        : `The reference given, ${given}, is not the target's, ${reference}.`,
    suggestion: `To restore over it, give --confirm ${reference}.`,
    phase: 'restore/confirm',
    exitCode: ExitCode.usage,
  })
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
