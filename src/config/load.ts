import { resolve } from 'node:path'
import { z } from 'zod'
import { addSecrets } from '../common/redact.ts'
import { type Environment, expandHome, projectDirectories, projectOfFile } from './directories.ts'
import { hostedReference } from './hosted.ts'
import { defaultOf, kindOf } from './kinds.ts'
import { configurationError, type Problem, problemsError } from './problem.ts'
import { projectNameProblem } from './project-name.ts'
import { type Need, ruleProblems } from './rules.ts'
import { readCredentials, readEnvFile, type Values } from './sources.ts'
import { closestName } from './suggest.ts'
import { requireTrustedCommand } from './trust.ts'
import { settingsSchema, type VariableName } from './variables.ts'

/**
 * Everything a command of the toolkit is told: the validated variables and the places derived from them. What has a default
 * that is built from other values is there by then, and under the same rule as when it is set.
 */
const configSchema = settingsSchema
  .required({ PROJECT_NAME: true, LOCAL_BACKUP_DIR: true, BORG_EXTRACT_DIR: true, HOOKS_DIR: true })
  .extend({
    ENV_FILE: z.string(),
    STATE_DIR: z.string(),
    RUNS_DIR: z.string(),
    LOG_DIR: z.string(),
    LOCK_FILE: z.string(),
    /** What the steps of a run hand to each other, and what is gone with it; of a worker that a run started. */
    RUN_DIRECTORY: z.string().optional(),
  })
export type Config = z.output<typeof configSchema>

type Origin = 'environment' | 'credential' | 'file' | 'default'

/** The values as a command's environment carries them, and where each came from. */
export interface Project {
  values: Values
  origins: Record<string, Origin>
}

const variableNames = settingsSchema.keyof().options

/** The names of the variables whose values are never shown. */
export const secretNames: readonly VariableName[] = variableNames.filter(
  (name) => kindOf(settingsSchema.shape[name]).secret,
)

/**
 * The configuration a worker was started with: `backup.sh` and `restore.sh` have put it into its environment, so the
 * env file is not read again. Registers the secrets with the redactor.
 * @throws ZodError when the environment is not one that the scripts made.
 */
export function loadConfig(environment: Environment): Config {
  const present = Object.entries(environment).filter(([, value]) => value !== undefined && value !== '')
  const config = configSchema.parse(Object.fromEntries(present))
  registerSecrets(environment)
  return config
}

function registerSecrets(values: Environment): void {
  addSecrets(secretNames.map((name) => values[name]))
  for (const name of secretNames) {
    const value = values[name]
    if (value !== undefined && URL.canParse(value)) addSecrets([decodeURIComponent(new URL(value).password)])
  }
}

/**
 * Finds, reads, completes and checks a project's configuration. What stands in the real environment wins over systemd
 * credentials, they over the env file, and that over the defaults.
 * @param needed what the command is about to use; its absence is an error.
 */
export async function loadProject(options: {
  envFile: string
  environment: Environment
  needed: readonly Need[]
  /** Nothing that the configuration names is run, so it may be another user's. */
  reading?: boolean
}): Promise<Project> {
  const { environment, needed, reading = false } = options
  const envFile = resolve(options.envFile)
  const file = await readEnvFile(envFile, { reading })
  const directory = environment['CREDENTIALS_DIRECTORY'] || undefined
  const credentials = await readCredentials(directory, variableNames, { reading })
  const project: Project = { values: { ENV_FILE: envFile }, origins: {} }
  for (const name of variableNames) {
    const [value, origin] =
      [
        [environment[name], 'environment'] as const,
        [credentials[name], 'credential'] as const,
        [file[name], 'file'] as const,
      ].find(([candidate]) => candidate !== undefined && candidate !== '') ?? []
    if (value === undefined || origin === undefined) continue
    project.values[name] = expandPath(name, value, environment)
    project.origins[name] = origin
  }
  registerSecrets(project.values)
  const name =
    project.values['PROJECT_NAME'] ??
    projectOfFile(envFile) ??
    project.values['SUPABASE_PROJECT_REF'] ??
    'project'
  refuseProjectName(name, project, envFile)
  for (const [key, value] of Object.entries(defaults(project.values, name, envFile, environment)))
    project.values[key] ??= value
  completeAndCheck(project, needed, envFile, unknownNames(Object.keys(file), envFile))
  if (!reading)
    for (const name of commandNames)
      await requireTrustedCommand(project.values[name] ?? '', `${name}'s program`)
  return project
}

/** The variables that hold shell commands. */
const commandNames = ['ONLY_IF', 'BORG_PASSCOMMAND'] as const satisfies readonly VariableName[]

function unknownNames(names: readonly string[], envFile: string): Problem[] {
  const known: readonly string[] = variableNames
  return names
    .filter((name) => !known.includes(name))
    .map((name): Problem => {
      const closest = closestName(name, known)
      return {
        code: 'CONFIG_UNKNOWN_VARIABLE',
        message: `${envFile} sets ${name}, which is not a variable of this toolkit.`,
        suggestion:
          closest === undefined ? 'Remove it; .env.example lists them all.' : `Did you mean ${closest}?`,
      }
    })
}

function expandPath(name: VariableName, value: string, environment: Environment): string {
  const { path } = kindOf(settingsSchema.shape[name])
  if (path === undefined) return value
  return path === 'one'
    ? expandHome(value, environment)
    : value
        .split(/\s+/)
        .map((word) => expandHome(word, environment))
        .join(' ')
}

/** What is built from other values where nobody set it. */
function defaults(values: Values, name: string, envFile: string, environment: Environment): Values {
  const addresses: Values = {}
  for (const prefix of ['SUPABASE', 'TEST_SUPABASE']) {
    const ref = values[`${prefix}_PROJECT_REF`]
    const url = values[`${prefix}_URL`] ?? (ref === undefined ? undefined : `https://${ref}.supabase.co`)
    if (url === undefined) continue
    addresses[`${prefix}_URL`] = url
    addresses[`${prefix}_STORAGE_URL`] = `${url.replace(/\/+$/, '')}/storage/v1`
  }
  return {
    ...addresses,
    PROJECT_NAME: name,
    PROJECT_REFERENCE: hostedReference(values) ?? '',
    ...projectDirectories(envFile, name, environment),
  }
}

function invalidValue({ origins }: Project, envFile: string, issue: z.core.$ZodIssue): Problem {
  const name = String(issue.path[0])
  const origin = origins[name] === 'file' ? ` in ${envFile}` : ''
  return {
    code: 'CONFIG_INVALID_VALUE',
    message: `${name}${origin} ${issue.message}.`,
    suggestion: 'See docs/reference/configuration.md.',
  }
}

/** The name is looked at before places are made of it. */
function refuseProjectName(name: string, { origins }: Project, envFile: string): void {
  const problem = projectNameProblem(name)
  if (problem === undefined) return
  const isSet = origins['PROJECT_NAME'] !== undefined
  throw configurationError({
    code: 'CONFIG_INVALID_VALUE',
    message: isSet
      ? `PROJECT_NAME${origins['PROJECT_NAME'] === 'file' ? ` in ${envFile}` : ''} ${problem}.`
      : `The name of ${envFile} is no name for a project, which ${problem}.`,
    suggestion: isSet
      ? 'Give it another. Archives under the old name stay, and are restored with --archive NAME.'
      : 'Rename the file, or set PROJECT_NAME in it.',
  })
}

/** Adds the defaults of the schema and refuses what is wrong, all of it at once. */
function completeAndCheck(
  project: Project,
  needed: readonly Need[],
  envFile: string,
  unknown: readonly Problem[],
): void {
  const parsed = configSchema.safeParse(project.values)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => invalidValue(project, envFile, issue))
    throw problemsError([...unknown, ...problems])
  }
  const error = problemsError([...unknown, ...ruleProblems(parsed.data, needed)])
  if (error !== undefined) throw error
  for (const name of variableNames) {
    if (project.values[name] !== undefined) continue
    const fallback = defaultOf(settingsSchema.shape[name])
    if (fallback !== undefined) project.values[name] = fallback
  }
  for (const name of Object.keys(project.values)) project.origins[name] ??= 'default'
}
