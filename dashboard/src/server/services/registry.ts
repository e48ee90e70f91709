import { eq } from 'drizzle-orm'
import type { Database } from '../db/open.ts'
import { projects } from '../db/schema/index.ts'
import { type WatchedProject, watchedProject } from '../ingest/watched-project.ts'
import { notFound } from '../problem.ts'
import { configuredProjects, type Environment, projectOfFile } from '../toolkit.ts'
import type { Removed } from './removed.ts'

export type Registry = ReturnType<typeof registryOf>

interface AddOptions {
  origin: 'found' | 'adopted'
  name?: string
  /** Made just now, and so none that was removed before. */
  isNew?: boolean
  /** The removed project that it is, where that is known. */
  removed?: string
}

/** The projects that the dashboard knows: those in the configuration directories, and those that somebody named. */
export function registryOf(database: Database, environment: Environment, removed: Removed) {
  const watched = new Map<string, WatchedProject>()
  for (const row of database.select().from(projects).all()) watched.set(row.id, watchedProject(row))

  const freeId = (name: string) => {
    let id = name
    for (let number = 2; watched.has(id) || removed.has(id); number += 1) id = `${name}~${number}`
    return id
  }
  const add = (envFile: string, options: AddOptions) => {
    const { origin, isNew = false, name = projectOfFile(envFile) ?? 'project' } = options
    const known = [...watched.values()].find((project) => project.envFile === envFile)
    if (known !== undefined) return known
    // Where its env file is back, so is what was kept of it: nobody but the machine's user puts one there.
    const before = isNew ? undefined : (options.removed ?? removed.lastOf(envFile)?.id)
    const unknown = {
      stateDirectory: '',
      logDirectory: '',
      environment: null,
      repository: null,
      inactiveSince: null,
    }
    const row = { id: before ?? freeId(name), name, envFile, origin, ...unknown }
    database.transaction(() => {
      database
        .insert(projects)
        .values({ ...row, addedAt: new Date() })
        .run()
      if (before !== undefined) removed.giveBack(before)
    })
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
      for (const { envFile } of await configuredProjects({ environment })) add(envFile, { origin: 'found' })
      return [...watched.values()].filter(({ id }) => !before.has(id))
    },

    /** Keeps what was read of a project, for when it cannot be read. */
    save({ id, name, stateDirectory, logDirectory, repository }: WatchedProject): void {
      const changes = { name, stateDirectory, logDirectory, repository }
      database.update(projects).set(changes).where(eq(projects.id, id)).run()
    },

    /** Takes back one that was added just now and could not be made. */
    abandon(id: string): void {
      database.delete(projects).where(eq(projects.id, id)).run()
      watched.delete(id)
    },

    /**
     * Takes a project out of the dashboard; its files stay, and its secrets are kept.
     * @param keptAs where its env file is from now on; null where it is gone
     * @param by as people know them
     */
    forget(id: string, keptAs: string | null, by: string, now = new Date()): void {
      const project = watched.get(id)
      if (project === undefined) throw notFound('project')
      removed.take({ id, name: project.name, envFile: project.envFile, keptAs, removedBy: by }, now)
      watched.delete(id)
    },
  }
}
