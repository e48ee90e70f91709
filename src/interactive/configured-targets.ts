import { basename } from 'node:path'
import { BackupError, ExitCode } from '../common/errors.ts'
import type { Config } from '../config/config.ts'
import type { Environment } from '../config/directories.ts'
import { listEnvFiles } from '../config/find.ts'
import { loadConfig, loadProject } from '../config/load.ts'
import { refuseOrigin } from '../project/refuse-origin.ts'
import { isConfigured, settingsWith } from '../project/settings.ts'
import type { Target } from './target.ts'

/** A target that an env file describes, and that cannot be restored to as it stands. */
export interface UnusableTarget {
  name: string
  /** Why, and what to do about it. */
  reason: BackupError
}

export interface ConfiguredTargets {
  usable: Target[]
  unusable: UnusableTarget[]
}

/**
 * The targets that env files describe: the test project, and every other configured project. The project that the
 * backups are of is among the usable ones only when the operator has said so (`overSource`).
 */
export async function configuredTargets(options: {
  config: Config
  environment: Environment
  overSource: boolean
  /** The one that was named; of the others no SECRETS_COMMAND is run then. */
  target: string | undefined
}): Promise<ConfiguredTargets> {
  const { config, environment, overSource } = options
  const targets: ConfiguredTargets = { usable: [], unusable: [] }
  const add = (found: Target, envFile: string) => {
    try {
      requireConfigured(found, envFile)
      if (!overSource) refuseOrigin(found.settings, config)
      targets.usable.push(found)
    } catch (error) {
      if (!(error instanceof BackupError)) throw error
      targets.unusable.push({ name: found.name, reason: error })
    }
  }
  add({ kind: 'test', name: 'test', settings: settingsWith('TEST_SUPABASE', config) }, config.ENV_FILE)
  for (const envFile of await listEnvFiles(environment)) {
    if (envFile === config.ENV_FILE) continue
    try {
      const other = await readOther(envFile, options)
      add({ kind: 'project', name: other.PROJECT_NAME, settings: settingsWith('SUPABASE', other) }, envFile)
    } catch (error) {
      if (!(error instanceof BackupError)) throw error
      targets.unusable.push({ name: basename(envFile, '.env'), reason: error })
    }
  }
  const source: Target = {
    kind: 'project',
    name: config.PROJECT_NAME,
    settings: settingsWith('SUPABASE', config),
  }
  add(source, config.ENV_FILE)
  return targets
}

/** What an operator set for the project that is restored from does not count for another. */
async function readOther(
  envFile: string,
  { config, environment, target }: { config: Config; environment: Environment; target: string | undefined },
): Promise<Config> {
  const own = new Set(Object.keys(config))
  const foreign = Object.fromEntries(Object.entries(environment).filter(([name]) => !own.has(name)))
  const options = { envFile, environment: foreign, needed: [], reading: true }
  const project = await loadProject(options)
  const isTarget = target === undefined || project.values['PROJECT_NAME'] === target
  if (project.notRun === undefined || !isTarget) return loadConfig(project.values)
  return loadConfig((await loadProject({ ...options, secretsIfTrusted: true })).values)
}

/** @throws BackupError TARGET_INCOMPLETE where there is nothing to connect to */
function requireConfigured({ kind, name, settings }: Target, envFile: string): void {
  if (isConfigured(settings)) return
  const prefix = kind === 'test' ? 'TEST_SUPABASE_' : 'SUPABASE_'
  throw new BackupError({
    code: 'TARGET_INCOMPLETE',
    message: `The target "${name}" is not described: ${envFile} sets none of its ${prefix} variables.`,
    suggestion: `Set ${prefix}DB_URL (or ${prefix}PROJECT_REF and ${prefix}DB_PASSWORD) and ${prefix}SERVICE_ROLE_KEY there.`,
    phase: 'restore/target',
    exitCode: ExitCode.configuration,
  })
}
