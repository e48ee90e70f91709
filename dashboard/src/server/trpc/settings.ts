import { settingsSchema } from '../services/settings.ts'
import { procedure, router } from './base.ts'

/** What is set for the whole dashboard. */
export const settingsRouter = router({
  get: procedure('admin').query(({ ctx: { app } }) => app.settings.get()),

  set: procedure('admin', 'change settings')
    .input(settingsSchema.partial())
    .mutation(({ ctx: { app, note }, input }) => {
      const before: Record<string, unknown> = app.settings.set(input)
      const names = Object.keys(input)
      note(
        { before: Object.fromEntries(names.map((name) => [name, before[name]])), after: input },
        'settings',
      )
    }),
})
