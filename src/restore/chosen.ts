import type { Manifest } from '../common/manifest.ts'
import { sameProject } from '../interactive/target.ts'
import type { RestoreCommand } from './command.ts'
import { refuseSource } from './source.ts'
import { chosenSettings, openTarget, type RestoreTarget } from './target.ts'

/** The target that the operator chose. @throws BackupError TARGET_IS_SOURCE unless that was said to be meant */
export function chosenTarget({ config, overSource }: RestoreCommand): RestoreTarget {
  const settings = chosenSettings(process.env)
  if (!overSource) refuseSource(settings, config)
  return openTarget(settings)
}

/**
 * Whether cron jobs and webhooks become active at once: those that act on the world stay quiet in a copy, and come back
 * with the project they belong to.
 */
export function isArmed(command: RestoreCommand, { project }: Manifest): boolean {
  const own = { ...(project.ref && { PROJECT_REF: project.ref }), ...(project.url && { URL: project.url }) }
  return command.arm || sameProject(own, chosenSettings(process.env))
}
