import type { Environment } from '../config/directories.ts'
import { listEnvFiles } from '../config/find.ts'
import { type Config, loadConfig, loadProject } from '../config/load.ts'
import { isConfigured, sameProject, settingsWith, type Target } from './target.ts'

/**
 * The targets that env files describe: the test project, and every other configured project. The project that the
 * backups are of is among them only when the operator has said so (`overSource`).
 */
export async function configuredTargets(options: {
  config: Config
  environment: Environment
  overSource: boolean
}): Promise<Target[]> {
  const { config, environment, overSource } = options
  const source = settingsWith('SUPABASE', config)
  const targets: Target[] = [
    { kind: 'test', name: 'test', settings: settingsWith('TEST_SUPABASE', config) },
    ...(await otherProjects(config, environment)),
    { kind: 'project', name: config.PROJECT_NAME, settings: source },
  ]
  return targets.filter(
    ({ settings }) => isConfigured(settings) && (overSource || !sameProject(settings, source)),
  )
}

/** One whose configuration cannot be read is none that could be restored to. */
async function otherProjects(config: Config, environment: Environment): Promise<Target[]> {
  const targets: Target[] = []
  const own = new Set(Object.keys(config))
  const foreign = Object.fromEntries(Object.entries(environment).filter(([name]) => !own.has(name)))
  for (const envFile of await listEnvFiles(environment)) {
    if (envFile === config.ENV_FILE) continue
    const project = await loadProject({ envFile, environment: foreign, needed: [] }).catch(() => undefined)
    if (project === undefined) continue
    const other = loadConfig(project.values)
    targets.push({ kind: 'project', name: other.PROJECT_NAME, settings: settingsWith('SUPABASE', other) })
  }
  return targets
}
