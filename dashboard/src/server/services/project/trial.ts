import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Problem } from '../../problem.ts'
import { surroundingsAsChanges } from '../../surroundings.ts'
import {
  BackupError,
  type Condition,
  check,
  componentNames,
  type Environment,
  findComponent,
  loadProject,
  setVariables,
} from '../../toolkit.ts'
import type { Values } from './variables.ts'

/** A server that does not answer is not waited for any longer. */
const longestMs = 180_000

/** What is wrong with one setting, completing its name; `project` is the whole. */
export interface ValueProblem {
  name: string
  message: string
}

/** Components that a project is nothing without. */
const needed = componentNames.filter((name) => findComponent(name)?.configuration.optional !== true)

export interface Trial {
  /** Of what a backup needs nothing fails. */
  isGood: boolean
  conditions: Condition[]
}

/** What is to be tried: an env file that is not one yet. */
export interface Candidate {
  name: string
  /** Text of the env file. */
  text: string
  /** Reach the script in its environment alone. */
  secrets: Values
  /** `project` leaves the repository out, which may not have been asked for yet. */
  part: 'project' | 'all'
  /** State directory of a project that is there; null of one to come, which leaves no state behind. */
  stateDirectory: string | null
}

/**
 * Tries settings on the live project, by `backup.sh --check`, which changes nothing. The env file of the trial is in a folder of its own and is
 * gone afterwards; secrets are in no file.
 * @param environment that of the dashboard
 * @throws Problem TRIAL_TOO_LONG
 */
export async function tryCandidate(candidate: Candidate, environment: Environment): Promise<Trial> {
  const { name, text, secrets, part, stateDirectory } = candidate
  const folder = await mkdtemp(join(tmpdir(), 'supabase-backup-trial-'))
  try {
    const envFile = join(folder, `${name}.env`)
    const stand: Values =
      part === 'all' ? {} : { BORG_REPO: join(folder, 'none.borg'), BORG_PASSPHRASE: 'none yet' }
    await writeFile(envFile, setVariables(text, stand), { mode: 0o600, flag: 'wx' })
    await mkdir(join(folder, 'state'))
    const conditions = await checkWithin({
      envFile,
      environment: {
        ...surroundingsAsChanges(environment),
        ...secrets,
        ...stand,
        STATE_DIRECTORY: stateDirectory === null ? join(folder, 'state') : dirname(stateDirectory),
      },
    })
    const shown = conditions
      .filter(({ subject }) => isShown(subject, candidate))
      .map((condition) => withoutFolder(condition, folder))
    return { isGood: shown.every(({ status }) => status !== 'FAIL'), conditions: shown }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What the toolkit has to say of settings without asking anybody: how they go together, and what is missing. */
export async function configurationProblems(
  { name, text, secrets }: Pick<Candidate, 'name' | 'text' | 'secrets'>,
  surroundings: Environment,
): Promise<ValueProblem[]> {
  const folder = await mkdtemp(join(tmpdir(), 'supabase-backup-trial-'))
  try {
    const envFile = join(folder, `${name}.env`)
    await writeFile(envFile, text, { mode: 0o600, flag: 'wx' })
    const environment = { ...surroundings, ...secrets }
    await loadProject({ envFile, environment, needed: [...needed, 'repository'], reading: true })
    return []
  } catch (error) {
    if (!(error instanceof BackupError)) throw error
    const said = error.code === 'CONFIG_INVALID' ? error.suggestion : `${error.message} ${error.suggestion}`
    return [{ name: 'project', message: withoutPaths(said, folder) }]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** `backup.sh --check` of an env file, ended when it takes too long. */
export async function checkWithin(options: {
  envFile: string
  environment: Environment
}): Promise<Condition[]> {
  const signal = AbortSignal.timeout(longestMs)
  try {
    return await check({ ...options, signal })
  } catch (error) {
    if (!signal.aborted || !(error instanceof BackupError)) throw error
    throw new Problem({
      status: 409,
      code: 'TRIAL_TOO_LONG',
      message: `The check did not end within ${longestMs / 60_000} minutes.`,
      suggestion:
        'See whether the project and the repository can be reached from this machine, and try again.',
    })
  }
}

/** The configuration is one file for the scripts; here it is a form, so where the file lies says nothing. */
function isShown(subject: string, { part }: Candidate): boolean {
  // A run under way is no reason against settings.
  if (part === 'all') return !['lock', 'secrets'].includes(subject)
  return !['lock', 'local backup', 'borg', 'repository', 'drill', 'secrets'].includes(subject)
}

function withoutFolder(condition: Condition, folder: string): Condition {
  const { status, subject, text, remedy } = condition
  if (subject === 'configuration' && status === 'OK')
    return { ...condition, text: 'Names and values are in order.' }
  return { ...condition, text: withoutPaths(text, folder), remedy: withoutPaths(remedy, folder) }
}

function withoutPaths(words: string, folder: string): string {
  return words.replaceAll(new RegExp(`(?: in )?${folder}[^\\s,]*`, 'g'), '').trim()
}
