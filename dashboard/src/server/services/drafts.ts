import { randomUUID } from 'node:crypto'
import { and, desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import type { Principal } from '../auth/principal.ts'
import type { Database } from '../db/open.ts'
import { restoreDrafts } from '../db/schema/index.ts'
import { notFound } from '../problem.ts'
import type { Registry } from './registry.ts'

/** So many of somebody's drafts are kept of a project. */
const draftsKept = 10

const names = z.array(z.string().max(1024)).max(2000)

/** A restore as far as somebody has put it together. It is not checked before it is started: until then anything may be missing. */
export const restoreDraftSchema = z.object({
  archive: z.string().max(200).nullable().default(null),
  /** What was taken out of the tree; nothing means all of it. */
  only: names.nullable().default(null),
  schemas: names.default([]),
  tables: names.default([]),
  buckets: names.default([]),
  target: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('drill') }),
      z.object({ type: z.literal('test') }),
      z.object({ type: z.literal('project'), projectId: z.string().max(120) }),
    ])
    .nullable()
    .default(null),
  dataOnly: z.boolean().default(false),
  keepExtra: z.boolean().default(false),
  arm: z.boolean().default(false),
  noSafetyBackup: z.boolean().default(false),
  /** Runs that came of it. */
  previewId: z.string().max(100).nullable().default(null),
  runId: z.string().max(100).nullable().default(null),
})
export type RestoreDraft = z.infer<typeof restoreDraftSchema>

/** Drafts of restores, each seen by whoever began it alone. */
export function draftsOf({ database, registry }: { database: Database; registry: Registry }) {
  const mine = (projectId: string, by: Principal) =>
    and(eq(restoreDrafts.projectId, projectId), eq(restoreDrafts.ownerId, by.id))
  return {
    /** Newest first. */
    list(projectId: string, by: Principal) {
      registry.get(projectId)
      const rows = database
        .select()
        .from(restoreDrafts)
        .where(mine(projectId, by))
        .orderBy(desc(restoreDrafts.updatedAt))
        .all()
      return rows.map(({ id, updatedAt, state }) => ({
        ...{ id, updatedAt: updatedAt.toISOString() },
        state: restoreDraftSchema.parse(JSON.parse(state)),
      }))
    },

    /** @throws Problem NOT_FOUND, also for another's */
    get(projectId: string, id: string, by: Principal): RestoreDraft {
      const row = database
        .select()
        .from(restoreDrafts)
        .where(and(mine(projectId, by), eq(restoreDrafts.id, id)))
        .get()
      if (row === undefined) throw notFound('draft')
      return restoreDraftSchema.parse(JSON.parse(row.state))
    },

    begin(projectId: string, state: RestoreDraft, by: Principal): string {
      registry.get(projectId)
      const id = randomUUID()
      const row = { id, projectId, ownerId: by.id, updatedAt: new Date(), state: JSON.stringify(state) }
      database.insert(restoreDrafts).values(row).run()
      for (const old of this.list(projectId, by).slice(draftsKept)) this.remove(projectId, old.id, by)
      return id
    },

    /** @throws Problem NOT_FOUND */
    save(projectId: string, id: string, state: RestoreDraft, by: Principal): void {
      this.get(projectId, id, by)
      database
        .update(restoreDrafts)
        .set({ state: JSON.stringify(state), updatedAt: new Date() })
        .where(eq(restoreDrafts.id, id))
        .run()
    },

    remove(projectId: string, id: string, by: Principal): void {
      this.get(projectId, id, by)
      database.delete(restoreDrafts).where(eq(restoreDrafts.id, id)).run()
    },
  }
}
