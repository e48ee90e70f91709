import { ExitCode } from '../../common/errors.ts'
import { loadConfig } from '../../config/load.ts'
import { crashedRun } from '../begun.ts'
import { readStatus } from '../store.ts'
import { type CommandContext, parseFlags } from './command.ts'
import { tellCrashed } from './tell-crashed.ts'

/**
 * `report.ts crashed`: reports the run that was killed before it could do so itself, if there is one and nobody has yet.
 * The caller holds the project's lock, so that run is gone.
 */
export async function crashedCommand(context: CommandContext): Promise<number> {
  const { args, environment } = context
  parseFlags(args, {})
  const config = loadConfig(environment)
  const status = await readStatus(config.STATE_DIR, config.PROJECT_NAME)
  const crashed = await crashedRun({ config, status, environment, isLockOurs: true })
  if (crashed === undefined) return 0
  const kind = crashed.kind ?? 'backup'
  return tellCrashed(context, { config, kind, exitCode: ExitCode.failed, now: new Date(), isLockOurs: true })
}
