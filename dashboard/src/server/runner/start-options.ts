import { z } from 'zod'
import type { Role } from '../auth/roles.ts'
import { archiveNameSchema, exportFormats, partNameSchema } from '../services/archive-names.ts'
import { backupTypes } from '../toolkit.ts'

/**
 * What can be started of a project: every kind of run that the scripts know, each with what it may be told. The screens, schedules and REST
 * all take their input from here, so that nothing reaches a script that has not been through it. A check of the operator's own (`--check-cmd`)
 * is a command for a shell, and is nothing to be sent over the web.
 */

/** Goes into an argument as it is: no argument can hold a null character, and no name of anything here has another control character. */
const text = partNameSchema.min(1)
const names = z.array(text).min(1).max(500)
/** They are joined by commas. */
const components = z
  .array(z.string().regex(/^[a-z][a-z-]{0,39}$/, 'is no component'))
  .min(1)
  .max(20)

/** Where to: the test project of the project's env file, or a project that the dashboard knows. */
export const targetSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('test') }),
  z.strictObject({ type: z.literal('project'), projectId: z.string().min(1).max(120) }),
])
const target = targetSchema
export type StartTarget = z.infer<typeof targetSchema>

const objects = {
  buckets: names.optional(),
  prefixes: names.optional(),
  /** Each BUCKET/KEY. */
  objects: names.optional(),
}
const proof = {
  verifyBytes: z
    .string()
    .regex(/^(?:all|\d{1,2}(?:\.\d{1,3})?%|week\/\d{1,3})$/, 'is all, a share like 5%, or a part like week/8')
    .optional(),
}
const change = { arm: z.boolean().optional(), leaveOut: names.optional(), batches: z.boolean().optional() }
const part = {
  only: components.optional(),
  ...objects,
  schemas: names.optional(),
  /** Each SCHEMA.NAME as in SQL. */
  tables: names.optional(),
  dataOnly: z.boolean().optional(),
  schemaOnly: z.boolean().optional(),
  intoSchema: text.optional(),
  settings: names.optional(),
  keepExtra: z.boolean().optional(),
  updateUsers: z.boolean().optional(),
}
/** The target's reference in full, as whoever asks has typed it. */
const confirmed = { target, confirm: text }
const safety = { noSafetyBackup: z.boolean().optional() }

const backup = z.strictObject({
  kind: z.literal('backup'),
  only: components.optional(),
  /** What of the database: with another type than full, with schemas or left-out tables it is a partial backup. */
  type: z.enum(backupTypes).optional(),
  schemas: names.optional(),
  excludeTables: names.optional(),
  ...objects,
  acceptShrink: z.boolean().optional(),
})
const drill = z.strictObject({
  kind: z.literal('drill'),
  archive: archiveNameSchema.optional(),
  only: components.optional(),
  ...objects,
  ...proof,
})
const check = z.strictObject({ kind: z.literal('check'), data: z.boolean().optional() })
const verify = z.strictObject({
  kind: z.literal('verify'),
  archive: archiveNameSchema.optional(),
  only: components.optional(),
  ...objects,
})
const exported = z.strictObject({
  kind: z.literal('export'),
  archive: archiveNameSchema,
  only: components.optional(),
  ...objects,
  schemas: names.optional(),
  tables: names.optional(),
  formats: exportFormats.optional(),
})
const deletion = z.strictObject({
  kind: z.literal('delete'),
  archive: archiveNameSchema,
  /** The archive's name, as whoever asks has typed it. */
  typed: text,
})
const pin = z.strictObject({
  kind: z.literal('pin'),
  archive: archiveNameSchema,
  /** Why; the script takes one line of so many bytes. */
  reason: text.refine((reason) => Buffer.byteLength(reason) <= 200, 'is longer than 200 bytes').optional(),
})
const unpin = z.strictObject({ kind: z.literal('unpin'), archive: archiveNameSchema })
const preview = z.strictObject({
  kind: z.literal('preview'),
  archive: archiveNameSchema,
  target,
  ...part,
  ...change,
})
const restore = z.strictObject({
  kind: z.literal('restore'),
  archive: archiveNameSchema,
  ...confirmed,
  ...part,
  ...change,
  ...safety,
  ...proof,
})
const rollback = z.strictObject({
  kind: z.literal('rollback'),
  ...confirmed,
  only: components.optional(),
  ...change,
  ...safety,
  ...proof,
})
/** What that would change: the same backup is looked at, which the script knows. */
const rollbackPreview = z.strictObject({
  kind: z.literal('rollback-preview'),
  target,
  only: components.optional(),
  ...change,
})
const resume = z.strictObject({ kind: z.literal('resume'), ...confirmed, ...proof })
const arm = z.strictObject({ kind: z.literal('arm'), ...confirmed })

export const startOptionsSchema = z.discriminatedUnion('kind', [
  backup,
  drill,
  check,
  verify,
  exported,
  deletion,
  pin,
  unpin,
  preview,
  restore,
  rollback,
  rollbackPreview,
  resume,
  arm,
])
export type StartOptions = z.infer<typeof startOptionsSchema>
export type StartKind = StartOptions['kind']

/** Kinds that change a target. */
type Change = Extract<StartOptions, { confirm: string }>

function changesTarget(options: StartOptions): options is Change {
  return 'confirm' in options
}

/** Whether a project that somebody works with is changed by it: that takes more than the role, see `requiredRole`. */
export function changesProject(options: StartOptions): boolean {
  return changesTarget(options) && options.target.type === 'project'
}

/**
 * Who may start it: what changes a project that is no test project is for admins, and needs their password once more; and so is what takes an
 * archive away, or lets retention do so.
 */
export function requiredRole(options: StartOptions): Role {
  return changesProject(options) || losesArchive(options.kind) ? 'admin' : 'operator'
}

/** Whether an archive may be lost by it. */
export function losesArchive(kind: StartKind): boolean {
  return kind === 'delete' || kind === 'unpin'
}

/** The project that it is also about, besides the one that was backed up; undefined where there is none. */
export function targetProject(options: StartOptions): string | undefined {
  if (!('target' in options) || options.target.type !== 'project') return undefined
  return options.target.projectId
}
