import { BackupError } from '../../common/errors.ts'
import type { Log } from '../../common/log.ts'
import { type Environment, projectOfFile } from '../../config/directories.ts'
import { listEnvFiles } from '../../config/find.ts'
import { type Config, loadConfig, loadProject } from '../../config/load.ts'
import { messageOf, notifiersOf, tellAll } from '../../notify/notify.ts'
import { type Overview, overviewOf } from '../overview.ts'
import { renderOverview } from '../overview-text.ts'
import { emptyStatus } from '../status.ts'
import { readStatus } from '../store.ts'
import { nextRuns } from '../timers.ts'
import { type CommandContext, parseFlags } from './command.ts'

/**
 * `report.ts status [--all] [--json] [--alert]`: what is known of the project, or of every configured one.
 *
 * `--all` reads the env files itself, so it is started without a project's configuration in its environment. `--alert`
 * also sends what is overdue to webhook and mail: for the timer that notices what did not run. Exit code 1 when a
 * backup or drill is older than its limit, or a project's configuration cannot be read.
 */
export async function statusCommand({ args, environment, log, print }: CommandContext): Promise<number> {
  const flags = parseFlags(args, {
    all: { type: 'boolean' },
    json: { type: 'boolean' },
    alert: { type: 'boolean' },
  })
  const now = new Date()
  const examine = async (config: Config) => {
    const overview = await examineProject(config, environment, now)
    if (flags.alert) await alert(overview, config, now, log)
    return overview
  }
  const overviews: Overview[] = []
  if (flags.all)
    for (const file of await listEnvFiles(environment))
      overviews.push(await loadFile(file, environment).then(examine).catch(unreadableProject(file, now)))
  else overviews.push(await examine(loadConfig(environment)))
  if (flags.json) print(`${JSON.stringify(flags.all ? overviews : overviews[0])}\n`)
  else print(overviews.map((overview) => renderOverview(overview, now)).join('\n'))
  return overviews.every(({ healthy }) => healthy) ? 0 : 1
}

async function loadFile(envFile: string, environment: Environment): Promise<Config> {
  return loadConfig((await loadProject({ envFile, environment, needed: [] })).values)
}

async function examineProject(config: Config, environment: Environment, now: Date): Promise<Overview> {
  return overviewOf({
    status: await readStatus(config.STATE_DIR, config.PROJECT_NAME),
    maxAge: { backup: config.MAX_AGE_BACKUP, drill: config.MAX_AGE_DRILL },
    next: await nextRuns(config.PROJECT_NAME, environment),
    now,
  })
}

/** One project's broken configuration must not hide the others. */
function unreadableProject(file: string, now: Date): (error: unknown) => Overview {
  return (error) => {
    if (!(error instanceof BackupError)) throw error
    const status = emptyStatus(projectOfFile(file) ?? file)
    const overview = overviewOf({ status, maxAge: { backup: 0, drill: 0 }, next: {}, now })
    return { ...overview, problems: [{ kind: 'configuration', message: error.message }] }
  }
}

async function alert(overview: Overview, config: Config, now: Date, log: Log): Promise<void> {
  const { project, problems } = overview
  const text = renderOverview(overview, now)
  for (const { kind } of problems)
    if (kind !== 'configuration')
      await tellAll(
        notifiersOf(config),
        messageOf({ event: 'overdue', project, kind, text, report: null }),
        log,
      )
}
