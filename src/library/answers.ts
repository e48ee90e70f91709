import { z } from 'zod'
import { componentResultSchema } from '../common/manifest.ts'
import { partialSchema } from '../common/partial.ts'

/** What `restore.sh --verify` says of a backup whose files are all as its manifest has them. */
export const verifiedSchema = z.object({
  status: z.enum(['complete', 'degraded']),
  /** When its snapshot was taken, ISO 8601; null without a database. */
  snapshotAt: z.string().nullable(),
  /** Of a partial backup, which part of the database it is of; null of a full one. */
  partial: partialSchema.nullable().default(null),
  components: z.array(componentResultSchema),
})
export type Verified = z.infer<typeof verifiedSchema>

/** What `restore.sh --preview` says: beside these, under each component's name what would become of it, null where nothing. */
export const previewedSchema = z.looseObject({
  status: z.literal('previewed'),
  /** When the backup's snapshot was taken, ISO 8601; null without a database. */
  snapshotAt: z.string().nullable(),
  /** The target's reference. */
  target: z.string(),
})
export type Previewed = z.infer<typeof previewedSchema>

const sourceSchema = z.object({
  /** `partial`: a backup of a part of the database; `before-restore`: a target as it was before it was restored over. */
  kind: z.enum(['local', 'extract', 'archive', 'partial', 'before-restore', 'predecessor']),
  /** As `archive` in the options takes it: `Local`, `Extract` or an archive's name. */
  name: z.string(),
  time: z.coerce.date(),
  status: z.enum(['complete', 'degraded', 'unknown']),
  /** Size of the generation where it is known. */
  bytes: z.number().nullable(),
  /** A drill or verified restore has proven it. */
  verified: z.boolean(),
  components: z.array(z.string()),
  /** Of a partial backup its type, and the rest where that is known without extracting it; null of any other. */
  partial: partialSchema.partial({ schemas: true, excludeTables: true }).nullable().default(null),
  /** Made by another project of the same name, as far as is known here. */
  foreign: z.boolean().default(false),
})
export type Source = z.infer<typeof sourceSchema>

const conditionSchema = z.object({
  status: z.enum(['OK', 'WARN', 'FAIL']),
  /** What was looked at, e.g. `database`. */
  subject: z.string(),
  /** What was found. */
  text: z.string(),
  /** What to do about it; empty where there is nothing to do. */
  remedy: z.string(),
  /** What was measured: `databaseBytes`, `serverVersion`. */
  facts: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
})
/** One condition of `backup.sh --check`. */
export type Condition = z.infer<typeof conditionSchema>

export const conditionsSchema = z.array(conditionSchema)

export const sourcesSchema = z.array(sourceSchema)
