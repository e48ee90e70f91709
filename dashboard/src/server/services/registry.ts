import { eq } from 'drizzle-orm'
import type { Database } from '../db/open.ts'
import { projects } from '../db/schema/index.ts'
import { type WatchedProject, watchedProject } from '../ingest/watched-project.ts'
import { notFound } from '../problem.ts'
import { configuredProjects, type Environment, projectOfFile } from '../toolkit.ts'

export type Registry = ReturnType<typeof registryOf>

/** The projects that the dashboard knows: those in the configuration directories, and those that somebody named. */
export function registryOf(database: Database, environment: Environment) {
  const watched = new Map<string, WatchedProject>()
  for (const row of database.select().from(projects).all()) watched.set(row.id, watchedProject(row))

  const freeId = (name: string) => {
    let id = name
    for (let number = 2; watched.has(id); number += 1) id = `${name}~${number}`
    return id
  }
  const add = (envFile: string, origin: 'found' | 'adopted', name = projectOfFile(envFile) ?? 'project') => {
    const known = [...watched.values()].find((project) => project.envFile === envFile)
    if (known !== undefined) return known
    const row = { id: freeId(name), name, envFile, stateDirectory: '', logDirectory: '', origin }
    database
      .insert(projects)
      .values({ ...row, addedAt: new Date() })
      .run()
    const project = watchedProject(row)
    watched.set(row.id, project)
    return project
  }
  return {
    all: () => [...watched.values()],
    find: (id: string) => watched.get(id),
    add,

    /** @throws Problem NOT_FOUND */
    get(id: string): WatchedProject {
      const project = watched.get(id)
      if (project === undefined) throw notFound('project')
      return project
    },

    /** Takes in the env files of the configuration directories. @returns those that are new */
    async discover(): Promise<WatchedProject[]> {
      const before = new Set(watched.keys())
      for (const { envFile } of await configuredProjects({ environment })) add(envFile, 'found')
      return [...watched.values()].filter(({ id }) => !before.has(id))
    },

    /** Keeps what was read of a project, for when it cannot be read. */
    save({ id, name, stateDirectory, logDirectory }: WatchedProject): void {
      database.update(projects).set({ name, stateDirectory, logDirectory }).where(eq(projects.id, id)).run()
    },

    /** Takes a project out of the dashboard; its files stay. */
    forget(id: string): void {
      database.delete(projects).where(eq(projects.id, id)).run()
      watched.delete(id)
    },
  }
}
