import { z } from 'zod'
import { shownName } from '../auth/principal.ts'
import { notFound } from '../problem.ts'
import { credentialNameSchema, credentialValueSchema } from '../services/credentials.ts'
import { projectProcedure, router } from './base.ts'

/** Secrets of projects: set and cleared, and never read out. */
export const credentialsRouter = router({
  list: projectProcedure('viewer').query(({ ctx: { app }, input: { projectId } }) => {
    app.registry.get(projectId)
    return {
      secrets: app.credentials.list(projectId),
      /** What a project's env file says, for scripts that a timer or somebody starts. */
      secretsCommand: app.credentials.command(projectId),
    }
  }),

  set: projectProcedure('admin', 'set secret')
    .input(z.object({ name: credentialNameSchema, value: credentialValueSchema }))
    .mutation(({ ctx: { app, principal, note }, input: { projectId, ...secret } }) => {
      if (principal === undefined) throw notFound('user')
      app.registry.get(projectId)
      note({ name: secret.name, before: app.credentials.setAt(projectId, secret.name) })
      app.credentials.set(projectId, secret, shownName(principal))
    }),

  clear: projectProcedure('admin', 'clear secret')
    .input(z.object({ name: credentialNameSchema }))
    .mutation(({ ctx: { app, note }, input: { projectId, name } }) => {
      app.registry.get(projectId)
      note({ name, before: app.credentials.setAt(projectId, name) })
      app.credentials.clear(projectId, name)
    }),
})
