import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { ToolkitError } from '../../shared/toolkit-error.ts'
import {
  BackupError,
  componentNames,
  configurationDirectories,
  type Environment,
  findComponent,
  isConfigured,
  loadConfig,
  loadProject,
  neededBy,
  projectReference,
  settingsWith,
} from '../toolkit.ts'
import { repositoryIdentity } from './repository-identity.ts'

/** What of a project's configuration the dashboard keeps: nothing secret. */
export interface ProjectSettings {
  name: string
  stateDirectory: string
  logDirectory: string
  lockFile: string
  maxAge: { backup: number; drill: number }
  /** Which repository its archives go into first, as `repositoryIdentity` has it; null where none is set. */
  repository: string | null
  /** Where that is, without a password; null where none is set. */
  repositoryPlace: string | null
  /** Its repositories that lie on this machine. */
  repositoryPaths: string[]
  /** The flags that choose it, for commands to be typed. */
  chosenBy: string
  /** What people call the project: its reference, or the place of its database. */
  origin: string | null
  /** Where a drill restores to: null is a throwaway server of its own. */
  drillTarget: string | null
  /** So many bytes may be fetched in a calendar month; null is no limit. */
  egressBudget: number | null
  /** What a backup can hold, in the order of work. */
  components: { name: string; holds: string; missing: string | null }[]
  /** Names of those that every backup has to hold. */
  needed: string[]
}

export type ReadProject = { settings: ProjectSettings } | { problem: ToolkitError }

/** Reads a project's env file. @param reading it is only looked at: it may be another user's */
export async function readProject(
  envFile: string,
  environment: Environment,
  { reading = true } = {},
): Promise<ReadProject> {
  try {
    const { values } = await loadProject({ envFile, environment, needed: [], reading })
    const config = loadConfig(values)
    const target = settingsWith('TEST_SUPABASE', config)
    return {
      settings: {
        name: config.PROJECT_NAME,
        stateDirectory: config.STATE_DIR,
        logDirectory: config.LOG_DIR,
        lockFile: config.LOCK_FILE,
        maxAge: { backup: config.MAX_AGE_BACKUP, drill: config.MAX_AGE_DRILL },
        repository: config.BORG_REPO === undefined ? null : await repositoryIdentity(config.BORG_REPO),
        repositoryPlace: config.BORG_REPO === undefined ? null : withoutPassword(config.BORG_REPO),
        repositoryPaths: [config.BORG_REPO, ...(config.BORG_REPOS ?? [])].filter(isPath),
        chosenBy: flagsFor(envFile, environment),
        origin: projectReference(settingsWith('SUPABASE', config)) || null,
        drillTarget: isConfigured(target) ? projectReference(target) : null,
        egressBudget: config.STORAGE_EGRESS_BUDGET_MONTH ?? null,
        components: componentNames.map((name) => ({
          name,
          holds: findComponent(name)?.holds ?? '',
          missing: findComponent(name)?.configuration.missing(config)?.message ?? null,
        })),
        needed: neededBy(config).map(({ name }) => name),
      },
    }
  } catch (error) {
    if (!(error instanceof BackupError)) throw error
    const { code, message, detail, suggestion, phase } = error
    return { problem: { code, message, detail: detail ?? null, suggestion, phase } }
  }
}

function withoutPassword(repository: string): string {
  return repository.replace(/^(\w+:\/\/[^/:@]*):[^/@]*@/, '$1@')
}

function isPath(repository: string | undefined): repository is string {
  return repository?.startsWith('/') ?? false
}

/** Its name, where it lies in its place. */
function flagsFor(envFile: string, environment: Environment): string {
  if (configurationDirectories(environment).includes(dirname(envFile)))
    return `--project ${basename(envFile, '.env')}`
  return `--env-file '${envFile.replaceAll("'", "'\\''")}'`
}

/** Changes with the file; empty where there is none. */
export async function fingerprintOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  return found === undefined ? '' : `${found.ino}/${found.size}/${found.mtimeMs}/${found.ctimeMs}`
}
