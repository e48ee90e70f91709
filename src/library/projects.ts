import { type Environment, projectOfFile } from '../config/directories.ts'
import { listBackedUp } from '../config/find.ts'

/** A project that is configured to be backed up. */
export interface ConfiguredProject {
  name: string
  envFile: string
}

/** Every project in the configuration directories, as `--all` takes them. */
export async function configuredProjects(environment: Environment): Promise<ConfiguredProject[]> {
  const files = await listBackedUp(environment)
  return files.map((envFile) => ({ name: projectOfFile(envFile) ?? envFile, envFile }))
}
