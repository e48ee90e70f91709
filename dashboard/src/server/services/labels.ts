import { and, asc, count, eq, inArray } from 'drizzle-orm'
import type { Principal } from '../auth/principal.ts'
import type { Database } from '../db/open.ts'
import { projectLabels } from '../db/schema/index.ts'

export type LabelKind = 'group' | 'tag'

export type Labels = ReturnType<typeof labelsOf>

/** Groups and tags of projects, and which projects somebody sees by them. */
export function labelsOf(database: Database) {
  const isInGroup = (projectId: string, groups: readonly string[]) =>
    database
      .select({ label: projectLabels.label })
      .from(projectLabels)
      .where(
        and(
          eq(projectLabels.projectId, projectId),
          eq(projectLabels.kind, 'group'),
          inArray(projectLabels.label, [...groups]),
        ),
      )
      .get() !== undefined

  return {
    /** Whether somebody may know of a project; to whom all are shown, one that is not there is too. */
    sees: (principal: Principal | undefined, projectId: string): boolean =>
      principal !== undefined && (principal.groups === null || isInGroup(projectId, principal.groups)),

    /** The same for many at once. @returns says it of one */
    seenBy(principal: Principal | undefined): (projectId: string) => boolean {
      if (principal === undefined) return () => false
      if (principal.groups === null) return () => true
      const rows = database
        .selectDistinct({ projectId: projectLabels.projectId })
        .from(projectLabels)
        .where(and(eq(projectLabels.kind, 'group'), inArray(projectLabels.label, [...principal.groups])))
        .all()
      const seen = new Set(rows.map(({ projectId }) => projectId))
      return (projectId) => seen.has(projectId)
    },

    of(projectId: string, kind: LabelKind): string[] {
      return database
        .select({ label: projectLabels.label })
        .from(projectLabels)
        .where(and(eq(projectLabels.projectId, projectId), eq(projectLabels.kind, kind)))
        .orderBy(asc(projectLabels.label))
        .all()
        .map(({ label }) => label)
    },

    /** Of all projects that have any, by their ids. */
    ofAll(): Map<string, Record<LabelKind, string[]>> {
      const all = new Map<string, Record<LabelKind, string[]>>()
      for (const row of database.select().from(projectLabels).orderBy(asc(projectLabels.label)).all()) {
        const labels = all.get(row.projectId) ?? { group: [], tag: [] }
        labels[row.kind].push(row.label)
        all.set(row.projectId, labels)
      }
      return all
    },

    /** Puts these in the place of those that a project had. */
    set(projectId: string, kind: LabelKind, labels: readonly string[]): void {
      database.transaction((transaction) => {
        transaction
          .delete(projectLabels)
          .where(and(eq(projectLabels.projectId, projectId), eq(projectLabels.kind, kind)))
          .run()
        for (const label of new Set(labels))
          transaction.insert(projectLabels).values({ projectId, kind, label }).run()
      })
    },

    /** The groups or tags that there are, and how many projects have each. */
    known: (kind: LabelKind): { label: string; projects: number }[] =>
      database
        .select({ label: projectLabels.label, projects: count() })
        .from(projectLabels)
        .where(eq(projectLabels.kind, kind))
        .groupBy(projectLabels.label)
        .orderBy(asc(projectLabels.label))
        .all(),
  }
}
