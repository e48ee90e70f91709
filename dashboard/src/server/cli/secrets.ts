import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { keyFileOf } from '../crypto/key-file.ts'
import { openSealer } from '../crypto/seal.ts'
import { openToRead } from '../db/open.ts'
import { credentialsOf } from '../services/credentials.ts'
import { removedOf } from '../services/removed.ts'
import type { Environment } from '../toolkit.ts'
import { type CommandLine, usageProblem } from './arguments.ts'

/**
 * What SECRETS_COMMAND runs: a project's secrets as `NAME='value'` lines, for scripts that a timer or somebody starts. It changes
 * nothing, and runs beside the dashboard.
 * @throws Problem USAGE, SEAL_BROKEN, KEY_MISSING
 */
export function secretsCommand(line: CommandLine, environment: Environment): string {
  const { directory, project, former } = line
  if (project === undefined) throw usageProblem('--project is missing.')
  if (!existsSync(join(directory, 'dashboard.sqlite')))
    throw usageProblem(`There is no dashboard in ${directory}.`)
  const database = openToRead(directory)
  try {
    const sealer = openSealer(keyFileOf(directory, environment['CREDENTIALS_DIRECTORY']), () => false)
    const removed = removedOf(database)
    const credentials = credentialsOf({
      database,
      sealer,
      environment,
      removed,
      directory,
      changed: () => {},
    })
    if (!credentials.knows(project))
      throw usageProblem(`The dashboard in ${directory} has no project ${project}.`)
    return former ? credentials.formerLines(project) : credentials.lines(project)
  } finally {
    database.$client.close()
  }
}
