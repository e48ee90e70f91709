import { fileURLToPath } from 'node:url'
import { BackupError } from '../../common/errors.ts'
import { selectComponents } from '../../components/select.ts'
import type { Config } from '../../config/config.ts'
import { type Environment, projectOfFile } from '../../config/directories.ts'
import { findEnvFile, listBackedUp } from '../../config/find.ts'
import { loadConfig, loadProject } from '../../config/load.ts'
import { examineProject } from '../examine.ts'
import { type Overview, overviewOf } from '../overview.ts'
import { renderOverview } from '../overview-text.ts'
import { emptyStatus } from '../status.ts'
import { type CommandContext, parseFlags } from './command.ts'

/**
 * `report.ts status [--env-file FILE | --project NAME | --all] [--json]`: what is known of the project, or of every one
 * that is backed up.
 *
 * It reads the env files itself, which saves the start of another program. Exit code 1 when the last backup, drill or check
 * failed or crashed, the last good backup or drill is older than its limit, or a project's configuration cannot be read.
 */
export async function statusCommand({ args, environment, print }: CommandContext): Promise<number> {
  const flags = parseFlags(args, {
    all: { type: 'boolean' },
    json: { type: 'boolean' },
    'env-file': { type: 'string' },
    project: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    skip: { type: 'string', multiple: true, default: [] },
  })
  // They choose nothing here, but are not let pass when they are wrong.
  selectComponents(flags)
  const now = new Date()
  const examine = (config: Config) => examineProject(config, environment, now)
  const overviews: Overview[] = []
  if (flags.all)
    for (const file of await listBackedUp(environment))
      overviews.push(await loadFile(file, environment).then(examine).catch(unreadableProject(file, now)))
  else {
    const envFile = await findEnvFile({
      envFile: flags['env-file'],
      project: flags.project,
      root,
      environment,
    })
    overviews.push(await examine(await loadFile(envFile, environment)))
  }
  if (flags.json) print(`${JSON.stringify(flags.all ? overviews : overviews[0])}\n`)
  else print(overviews.map((overview) => renderOverview(overview, now)).join('\n'))
  return overviews.every(({ healthy }) => healthy) ? 0 : 1
}

/** The toolkit's own directory. */
const root = fileURLToPath(new URL('../../..', import.meta.url))

async function loadFile(envFile: string, environment: Environment): Promise<Config> {
  return loadConfig((await loadProject({ envFile, environment, needed: [], reading: true })).values)
}

/** One project's broken configuration must not hide the others. */
function unreadableProject(file: string, now: Date): (error: unknown) => Overview {
  return (error) => {
    if (!(error instanceof BackupError)) throw error
    const status = emptyStatus(projectOfFile(file) ?? file)
    const overview = overviewOf({ status, maxAge: { backup: 0, drill: 0 }, next: {}, chosenBy: '', now })
    const message = `${error.message} ${error.suggestion}`
    return { ...overview, problems: [{ what: 'configuration', kind: 'configuration', message }] }
  }
}
