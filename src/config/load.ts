import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import { addSecrets } from '../common/redact.ts'
import { type Config, configSchema } from './config.ts'
import { type Environment, expandHome, projectDirectories, projectOfFile } from './directories.ts'
import { hostedReference } from './hosted.ts'
import { defaultOf, kindOf } from './kinds.ts'
import { refusedNames, unknownNames } from './names.ts'
import { configurationError, type Problem, problemsError } from './problem.ts'
import { projectNameProblem } from './project-name.ts'
import { type Need, ruleProblems } from './rules.ts'
import { readCredentials, readEnvFile, type Values } from './sources.ts'
import { requireTrusted, requireTrustedCommand } from './trust.ts'
import { settingsSchema, type VariableName, variableNames } from './variables.ts'

type Origin = 'environment' | 'credential' | 'command' | 'file' | 'default'

/** The values as a command's environment carries them, and where each came from. */
export interface Project {
  values: Values
  origins: Record<string, Origin>
  /** Why what SECRETS_COMMAND prints is not among them, where it is set. */
  notRun?: string | undefined
}

/** The names of the variables whose values are never shown. */
export const secretNames: readonly VariableName[] = variableNames.filter(
  (name) => kindOf(settingsSchema.shape[name]).secret,
)

/**
 * The configuration a worker was started with: `backup.sh` and `restore.sh` have put it into its environment, so the
 * env file is not read again. Registers the secrets with the redactor.
 * @param environment what programs get, where it is not the same
 * @throws ZodError when the values are not those that the scripts made.
 */
export function loadConfig(values: Environment, environment = values): Config {
  const present = Object.entries(values).filter(([, value]) => value !== undefined && value !== '')
  const config = configSchema.parse(Object.fromEntries(present))
  registerSecrets(values)
  return { ...config, environment }
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
 * credentials, they over what SECRETS_COMMAND prints, that over the env file, and that over the defaults.
 * @param needed what the command is about to use; its absence is an error.
 */
export async function loadProject(options: {
  envFile: string
  environment: Environment
  needed: readonly Need[]
  /** Nothing that the configuration names is run, so it may be another user's. */
  reading?: boolean
  /** With `reading`: SECRETS_COMMAND is run all the same where nobody else could have written it. */
  secretsIfTrusted?: boolean
}): Promise<Project> {
  const { environment, needed, reading = false } = options
  const envFile = resolve(options.envFile)
  const file = await readEnvFile(envFile, { reading })
  const directory = environment['CREDENTIALS_DIRECTORY'] || undefined
  const credential = await readCredentials(directory, variableNames, { reading })
  const notRun = reading ? await reasonNotToRun(envFile, options.secretsIfTrusted ?? false) : undefined
  const layers = [environment, credential, file]
  const command = notRun === undefined ? await readCommanded(layers, envFile, environment) : {}
  const project = firstOf({ environment, credential, command, file }, envFile)
  if (project.values['SECRETS_COMMAND'] !== undefined) project.notRun = notRun
  registerSecrets(project.values)
  const name =
    project.values['PROJECT_NAME'] ??
    projectOfFile(envFile) ??
    project.values['SUPABASE_PROJECT_REF'] ??
    'project'
  refuseProjectName(name, project, envFile)
  for (const [key, value] of Object.entries(defaults(project.values, name, envFile, environment)))
    project.values[key] ??= value
  completeAndCheck(project, needed, envFile, [
    ...unknownNames(Object.keys(file), envFile),
    ...refusedNames(Object.keys(command)),
    ...overlongValues(project.values),
  ])
  if (!reading)
    for (const name of commandNames)
      await requireTrustedCommand(project.values[name] ?? '', `${name}'s program`)
  return project
}

/** Longest `NAME=value` in bytes that Linux hands a program, with the byte that ends it. */
const longestVariable = 128 * 1024

/** Each value reaches the programs of a run in their environment: with a longer one none of them could be started. */
function overlongValues(values: Values): Problem[] {
  return Object.entries(values)
    .filter(([name, value]) => Buffer.byteLength(`${name}=${value}`) + 1 > longestVariable)
    .map(([name]) => ({
      code: 'CONFIG_INVALID_VALUE',
      message: `${name} is longer than 128 KiB, which no program can be given.`,
      suggestion: 'Look at what sets it: a whole file may have been taken for one value.',
    }))
}

/** Of each variable the first value that is set, by the order of the layers. */
function firstOf(
  layers: Record<'environment' | 'credential' | 'command' | 'file', Environment>,
  envFile: string,
): Project {
  const project: Project = { values: { ENV_FILE: envFile }, origins: {} }
  const { environment, credential, command, file } = layers
  for (const name of variableNames) {
    const [value, origin] =
      [
        [environment[name], 'environment'] as const,
        [credential[name], 'credential'] as const,
        [command[name], 'command'] as const,
        [file[name], 'file'] as const,
      ].find(([candidate]) => candidate !== undefined && candidate !== '') ?? []
    if (value === undefined || origin === undefined) continue
    project.values[name] = expandPath(name, value, environment)
    project.origins[name] = origin
  }
  return project
}

/** What SECRETS_COMMAND prints, where the layers before it set one. */
async function readCommanded(
  layers: readonly Environment[],
  envFile: string,
  environment: Environment,
): Promise<Values> {
  const settingOf = (name: 'SECRETS_COMMAND' | 'SECRETS_COMMAND_TIMEOUT_SEC') =>
    layers.map((layer) => layer[name]).find((value) => value !== undefined && value !== '')
  const command = settingOf('SECRETS_COMMAND')
  if (command === undefined) return {}
  await requireTrustedCommand(command, "SECRETS_COMMAND's program")
  const timeout = settingsSchema.shape.SECRETS_COMMAND_TIMEOUT_SEC.safeParse(
    settingOf('SECRETS_COMMAND_TIMEOUT_SEC'),
  )
  // A wrong one is told with everything else that is wrong.
  if (!timeout.success) return {}
  const { runSecretsCommand } = await import('./secrets-command.ts')
  return runSecretsCommand({
    ...{ command, timeoutSec: timeout.data, environment },
    directory: dirname(envFile),
  })
}

async function reasonNotToRun(envFile: string, ifTrusted: boolean): Promise<string | undefined> {
  if (!ifTrusted) return 'Nothing that the configuration names is run.'
  return requireTrusted(envFile, 'The env file').then(
    () => undefined,
    (error: Error) => error.message,
  )
}

/** The variables that hold shell commands. */
const commandNames = ['ONLY_IF', 'BORG_PASSCOMMAND'] as const satisfies readonly VariableName[]

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
  const where: Partial<Record<Origin, string>> = {
    file: ` in ${envFile}`,
    command: ', as SECRETS_COMMAND prints it,',
  }
  const origin = where[origins[name] ?? 'default'] ?? ''
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
