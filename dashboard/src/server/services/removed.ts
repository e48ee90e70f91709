import { and, asc, desc, eq } from 'drizzle-orm'
import type { Database } from '../db/open.ts'
import { credentials, formerCredentials, projects, removedProjects } from '../db/schema/index.ts'
import { notFound } from '../problem.ts'

export type RemovedProject = typeof removedProjects.$inferSelect
type KeptSecret = Pick<typeof credentials.$inferSelect, 'name' | 'sealed' | 'setAt' | 'setBy'>

/**
 * What stays of projects that were taken out: where their env files are, and their secrets, sealed as they were. No removal loses what
 * archives are read with; only `drop` does, which is asked for by itself.
 */
export function removedOf(database: Database) {
  const find = (id: string): RemovedProject => {
    const row = database.select().from(removedProjects).where(eq(removedProjects.id, id)).get()
    if (row === undefined) throw notFound('removed project')
    return row
  }
  /** A removal and its secrets have the same time. */
  const atRemoval = ({ id, removedAt }: RemovedProject) =>
    and(eq(formerCredentials.projectId, id), eq(formerCredentials.keptAt, removedAt))

  return {
    has: (id: string): boolean =>
      database
        .select({ id: removedProjects.id })
        .from(removedProjects)
        .where(eq(removedProjects.id, id))
        .get() !== undefined,

    /** @throws Problem NOT_FOUND */
    find,

    /** Each with the names of its secrets, the last removed first. */
    list: () =>
      database
        .select()
        .from(removedProjects)
        .orderBy(desc(removedProjects.removedAt))
        .all()
        .map((row) => ({
          ...row,
          removedAt: row.removedAt.toISOString(),
          secrets: database
            .select({ name: formerCredentials.name })
            .from(formerCredentials)
            .where(atRemoval(row))
            .orderBy(asc(formerCredentials.name))
            .all()
            .map(({ name }) => name),
        })),

    /** The secrets that a removed project had, sealed. */
    secretsOf: (id: string): KeptSecret[] =>
      database
        .select()
        .from(formerCredentials)
        .where(atRemoval(find(id)))
        .all(),

    /** Takes a project out of the tables, and keeps what is to be kept. */
    take(project: Pick<RemovedProject, 'id' | 'name' | 'envFile' | 'keptAs' | 'removedBy'>, now: Date): void {
      const { id, keptAs } = project
      database.transaction(() => {
        const secrets = database.select().from(credentials).where(eq(credentials.projectId, id)).all()
        const former = database
          .select({ id: formerCredentials.id })
          .from(formerCredentials)
          .where(eq(formerCredentials.projectId, id))
          .get()
        for (const secret of secrets)
          database
            .insert(formerCredentials)
            .values({ ...secret, keptAt: now })
            .run()
        if (keptAs !== null || secrets.length > 0 || former !== undefined)
          database
            .insert(removedProjects)
            .values({ ...project, removedAt: now })
            .run()
        database.delete(projects).where(eq(projects.id, id)).run()
      })
    },

    /** The removed project whose env file was there, the last of them. */
    lastOf: (envFile: string): RemovedProject | undefined =>
      database
        .select()
        .from(removedProjects)
        .where(eq(removedProjects.envFile, envFile))
        .orderBy(desc(removedProjects.removedAt))
        .limit(1)
        .get(),

    /** Gives one that is a project again its secrets back. */
    giveBack(id: string): void {
      const row = find(id)
      database.transaction(() => {
        for (const { name, sealed, setAt, setBy } of database
          .select()
          .from(formerCredentials)
          .where(atRemoval(row))
          .all())
          database.insert(credentials).values({ projectId: id, name, sealed, setAt, setBy }).run()
        database.delete(formerCredentials).where(atRemoval(row)).run()
        database.delete(removedProjects).where(eq(removedProjects.id, id)).run()
      })
    },

    /** Lets go of a removed project's secrets for good; its env file stays where it is. @throws Problem NOT_FOUND */
    drop(id: string): void {
      find(id)
      database.transaction(() => {
        database.delete(formerCredentials).where(eq(formerCredentials.projectId, id)).run()
        database.delete(removedProjects).where(eq(removedProjects.id, id)).run()
      })
    },
  }
}

export type Removed = ReturnType<typeof removedOf>
