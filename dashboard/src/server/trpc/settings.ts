import { z } from 'zod'
import { recoveryPassphraseSchema } from '../services/own-backup.ts'
import { repositoriesOf } from '../services/repositories.ts'
import { settingsSchema, shownSettingsSchema } from '../services/settings.ts'
import { procedure, router } from './base.ts'

/** What is set for the whole dashboard, and how it is itself. */
export const settingsRouter = router({
  get: procedure('admin').query(({ ctx: { app } }) => shownSettingsSchema.parse(app.settings.get())),

  set: procedure('admin', 'change settings')
    .input(settingsSchema.omit({ ownBackupLock: true }).partial())
    .mutation(async ({ ctx: { app, note }, input }) => {
      if (input.exportDirectory) await app.scheduledExports.requireSound(input.exportDirectory)
      const before: Record<string, unknown> = app.settings.set(input)
      const names = Object.keys(input)
      note(
        { before: Object.fromEntries(names.map((name) => [name, before[name]])), after: input },
        'settings',
      )
    }),

  /** The key, the backups of the dashboard, the machine, the repositories, and which dashboard this is. */
  health: procedure('admin').query(async ({ ctx: { app } }) => ({
    key: app.keys.state(),
    ownBackup: app.ownBackup.state(),
    machine: await app.machine.look(),
    repositories: repositoriesOf(app.registry),
    about: app.about(),
    directory: app.directory,
  })),

  rotateKey: procedure('admin', 'rotate key').mutation(({ ctx: { app, note } }) => {
    const before = app.keys.state().keyId
    const { sealed } = app.keys.rotate()
    note({ before, after: app.keys.state().keyId, sealed }, 'key')
    return { sealed }
  }),

  /** The passphrase is kept nowhere: what is sealed for it, it opens. */
  setRecoveryPassphrase: procedure('admin', 'set recovery passphrase')
    .input(z.object({ passphrase: recoveryPassphraseSchema }))
    .mutation(({ ctx: { app, note }, input }) => {
      app.ownBackup.setPassphrase(input.passphrase)
      note({}, 'dashboard backup')
      return app.ownBackup.make()
    }),

  backUp: procedure('admin', 'back up dashboard').mutation(({ ctx: { app, note } }) => {
    note({}, 'dashboard backup')
    return app.ownBackup.make()
  }),
})
