import { basename, dirname } from 'node:path'
import { asTyped } from '../common/as-typed.ts'
import { neededBy } from '../components/select.ts'
import type { Config } from '../config/config.ts'
import { configurationDirectories, type Environment } from '../config/directories.ts'
import { crashedRun, livingRun } from './begun.ts'
import { type Overview, overviewOf } from './overview.ts'
import { loadStatus } from './store.ts'
import { nextRuns } from './timers.ts'

/** What is known of a project now, from its status file, its timers and what its last run left. */
export async function examineProject(config: Config, environment: Environment, now: Date): Promise<Overview> {
  const [{ status, damage }, next] = await Promise.all([
    loadStatus(config.STATE_DIR, config.PROJECT_NAME),
    nextRuns(config.PROJECT_NAME, environment),
  ])
  const overview = overviewOf({
    status,
    maxAge: { backup: config.MAX_AGE_BACKUP, drill: config.MAX_AGE_DRILL },
    needed: neededBy(config).map(({ name }) => name),
    next,
    crashed: await crashedRun({ config, status, environment }),
    running: await livingRun(config),
    damage,
    chosenBy: flagsFor(config.ENV_FILE, environment),
    now,
  })
  const typed = overview.problems.map((problem) => ({
    ...problem,
    message: asTyped(problem.message, environment),
  }))
  return { ...overview, problems: typed }
}

/** The flags by which a command finds a project's env file: its name where it lies in its place. */
function flagsFor(envFile: string, environment: Environment): string {
  const isNamed = envFile.endsWith('.env') && basename(envFile) !== '.env'
  if (isNamed && configurationDirectories(environment).includes(dirname(envFile)))
    return `--project ${basename(envFile, '.env')}`
  return `--env-file '${envFile.replaceAll("'", "'\\''")}'`
}
