import { z } from 'zod'
import { actorOf } from '../auth/access.ts'
import { newProjectSchema } from '../services/project/edit.ts'
import { importFileSchema } from '../services/project/import-file.ts'
import { addSchema, changeSchema, placeSchema, removeSchema } from '../services/project/manage.ts'
import { applySchema, exportSchema, sealedExportSchema } from '../services/project/transfer.ts'
import { describeVariables, shownValues } from '../services/project/variables.ts'
import { listProcedure, procedure, projectProcedure, router } from './base.ts'

const removedSchema = z.object({ removedId: z.string().min(1).max(120) })

export const projectsRouter = router({
  list: listProcedure('viewer').query(({ ctx: { app, sees } }) =>
    app.projects.list().filter(({ id }) => sees(id)),
  ),

  get: projectProcedure('viewer').query(({ ctx: { app, principal }, input }) =>
    app.projects.get(input.projectId, app.labels.seenBy(principal)),
  ),

  /** What a form of settings asks for. */
  variables: listProcedure('admin').query(() => describeVariables()),

  tryNew: procedure('admin', 'try settings')
    .input(newProjectSchema.extend({ part: z.enum(['project', 'all']) }))
    .mutation(({ ctx: { app }, input: { part, ...project } }) => app.editor.tryNew(project, part)),

  add: procedure('admin', 'add project')
    .input(addSchema)
    .mutation(async ({ ctx: { app, principal, note }, input }) => {
      const added = await app.manager.add(input, actorOf(principal))
      note({ after: { ...shownValues(input.values), ...input.place }, isKept: added.id !== null }, input.name)
      return added
    }),

  settings: projectProcedure('admin').query(({ ctx: { app }, input }) =>
    app.manager.settings(input.projectId),
  ),

  change: projectProcedure('admin', 'change settings')
    .input(changeSchema)
    .mutation(async ({ ctx: { app, principal, note }, input: { projectId, ...changes } }) => {
      const { before, after, ...result } = await app.manager.change(projectId, changes, actorOf(principal))
      note({ before, after, isKept: result.isKept })
      return result
    }),

  place: projectProcedure('admin', 'place project')
    .input(placeSchema)
    .mutation(({ ctx: { app, note }, input: { projectId, ...place } }) => {
      const changed = app.manager.setPlace(projectId, place)
      note(changed)
      return changed
    }),

  setInactive: projectProcedure('admin', 'set inactive')
    .input(z.object({ isInactive: z.boolean() }))
    .mutation(({ ctx: { app, note }, input: { projectId, isInactive } }) => {
      note(app.manager.setInactive(projectId, isInactive))
    }),

  remove: projectProcedure('admin', 'remove project')
    .input(removeSchema)
    .mutation(async ({ ctx: { app, principal, note }, input: { projectId, ...confirmation } }) => {
      const result = await app.manager.remove(projectId, confirmation, actorOf(principal))
      note({ after: result })
      return result
    }),

  /** Those that were taken out and can be put back. */
  removed: procedure('admin').query(({ ctx: { app } }) => app.manager.removed()),

  putBack: procedure('admin', 'put project back')
    .input(removedSchema)
    .mutation(({ ctx: { app, note }, input: { removedId } }) => {
      note({}, removedId)
      return app.manager.putBack(removedId)
    }),

  dropRemoved: procedure('admin', 'drop removed project')
    .input(removedSchema.extend(removeSchema.shape))
    .mutation(({ ctx: { app, note }, input: { removedId, typed } }) => {
      note({}, removedId)
      note(app.manager.drop(removedId, { typed }))
    }),

  planImport: procedure('admin', 'plan import')
    .input(importFileSchema)
    .mutation(({ ctx: { app }, input }) => app.transfer.plan(input)),

  applyImport: procedure('admin', 'import projects')
    .input(applySchema)
    .mutation(async ({ ctx: { app, principal, note }, input }) => {
      const rows = await app.transfer.apply(input, actorOf(principal))
      note({ after: rows.map(({ name, verdict, changes }) => ({ name, verdict, changes })) })
      return rows
    }),

  export: listProcedure('admin', 'export projects')
    .input(exportSchema)
    .mutation(({ ctx: { app, sees }, input }) => app.transfer.export(seen(app, sees), input.format)),

  exportSealed: listProcedure('admin', 'export secrets')
    .input(sealedExportSchema)
    .mutation(({ ctx: { app, sees }, input }) =>
      app.transfer.exportSealed(seen(app, sees), input.passphrase),
    ),

  adopt: procedure('admin', 'adopt project')
    .input(z.object({ envFile: z.string().trim().min(1).max(4096) }))
    .mutation(({ ctx: { app }, input }) => app.projects.adopt(input.envFile)),

  forget: projectProcedure('admin', 'forget project').mutation(({ ctx: { app, principal }, input }) =>
    app.projects.forget(input.projectId, actorOf(principal)),
  ),
})

function seen(
  app: { registry: { all: () => { id: string }[] } },
  sees: (projectId: string) => boolean,
): string[] {
  return app.registry
    .all()
    .map(({ id }) => id)
    .filter(sees)
}
