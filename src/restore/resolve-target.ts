import { BackupError, ExitCode } from '../common/errors.ts'
import type { Manifest } from '../common/manifest.ts'
import { findComponent } from '../components/list.ts'
import { openTarget, type Project } from '../project/project.ts'
import { refuseOrigin } from '../project/refuse-origin.ts'
import { isHosted, type ProjectSettings, sameProject, targetSettings } from '../project/settings.ts'
import type { RestoreCommand } from './command.ts'
import { identifyTarget, isOwn, refuseByIdentity, type TargetIdentity } from './target-identity.ts'

/** The target that the operator chose. @throws BackupError TARGET_IS_SOURCE unless that was said to be meant */
export function resolveTarget({
  config,
  overSource,
}: Pick<RestoreCommand, 'config' | 'overSource'>): Project {
  const settings = targetSettings(config.environment)
  if (!overSource) refuseOrigin(settings, config)
  // A target that was typed in is of the same platform.
  return openTarget({ API_URL: config.SUPABASE_API_URL, ...settings })
}

/**
 * What the servers say about the target, besides its name: whether it may be restored over, and whether cron jobs and
 * webhooks become active at once. Those act on the world: they come back with the project they belong to, and stay quiet
 * in a copy. Of the two mistakes, a copy that acts is the worse: what sleeps in the original is listed, and woken by one
 * command. So a name alone does not do where another cluster answers to it, unless the hosted platform gave it, which
 * gives none twice; and the same cluster under another name does only when it is certain that it is no copy.
 * @param isAgain whether the run has asked already, and said so where a server did not answer
 * @throws BackupError TARGET_IS_SOURCE unless that was said to be meant
 */
export async function judgeTarget(
  command: RestoreCommand,
  manifest: Manifest,
  target: Project,
  isAgain = false,
): Promise<{ arm: boolean }> {
  const identity = await identifyTarget({ ...command, manifest, target: target.database }).catch(
    (error: unknown) => {
      if (!(error instanceof BackupError) || needsServer(command)) throw error
      command.log[isAgain ? 'debug' : 'warn'](
        `the target's database was not asked which it is, and is not needed for this: ${error.message}`,
      )
      return 'unknown' as const
    },
  )
  if (!command.overSource && isOwn(manifest, command.config)) refuseByIdentity(identity, target.reference)
  const chosen = targetSettings(command.config.environment)
  if (command.rollback) refuseOtherTarget(manifest, identity, { chosen, reference: target.reference })
  return { arm: command.arm || isOriginal(manifest, identity, chosen) }
}

/**
 * Whether any of the components lives on the target's own servers. The others are reached by the platform's API, under a reference that
 * it gives none twice: network restrictions that lock this machine out of the database can be restored.
 */
function needsServer({ components }: RestoreCommand): boolean {
  return components.some((name) => !findComponent(name)?.configuration.target.includes('ACCESS_TOKEN'))
}

/**
 * A rollback takes away what its backup lacks, roles included: nothing but the project that the backup is of may be its
 * target. What neither the servers nor names tell is left to who confirms it.
 */
function refuseOtherTarget(
  { project }: Pick<Manifest, 'project'>,
  identity: TargetIdentity,
  { chosen, reference }: { chosen: ProjectSettings; reference: string },
): void {
  if (identity !== 'other' || sameProject(ownSettings(project), chosen)) return
  throw new BackupError({
    code: 'ROLLBACK_OTHER_TARGET',
    message: `The newest backup of a target that was restored over is not of ${reference}, so a rollback would put another project in its place.`,
    suggestion:
      'Name the target that was restored over last with --target. To restore this backup over another project all the same, name its archive: restore.sh --list shows it, --archive takes it.',
    phase: 'restore/target',
    exitCode: ExitCode.usage,
  })
}

function ownSettings({ ref, url }: Manifest['project']): ProjectSettings {
  return { ...(ref && { PROJECT_REF: ref }), ...(url && { URL: url }) }
}

/** Whether the target is certainly the project that the backup is of. */
export function isOriginal(
  { project }: Pick<Manifest, 'project'>,
  identity: TargetIdentity,
  target: ProjectSettings,
): boolean {
  if (identity === 'same') return true
  const own = ownSettings(project)
  return sameProject(own, target) && (isHosted(own) || (identity !== 'other' && identity !== 'copy'))
}
