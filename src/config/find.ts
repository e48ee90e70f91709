import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { configurationDirectories, type Environment } from './directories.ts'
import { configurationError } from './problem.ts'
import { projectNameProblem } from './project-name.ts'
import { readEnvFile } from './sources.ts'

/** Every configured project's env file; one that a more particular directory has hides its namesakes. */
export async function listEnvFiles(environment: Environment): Promise<string[]> {
  const found = new Map<string, string>()
  for (const directory of configurationDirectories(environment))
    for (const file of (await readdir(directory).catch(() => [])).sort())
      if (/^[^.].*\.env$/.test(file) && !found.has(file)) found.set(file, join(directory, file))
  return [...found.values()]
}

/** The env files of the projects that are backed up: without those that are only restored to (TARGET_ONLY). */
export async function listBackedUp(environment: Environment): Promise<string[]> {
  const files = await listEnvFiles(environment)
  const kept = await Promise.all(files.map(async (file) => !(await isTargetOnly(file))))
  return files.filter((_, index) => kept[index])
}

/** One that cannot be read is counted among those that are backed up, for somebody to be told. */
async function isTargetOnly(envFile: string): Promise<boolean> {
  const values = await readEnvFile(envFile, { reading: true }).catch(() => undefined)
  return values?.['TARGET_ONLY'] === 'true'
}

/**
 * The env file that a command was told to use: `--env-file`, `--project`, else the checkout's `.env`, else the only
 * project there is that is backed up.
 */
export async function findEnvFile(options: {
  envFile: string | undefined
  project: string | undefined
  /** The toolkit's own directory. */
  root: string
  environment: Environment
}): Promise<string> {
  if (options.envFile !== undefined) return options.envFile
  const directories = configurationDirectories(options.environment)
  if (options.project !== undefined) {
    refuseName(options.project)
    const file = `${options.project}.env`
    const directory = directories.find((candidate) => existsSync(join(candidate, file))) ?? directories[0]
    return join(directory ?? '', file)
  }
  const own = join(options.root, '.env')
  if (existsSync(own)) return own
  const files = await listBackedUp(options.environment)
  const [only] = files
  if (only !== undefined && files.length === 1) return only
  throw configurationError({
    code: only === undefined ? 'ENV_FILE_MISSING' : 'PROJECT_AMBIGUOUS',
    message:
      only === undefined
        ? `There is no env file: neither ${own} nor any *.env in ${directories.join(' or ')}.`
        : `There are several projects: ${files.join(', ')}.`,
    suggestion:
      only === undefined
        ? 'To be asked for what it says: install.sh --project NAME --configure. Or copy .env.example to one of these places, fill it in and chmod 600 it; or name a file with --env-file.'
        : 'Say which one with --project or --env-file.',
  })
}

/** A name becomes part of a path here, so it is looked at before. */
function refuseName(name: string): void {
  const problem = projectNameProblem(name)
  if (problem === undefined) return
  throw configurationError({
    code: 'CONFIG_INVALID_VALUE',
    message: `There is no project ${JSON.stringify(name)}: a project's name ${problem}.`,
    suggestion: 'Say --project NAME for NAME.env in the configuration directory, or --env-file FILE.',
  })
}
