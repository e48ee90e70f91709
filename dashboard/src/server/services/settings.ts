import { z } from 'zod'
import type { Database } from '../db/open.ts'
import { settings } from '../db/schema/index.ts'
import { toolkitSettings } from '../toolkit.ts'

/** What can be set for all new projects: how long archives are kept, and from when on one is overdue. */
const newProjectNames = [
  'BORG_RETENTION_DAYS',
  'BORG_KEEP_DAILY',
  'BORG_KEEP_WEEKLY',
  'BORG_KEEP_MONTHLY',
  'BORG_KEEP_YEARLY',
  'MIN_ARCHIVES',
  'MAX_AGE_BACKUP',
  'MAX_AGE_DRILL',
] as const

/** What admins set for the whole dashboard, and what it is until they do. */
export const settingsSchema = z.object({
  mostRunsAtOnce: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('How many runs go on at once, of those that are started by the dashboard.'),
  newProject: z
    .partialRecord(z.enum(newProjectNames), z.string().max(100))
    .superRefine((values, context) => {
      for (const name of newProjectNames) {
        const read = toolkitSettings.shape[name].safeParse(values[name])
        if (!read.success)
          context.addIssue({
            code: 'custom',
            path: [name],
            message: read.error.issues[0]?.message ?? 'is not valid',
          })
      }
    })
    .default({})
    .describe(`What the env file of a new project begins with: ${newProjectNames.join(', ')}.`),
  ownBackupDirectory: z
    .string()
    .max(4096)
    .regex(/^(?:\/[^\0]*)?$/, 'is no full path')
    .default('')
    .describe('Where the dashboard’s own nightly backup goes, as a full path. Empty: into its directory.'),
  /** What they are sealed for: a passphrase that is kept nowhere. None is made without. */
  ownBackupLock: z.object({ salt: z.string(), publicKey: z.string() }).nullable().default(null),
  ownBackupsKept: z
    .number()
    .int()
    .min(1)
    .max(365)
    .default(14)
    .describe('How many of its own backups are kept.'),
  exportDirectory: z
    .string()
    .max(4096)
    .regex(/^(?:\/[^\0]*)?$/, 'is no full path')
    .default('')
    .describe('Where exports of schedules go, in clear, as a full path. Empty: no schedule exports.'),
  alertsMayGoInside: z
    .boolean()
    .default(false)
    .describe('Whether alerts may be sent to this machine and to private networks.'),
})
/** Without what nobody needs to see. */
export const shownSettingsSchema = settingsSchema.omit({ ownBackupLock: true })
export type SettingsService = ReturnType<typeof settingsOf>
type Settings = z.infer<typeof settingsSchema>

/** What admins set; it is read anew each time, and is small. */
export function settingsOf(database: Database) {
  const get = (): Settings => {
    const rows = database.select().from(settings).all()
    const kept: Record<string, unknown> = Object.fromEntries(
      rows.map(({ name, value }) => [name, JSON.parse(value)]),
    )
    // One that an older or newer dashboard wrote must not keep this one from starting.
    const known = Object.entries(settingsSchema.shape).map(([name, schema]) => {
      const read = schema.safeParse(kept[name])
      return [name, read.success ? read.data : schema.parse(undefined)]
    })
    return settingsSchema.parse(Object.fromEntries(known))
  }
  return {
    get,
    /** @returns what it was before */
    set(changes: Partial<Settings>, now = new Date()): Settings {
      const before = get()
      database.transaction((transaction) => {
        for (const [name, value] of Object.entries(changes)) {
          const row = { value: JSON.stringify(value), setAt: now }
          transaction
            .insert(settings)
            .values({ name, ...row })
            .onConflictDoUpdate({ target: settings.name, set: row })
            .run()
        }
      })
      return before
    },
  }
}
