import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ToolkitError } from '../../shared/toolkit-error.ts'
import type { projects } from '../db/schema/index.ts'
import { Problem } from '../problem.ts'
import {
  BackupError,
  crashedRun,
  type Environment,
  emptyStatus,
  lastRuns,
  livingRun,
  loadStatus,
  type Overview,
  overviewOf,
  type Status,
} from '../toolkit.ts'
import { fingerprintOf, type ProjectSettings, type ReadProject, readProject } from './read-project.ts'
import type { Tail } from './tail-events.ts'

/** What a project is for. */
export type ProjectEnvironment = NonNullable<(typeof projects.$inferSelect)['environment']>

/** What is known of a project now. Everything in it can be read again. */
export interface WatchedProject {
  readonly id: string
  readonly envFile: string
  name: string
  stateDirectory: string
  logDirectory: string
  environment: ProjectEnvironment | null
  /** Which repository it has, also while its configuration cannot be read; null where none is known. */
  repository: string | null
  /** Since when no run of it is started from here. */
  inactiveSince: Date | null
  /** Null where its configuration cannot be read; then `problem` says why. */
  settings: ProjectSettings | null
  problem: ToolkitError | null
  status: Status
  damage: string | undefined
  crashed: Awaited<ReturnType<typeof crashedRun>>
  running: Overview['running']
  /** When timers start the next runs. */
  next: Parameters<typeof overviewOf>[0]['next']
  tail: Tail | undefined
  /** Whether its files were looked at since the dashboard began: before that it is not known whether a run is under way. */
  isLookedAt: boolean
  /** As the files were when they were read last. */
  seen: { envFile: string; status: string; runs: number; run: string; runFile: string }
}

/** Sizes and proofs of so many archives are kept in memory of each project. */
const sizesKept = 40

export function watchedProject(row: {
  id: string
  envFile: string
  name: string
  stateDirectory: string
  logDirectory: string
  environment: ProjectEnvironment | null
  repository: string | null
  inactiveSince: Date | null
}): WatchedProject {
  return {
    ...row,
    settings: null,
    problem: null,
    status: emptyStatus(row.name),
    damage: undefined,
    crashed: undefined,
    running: null,
    next: {},
    tail: undefined,
    isLookedAt: false,
    seen: { envFile: 'never', status: 'never', runs: 0, run: 'never', runFile: 'never' },
  }
}

/**
 * Reads the configuration again where its file has changed.
 * @param environmentOf with the project's secrets, where the dashboard keeps some
 * @returns whether it has
 */
export async function refreshSettings(
  project: WatchedProject,
  environmentOf: (projectId: string) => Environment,
): Promise<boolean> {
  const fingerprint = await fingerprintOf(project.envFile)
  if (fingerprint === project.seen.envFile) return false
  project.seen.envFile = fingerprint
  const read = await readWith(project, environmentOf)
  project.settings = 'settings' in read ? read.settings : null
  project.problem = 'problem' in read ? read.problem : null
  if (project.settings === null) return true
  const { name, stateDirectory, logDirectory, repository } = project.settings
  Object.assign(project, { name, stateDirectory, logDirectory, repository })
  project.seen.status = 'never'
  return true
}

async function readWith(
  { id, envFile }: WatchedProject,
  environmentOf: (projectId: string) => Environment,
): Promise<ReadProject> {
  try {
    return await readProject(envFile, environmentOf(id))
  } catch (error) {
    // Its secrets cannot be opened.
    if (!(error instanceof Problem)) throw error
    const { code, message, suggestion, detail = null } = error
    return { problem: { code, message, suggestion, detail, phase: 'dashboard' } }
  }
}

/** Reads the status again where it has changed. @returns whether it has */
export async function refreshStatus(project: WatchedProject): Promise<boolean> {
  if (project.stateDirectory === '') return false
  const fingerprint = await fingerprintOf(join(project.stateDirectory, 'status.json'))
  if (fingerprint === project.seen.status) return false
  project.seen.status = fingerprint
  // By it a run that was killed may have been reported.
  project.seen.runFile = 'never'
  try {
    const { status, damage } = await loadStatus(project.stateDirectory, project.name)
    project.status = {
      ...status,
      sizes: status.sizes.slice(0, sizesKept),
      baseline: namesOf(status),
      verified: {},
    }
    project.damage = damage
    if (project.problem?.code === 'STATE_TOO_NEW') project.problem = null
  } catch (error) {
    if (!(error instanceof BackupError)) throw error
    const { code, message, detail, suggestion, phase } = error
    project.problem = { code, message, detail: detail ?? null, suggestion, phase }
  }
  return true
}

/** Which components were ever backed up, without their counts. */
function namesOf({ baseline }: Status): Status['baseline'] {
  return Object.fromEntries(Object.keys(baseline).map((name) => [name, {}]))
}

/** Looks which run is under way, or was killed. @returns whether that has changed */
export async function refreshRunning(project: WatchedProject, environment: Environment): Promise<boolean> {
  const { settings, status } = project
  if (settings === null) return false
  if (!existsSync(join(settings.stateDirectory, 'run'))) {
    const hadOne = project.running !== null || project.crashed !== undefined
    Object.assign(project, { running: null, crashed: undefined, tail: undefined })
    return hadOne
  }
  // A run that was killed stays so until another takes its place; to ask after its lock takes a program.
  const file = await fingerprintOf(join(settings.stateDirectory, 'run/run.json'))
  if (project.crashed !== undefined && file === project.seen.runFile) return false
  project.seen.runFile = file
  const config = { STATE_DIR: settings.stateDirectory, LOCK_FILE: settings.lockFile }
  const living = await livingRun(config)
  // When it is reported its process lives for a moment still.
  const isReported = living ? lastRuns(status).some(({ runId }) => runId === living.runId) : false
  project.running = isReported ? null : (living ?? null)
  project.crashed = living ? undefined : await crashedRun({ config, status, environment })
  const said = JSON.stringify([project.running, project.crashed])
  if (said === project.seen.run) return false
  project.seen.run = said
  return true
}

/** What `backup.sh --status` says of it; null where its configuration cannot be read. */
export function overviewOfProject(project: WatchedProject, now: Date): Overview | null {
  const { settings, status, next, crashed, running, damage } = project
  if (settings === null || project.problem !== null) return null
  const { maxAge, chosenBy, needed } = settings
  return overviewOf({ status, maxAge, needed, next, crashed, running, damage, chosenBy, now })
}
